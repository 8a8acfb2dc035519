"""The HTML of the loopback site's pages."""

import json
from collections.abc import Mapping, Sequence
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


def tracked(video: str, tracks: Mapping[str, str]) -> str:
    """A post with tracks of subtitles in it, by language."""
    elements = "".join(
        f'<track kind="subtitles" srclang="{escape(language)}" src="{escape(track)}">'
        for language, track in tracks.items()
    )
    return post(video, "").replace("</video>", f"{elements}</video>")


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


def embed(post: str, media: str, text: str = "", more: str = "") -> str:
    """A public Telegram post as its embed page is built: drawn by us after that page, not taken from it."""
    said = f'<div class="tgme_widget_message_text js-message_text" dir="auto">{text}</div>' if text else ""
    return f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>Telegram Widget</title></head><body>
<div class="tgme_widget_message text_not_supported_wrap js-widget_message" data-post="{escape(post)}">
<div class="tgme_widget_message_author accent_color"><a class="tgme_widget_message_owner_name" href="#">
<span dir="auto">Звернення &amp; appeals</span></a></div>
<a class="tgme_widget_message_reply" href="#"><div class="tgme_widget_message_author_name">Other</div>
<div class="tgme_widget_message_text js-message_reply_text">Quoted words</div></a>
{more}<div class="tgme_widget_message_grouped_wrap">{media}</div>{said}
<div class="tgme_widget_message_info"><span class="tgme_widget_message_views">12.3K</span>
<span class="tgme_widget_message_meta">edited&nbsp;<a class="tgme_widget_message_date" href="#">
<time datetime="2023-02-25T08:15:00+00:00" class="datetime">Feb 25</time></a></span></div></div></body></html>"""


def embedded_video(video: str, member: str) -> str:
    """One video of such a post, with the address of the album's member."""
    return (
        f'<a class="tgme_widget_message_video_player js-message_video_player" href="{escape(member)}">'
        f'<i class="tgme_widget_message_video_thumb" style="background-image:url(\'https://example.org/t.jpg\')"></i>'
        f'<div class="tgme_widget_message_video_wrap"><video src="{escape(video)}" class="tgme_widget_message_video">'
        '</video></div><time class="message_video_duration">0:04</time></a>'
    )


def embedded_photo(picture: str, member: str) -> str:
    """One picture of such a post."""
    style = f"width:453px;background-image:url('{escape(picture)}')"
    return f'<a class="tgme_widget_message_photo_wrap blured" href="{escape(member)}" style="{style}"></a>'


KEPT_BACK = """<div class="message_media_not_supported_wrap"><div class="message_media_not_supported">
<div class="message_media_not_supported_label">Media is too big</div>
<span class="message_media_view_in_telegram">VIEW IN TELEGRAM</span></div></div>"""

NO_POST = '<html><body><div class="tgme_widget_message_error">Post not found</div></body></html>'


TRACK = "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nfirst words\n\n00:00:01.000 --> 00:00:02.000\nsecond words\n"


def comments(number: int = 25) -> str:
    """A page of comments as a site gives them, the first with what must not be kept as it came."""
    plain = [
        {
            "id": str(one),
            "author": f"Reader {one}",
            "author_id": f"@reader{one}",
            "text": f"Words {one}",
            "parent": "root",
        }
        for one in range(1, number)
    ]
    odd = {
        **{"id": "0", "author": "Ол\ud800ена", "text": "See https://example.org/x?y=1\u0000", "timestamp": 1764000000},
        **{"like_count": 3, "author_thumbnail": "https://cdn.example/a?token=very-secret", "parent": ["root"]},
        "author_url": "https://example.org/@olena?utm_source=x",
    }
    return json.dumps([odd, *plain])
