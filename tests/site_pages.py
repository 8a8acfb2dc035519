"""Web pages as sites show them to a browser: posts, walls before posts, and pages that attack who looks at them."""

from collections.abc import Mapping, Sequence
from html import escape

CAPTION = "The market hall in the morning after the strike, filmed from the bridge"
AUTHOR = "Olena Kovalenko"
_BOT = "Our systems have detected unusual traffic from your computer network. Please verify that you are human."


def _page(title: str, body: str, head: str = "") -> str:
    return f"<!doctype html><html><head><meta charset=utf-8><title>{escape(title)}</title>{head}</head>{body}</html>"


def _post(url: str, caption: str, author: str, around: str = "") -> str:
    return _page(
        "Post",
        f'<body>{around}<article><a href="/user">{escape(author)}</a><p>{escape(caption)}</p>'
        f'<video src="{url}/direct.mp4" poster="{url}/thumb.jpg" controls></video></article></body>',
        f'<meta property="og:title" content="{escape(caption)}">',
    )


def shown(url: str) -> Mapping[str, str]:
    """Five posts as different sites build them; each shows the caption, the author and the video."""
    film = f'<video src="{url}/direct.mp4" muted></video>'
    later = (
        "<body><div id=root></div><script>setTimeout(() => { root.innerHTML = "
        f"`<h1>{AUTHOR}</h1><p>{CAPTION}</p>{film}` }}, 300)</script></body>"
    )
    frame = escape(_page("Player", f"<body>{film}</body>"))
    comments = "".join(f"<li>Comment {number}: log in to continue reading</li>" for number in range(80))
    return {
        "/shown/plain": _post(url, CAPTION, AUTHOR),
        "/shown/script": _page("Loading", later),
        "/shown/frame": _page(
            "Embed", f'<body><h1>{AUTHOR}</h1><p>{CAPTION}</p><iframe srcdoc="{frame}"></iframe></body>'
        ),
        "/shown/banner": _post(url, CAPTION, AUTHOR, "<div>We use cookies. <button>Accept all</button></div>"),
        "/shown/comments": _post(url, CAPTION, AUTHOR).replace("</article>", f"</article><ul>{comments}</ul>"),
        "/shown/swapped": _post(url, "A calm afternoon at the lake with ducks and swans", AUTHOR),
        "/shown/no-film": _page("Post", f"<body><h1>{AUTHOR}</h1><p>{CAPTION}</p></body>"),
    }


def walls() -> Mapping[str, str]:
    """Five walls as sites put them before posts."""
    words = {
        "login": '<h1>Log in to continue</h1><form><input type="password"></form>',
        "consent": "<h1>Before you continue</h1><p>We use cookies and data to measure engagement.</p><button>Reject all"
        "</button><button>Accept all</button>",
        "captcha": f"<h1>Please wait</h1><p>{_BOT}</p>",
        "age": f"<h1>{CAPTION}</h1><p>Sign in to confirm your age. This video may be inappropriate for some users.</p>",
        "removed": "<p>This post is no longer available. It may have been removed by its author.</p>",
    }
    return {f"/walls/{name}": _page("Site", f"<body>{body}</body>") for name, body in words.items()}


def film_behind(url: str, wall: str) -> str:
    """A wall for people; what it hides is named for programs all the same."""
    return wall.replace("</head>", f'<meta property="og:video" content="{url}/direct.mp4"></head>')


