"""The HTML of the loopback site's pages."""

from collections.abc import Sequence
from html import escape

ARTICLE = """<!doctype html><html><head><title>A long read</title></head><body><h1>A long read</h1><p>{}</p>
<form action="/search"><input type="text" name="q"></form></body></html>""".format("Words and no picture. " * 200)

WALL = """<!doctype html><html><head><title>Log in</title></head><body><h1>You must log in to continue</h1>
<form method="post"><input name="email"><input type="password" name="pass"><button>Log in</button></form>
</body></html>"""

GONE = """<!doctype html><html><head><title>Post</title></head><body>
<p>This post is no longer available because it has been deleted by its author.</p></body></html>"""

PRIVATE = """<!doctype html><html><head><title>Post</title></head><body><p>This account is private.</p></body></html>"""


def post(
    video: str, picture: str, title: str = "Street after the strike", text: str = "Seen from the fifth floor"
) -> str:
    """A page with one video in it, as Open Graph and as an element."""
    shown = f'<meta property="og:image" content="{escape(picture)}">' if picture else ""
    poster = f' poster="{escape(picture)}"' if picture else ""
    return f"""<!doctype html><html><head><title>{escape(title)}</title>
<meta property="og:title" content="{escape(title)}"><meta property="og:description" content="{escape(text)}">{shown}
</head><body><h1>{escape(title)}</h1><video src="{escape(video)}" controls{poster}></video></body></html>"""


def several(videos: Sequence[str]) -> str:
    """A page with several videos in it."""
    elements = "".join(f'<video src="{escape(video)}"></video>' for video in videos)
    return f"<!doctype html><html><head><title>Several</title></head><body>{elements}</body></html>"


def hostile(video: str) -> str:
    """A page whose title would be a path, an option, a control character, a mirror and a mile long."""
    title = "../../../x -o x \u202egpj.exe $(touch pwned) `id` %(id)s \x01 .desktop " + "щ" * 300
    return post(video, "", title, "--exec touch pwned")


def channel(posts: Sequence[tuple[str, str]]) -> str:
    """A feed, as channels have one: addresses and titles, each a day after the one before."""
    items = "".join(
        f"<item><title>{escape(title)}</title><link>{escape(link)}</link>"
        f"<pubDate>{1 + number % 28:02} Feb 2023 10:00:00 +0000</pubDate></item>"
        for number, (link, title) in enumerate(posts)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>A channel</title>{items}</channel></rss>'
