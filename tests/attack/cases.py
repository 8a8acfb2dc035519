"""Ways in which a submitted address may lead a fetcher to where it must not go, and some that must work."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from tests.attack.world import INSIDE, OUTSIDE, OUTSIDE6


class Wish(StrEnum):
    """What the case wants of plain yt-dlp: that it leaks, so that its canary is known to live; or works; or neither."""

    LEAKS = "leaks"
    WORKS = "works"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Case:
    """One submitted address, or one program call for tools that need no yt-dlp; its group names the trick."""

    group: str
    url: str
    wish: Wish
    program: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.group}: {self.url if len(self.url) < 100 else self.url[:97] + '...'}"

    @property
    def is_endless(self) -> bool:
        """Whether the case has no end of its own: a playlist that says it is live."""
        return self.url.endswith("/live.m3u8")


_SITE = "http://pub.example"

_WORKING = (
    ("direct", f"{_SITE}/v.mp4"),
    ("direct", f"http://{OUTSIDE}/v.mp4"),
    ("direct", f"http://[{OUTSIDE6}]/v.mp4"),
    ("direct", "http://six.example/v.mp4"),
    ("direct", f"{_SITE}:8080/v.mp4"),
    ("redirect", f"{_SITE}/to/302/outside"),
    ("redirect", f"{_SITE}/to/308/outside"),
    ("playlist", f"{_SITE}/good.m3u8"),
    ("manifest", f"{_SITE}/good.mpd"),
    ("page", f"{_SITE}/good.html"),
    # The picture is refused, the rest is still archived.
    ("page", f"{_SITE}/poster.html"),
)

_LITERALS = (
    *(f"http://{address}/v.mp4" for address in INSIDE if ":" not in address),
    *(f"http://[{address}]/v.mp4" for address in INSIDE if ":" in address),
    "http://[::ffff:7f00:1]/v.mp4",
    "http://[::ffff:10.0.0.5]/v.mp4",
    "http://2130706433/v.mp4",
    "http://0x7f000001/v.mp4",
    "http://0x7f.1/v.mp4",
    "http://0177.0.0.1/v.mp4",
    "http://127.1/v.mp4",
    "http://0/v.mp4",
    "http://localhost/v.mp4",
)
_LITERALS_THAT_FAIL_ANYWAY = (
    "http://LOCALHOST./v.mp4",
    "http://[64:ff9b::a00:5]/v.mp4",
    "http://[2002:a00:5::1]/v.mp4",
    "http://[::10.0.0.5]/v.mp4",
    "http://[fe80::1%25lo]/v.mp4",
    "http://１２７.0.0.1/v.mp4",
    "https://10.0.0.5/v.mp4",
)

_FORMS = (
    "http://pub.example@10.0.0.5/v.mp4",
    "http://pub.example:80@10.0.0.5/v.mp4",
    "http://10.0.0.5:80/v.mp4",
    "http://10.0.0.5/./a/../v.mp4?" + "q" * 10_000,
    "http://10.0.0.5?/v.mp4",
    "http://10.0.0.5/v.mp4#@pub.example",
)
_FORMS_THAT_FAIL_ANYWAY = (
    "http://10.0.0.5./v.mp4",
    "http://pub.example\\@10.0.0.5/v.mp4",
    "http://10.0.0.5\\@pub.example/none.mp4",
    "http://10.0.0.5%00.pub.example/v.mp4",
    "http://10.0.0.5\t/v.mp4",
    "http://10.0.0.5\n/v.mp4",
)

_PORTS = ("http://pub.example:22/v.mp4", "http://pub.example:6379/v.mp4", "http://pub.example:5432/v.mp4")

_REDIRECTS = ("10.0.0.5", "127.0.0.1", "metadata", "six", "mapped", "name", "mixed", "decimal", "user", "port")
_REDIRECTS_THAT_FAIL_ANYWAY = ("file", "gopher", "ftp", "rtsp", "rtmp", "smb", "data")

_NAMES = ("inside", "metadata", "mixed", "mixed6", "mapped", "cname", "flip", "ttl0")
_NAMES_THAT_FAIL_ANYWAY = ("nat64", "many", "silent")

_PLAYLISTS = ("segment", "segment-inside-only", "key", "map", "master", "rendition", "range", "live")
_PLAYLISTS_THAT_FAIL_ANYWAY = ("file-segment", "file-key", "concat")

_MANIFESTS = ("base", "template", "list", "base-of-period")
_MANIFESTS_THAT_FAIL_ANYWAY = ("xlink-period", "xlink-set", "xlink-file", "entity", "file-base")

_PAGES = ("video", "og", "linked-data", "embedded-playlist")
_PAGES_THAT_FAIL_ANYWAY = ("file", "rtsp")

_TOOLS = (
    ("http", "http://10.0.0.5/v.mp4"),
    ("tcp", "tcp://10.0.0.5:6379"),
    ("rtmp", "rtmp://10.0.0.5:6379/a/b"),
    ("rtsp", "rtsp://10.0.0.5:6379/a"),
)


def cases() -> Iterator[Case]:
    """All of them, in the order of the walls they try."""
    for group, url in _WORKING:
        yield Case(group, url, Wish.WORKS)
    yield from _all("literal", _LITERALS, _LITERALS_THAT_FAIL_ANYWAY)
    yield from _all("form", _FORMS, _FORMS_THAT_FAIL_ANYWAY)
    yield from _all("port", _PORTS, ())
    yield from _all("redirect", [f"{_SITE}/to/302/{to}" for to in _REDIRECTS], [])
    yield from _all("redirect", [f"{_SITE}/to/{code}/10.0.0.5" for code in (301, 303, 307, 308)], [])
    yield from _all("redirect", [f"{_SITE}/chain/8/10.0.0.5"], [f"{_SITE}/chain/30/10.0.0.5", f"{_SITE}/loop"])
    yield from _all("scheme", [], [f"{_SITE}/to/302/{to}" for to in _REDIRECTS_THAT_FAIL_ANYWAY])
    yield from _all("scheme", [], ["file:///etc/passwd", "gopher://10.0.0.5:6379/_x", "smb://10.0.0.5/v.mp4"])
    yield from _all(
        "name", *([f"http://{name}.example/v.mp4" for name in names] for names in (_NAMES, _NAMES_THAT_FAIL_ANYWAY))
    )
    yield from _all(
        "playlist", *([f"{_SITE}/{name}.m3u8" for name in names] for names in (_PLAYLISTS, _PLAYLISTS_THAT_FAIL_ANYWAY))
    )
    yield from _all(
        "manifest", *([f"{_SITE}/{name}.mpd" for name in names] for names in (_MANIFESTS, _MANIFESTS_THAT_FAIL_ANYWAY))
    )
    yield from _all(
        "page", *([f"{_SITE}/{name}.html" for name in names] for names in (_PAGES, _PAGES_THAT_FAIL_ANYWAY))
    )
    for name, url in _TOOLS:
        yield Case(
            f"ffmpeg {name}",
            url,
            Wish.LEAKS,
            ("ffmpeg", "-v", "error", "-rw_timeout", "3000000", "-i", url, "-f", "null", "-"),
        )


def _all(group: str, leaking: list[str] | tuple[str, ...], others: list[str] | tuple[str, ...]) -> Iterator[Case]:
    for url in leaking:
        yield Case(group, url, Wish.LEAKS)
    for url in others:
        yield Case(group, url, Wish.NOTHING)