def attacks(url: str, inside: str) -> Mapping[str, str]:
    """Pages that try to get out, in, or to hold the browser for ever."""
    scripts = {
        "frames-inside": f'document.body.innerHTML = `<img src="{inside}/a.png"><iframe src="{inside}/b"></iframe>`',
        "goes-inside": f'location.href = "{inside}/secret"',
        "windows": f'for (let n = 0; n < 50; n++) window.open("{url}/opened?" + n)',
        "downloads": f'const a = document.createElement("a"); a.href = "{url}/direct.mp4"; a.download = "x"; a.click()',
        "forever": "setTimeout(() => { for (;;); }, 100)",
        "flood": f'for (let n = 0; n < 100000; n++) fetch("{url}/flood?" + n).catch(() => 0)',
        "alerts": "for (let n = 0; n < 200; n++) alert(n)",
        "reload": "setTimeout(() => location.reload(), 50)",
        "sockets": f'new WebSocket("{inside}/ws".replace("http", "ws")); try {{ new RTCPeerConnection() }} catch {{}}',
        "worker": f"new Worker(URL.createObjectURL(new Blob([`fetch('{inside}/worker')`])))",
        "files": 'document.body.innerHTML += `<iframe src="file:///etc/passwd"></iframe><img src="file:///etc/hostname">`;'
        'location.href = "data:text/html,<h1>data</h1>"',
        "tall": 'document.body.style.height = "9000000px"',
        "lies": 'Object.defineProperty(HTMLElement.prototype, "innerText", { get: () => "the words of a liar" })',
        "endless": f'document.body.innerHTML += `<img src="{url}/endless.jpg">`',
    }
    return {
        f"/attack/{name}": _page(name, f"<body><h1>An attack</h1><script>{script}</script></body>")
        for name, script in scripts.items()
    }


def every(url: str, inside: str) -> Mapping[str, str]:
    """All of them by path."""
    return {
        **shown(url),
        **walls(),
        **attacks(url, inside),
        "/address": _page("Blocked: 93.184.215.14", "<p>Your IP: 93.184.215.14</p>"),
    }


_CLICKS = 'const a = document.body.appendChild(document.createElement("a")); a.href = "/other";'
TRAPS: Mapping[str, str] = {
    "lies": f"""for (const [of, name, value] of [
  [HTMLElement, "innerText", "{CAPTION}"], [HTMLMediaElement, "readyState", 4], [HTMLVideoElement, "poster", "/a.jpg"],
]) Object.defineProperty(of.prototype, name, {{ get: () => value }});
JSON.stringify = () => '"{CAPTION}"';""",
    "alerts": "for (let n = 0; n < 50; n++) { alert(n); confirm(n); prompt(n) }",
    "leaves": 'addEventListener("beforeunload", one => one.preventDefault()); setTimeout(() => location = "/", 99);',
    "windows": f'for (let n = 0; n < 50; n++) {{ open("/o"); {{ {_CLICKS} a.target = "_blank"; a.click() }} }}',
    "downloads": f'for (let n = 0; n < 50; n++) {{ {_CLICKS} a.download = "x"; a.click() }}',
    "flood": 'for (let n = 0; n < 10000; n++) fetch("/flood?" + n).catch(() => 0);',
    "redirects": 'document.body.insertAdjacentHTML("beforeend", "<iframe src=/round></iframe>");',
    "sockets": 'for (const at of ["wss://site.example", "ws://127.0.0.1:80"]) try { new WebSocket(at) } catch {}',
    "reload": "setTimeout(() => location.reload(), 50);",
    "hangs": "setTimeout(() => { for (;;); }, 100);",
}


def trapped(url: str, names: Sequence[str]) -> Mapping[str, tuple[int, list[tuple[str, str]], bytes]]:
    """What a hostile site could have answered while its page was captured; no post and no film is on it."""
    page = _page("Trap", '<body><h1>An attack</h1><video style="width:300px;height:300px"></video></body>')
    scripts = "".join(f"<script>{{ {TRAPS[name]} }}</script>" for name in names)
    html = [("Content-Type", "text/html; charset=utf-8")]
    return {
        f"{url}/": (200, html, page.replace("</body>", f"{scripts}</body>").encode()),
        f"{url}/round": (302, [("Location", "/round")], b""),
        f"{url}/other": (200, [*html, ("Content-Disposition", "attachment; filename=x")], b"another"),
    }
