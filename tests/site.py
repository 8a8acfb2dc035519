"""A site on loopback that plays every part a web site plays: good, moved, gone, walled, slow, broken and hostile."""

import gzip
import itertools
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import cached_property
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import imageio_ffmpeg

from tests import pages, site_pages
from tests import site_answers as answers
from tests.media import draw
from tests.site_answers import TYPES, Door
from tests.site_files import broken, endless, huge, lasting, prolific

_NO_DATE = f"Mon, 01 Jan {10**20} 00:00:00 GMT"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request the site received."""

    path: str
    headers: Mapping[str, str]


class _Door(Door):
    """One connection; every answer is `site.answer`'s."""

    server: "_Server"

    def do_GET(self) -> None:
        site = self.server.site
        path = urlsplit(self.path).path
        with site.lock:
            site.hits[path] += 1
            site.asked.append(Asked(self.path, {name.lower(): value for name, value in self.headers.items()}))
        try:
            site.answer(self, path, {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()})
        except (BrokenPipeError, ConnectionResetError, TimeoutError):
            self.close_connection = True

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: Any) -> None:
        """Silence: pytest shows what matters."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    site: "Site"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A peer that hangs up is what half of these tests are about."""


_Answer = Callable[[Door, Mapping[str, str]], None]


@dataclass(slots=False)
class Site:
    """The site and, beside it, an inside address that nothing we fetch may reach.

    `url(path)` names a page; `hits` counts requests by path; `asked` holds them in order; `inside` is the twin that
    stands for a database or a metadata service: it answers everything with a playable video, so that a leak succeeds.
    `sending` counts, by query, the slow transfers under way. Once it is `walled`, /shown/until-walled shows a wall.
    While it is `busy`, /shown/until-busy asks for rest; else there is no such post.
    """

    media: "Media"
    port: int = 0
    inside_port: int = 0
    hits: Counter[str] = field(default_factory=Counter)
    asked: list[Asked] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    inside_hits: Counter[str] = field(default_factory=Counter)
    sending: Counter[str] = field(default_factory=Counter)
    walled: bool = False
    busy: bool = False

    @cached_property
    def first_rewritten_at(self) -> str:
        """When the film that was rewritten within a second was first asked for, as a header says it."""
        return formatdate(usegmt=True)

    @property
    def address(self) -> tuple[str, int]:
        """What the egress proxy must let through although it is loopback."""
        return ("127.0.0.1", self.port)

    @property
    def allow(self) -> str:
        """The same as `SVIDOK_EGRESS_ALLOW` spells it."""
        return f"127.0.0.1:{self.port}"

    @property
    def inside(self) -> str:
        return f"http://127.0.0.1:{self.inside_port}"

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def answer(self, door: Door, path: str, query: Mapping[str, str]) -> None:
        served = self._routes.get(path)
        if served is not None:
            served(door, query)
        elif path.startswith("/status/"):
            answers.status(door, int(path.removeprefix("/status/").partition(".")[0]))
        elif (file := self.media.folder / path.lstrip("/")).is_file() and ".." not in path:
            answers.file(door, file.read_bytes(), path)
        else:
            door.say(404, b"<title>Not found</title>")

    def _members(self, door: Door, _: Mapping[str, str]) -> None:
        """A post for whoever is logged in; quotes the session to them, and gives them a new one."""
        said = door.headers.get("Cookie", "")
        page = pages.post(self.url("/members.mp4"), "").replace("</body>", f"<!-- {said} --></body>")
        self._for_members(door, lambda: door.say(200, page.encode(), Set_Cookie="sid=rotated-secret-value; Path=/"))

    def _for_members(self, door: Door, show: Callable[[], None]) -> None:
        known = ("sid=account-secret-value", "sid=rotated-secret-value")
        if any(one in door.headers.get("Cookie", "") for one in known):
            show()
        else:
            door.say(200, pages.WALL.encode())

    def _rewritten(self, door: Door, **weakly: str) -> None:
        first = self.hits[urlsplit(door.path).path] == 1
        answers.rewritten(door, self.media.direct, self.media.faststart, first=first, **weakly)

    def _slowly(self, door: Door, rate: int) -> None:
        name = urlsplit(door.path).query
        with self.lock:
            self.sending[name] += 1
        try:
            answers.slow(door, self.media.direct, rate)
        finally:
            with self.lock:
                self.sending[name] -= 1

    def _telegram(self) -> Mapping[str, str]:
        """Public posts of a channel as Telegram's embed pages show them."""
        here, member = self.url, self.url("/appeals/101?single")
        film, other = here("/direct.mp4"), here("/other.mp4")
        caption = "Звернення<br/>мобілізованих <b>&lt;1439&gt;</b>"
        forwarded = '<span class="tgme_widget_message_forwarded_from_name">Source channel</span>'
        album = pages.embedded_video(film, member) + pages.embedded_video(other, here("/appeals/102?single"))
        album += pages.embedded_photo(here("/thumb.jpg"), here("/appeals/103?single"))
        album += pages.embedded_photo(here("/missing.jpg"), "https://example.org/stranger/104")
        return {
            "/appeals/101": pages.embed("appeals/101", album, caption, forwarded),
            "/appeals/110": pages.embed("appeals/110", pages.KEPT_BACK, "Too large"),
            "/appeals/119": pages.embed("appeals/119", pages.KEPT_BACK, "Too large"),
            "/appeals/111": pages.embed("appeals/111", pages.embedded_video(film, member) + pages.KEPT_BACK),
            "/appeals/112": pages.embed("appeals/112", pages.embedded_photo(here("/thumb.jpg"), member), "A picture"),
            "/appeals/113": pages.embed("appeals/113", "", "Words alone"),
            "/appeals/114": pages.NO_POST,
            "/appeals/115": pages.embed("appeals/115", pages.embedded_video(f"{self.inside}/secret.mp4", member)),
            "/appeals/116": pages.embed("appeals/116", pages.embedded_video(here("/status/404.mp4"), member)),
            "/appeals/117": pages.embed(
                "appeals/117", pages.embedded_video(film, member) + pages.embedded_video(here("/short.mp4"), member)
            ),
            "/appeals/118": pages.post(film, ""),
        }

    def _segmented_subtitles(self, head: str) -> dict[str, tuple[str, str]]:
        """A stream whose subtitles are lists of segments (RFC 8216, 3.5): two good ones, two inside this machine."""
        languages = {"uk": "subtitles/uk.m3u8", "en": "subtitles/en.m3u8", "de": f"{self.inside}/secret.m3u8"}
        offered = "".join(
            f'#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="{language}",LANGUAGE="{language}",URI="{where}"\n'
            for language, where in languages.items()
        )
        clock = "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n\n"
        parts = [clock + "00:00.000 --> 00:01.500\nfirst words\n", clock + "00:01.500 --> 00:02.000\nsecond words\n"]
        playlist, part = TYPES[".m3u8"], "text/vtt"
        return {
            "/subtitled.m3u8": (
                playlist,
                f'#EXTM3U\n{offered}#EXT-X-STREAM-INF:BANDWIDTH=800000,SUBTITLES="s"\nhls/index.m3u8\n',
            ),
            "/subtitles/uk.m3u8": (playlist, f"{head}#EXTINF:1,\n0.vtt\n#EXTINF:1,\n1.vtt\n#EXT-X-ENDLIST\n"),
            "/subtitles/en.m3u8": (
                playlist,
                f"{head}#EXTINF:1,\n0.vtt\n#EXTINF:1,\n{self.inside}/1.vtt\n#EXT-X-ENDLIST\n",
            ),
            "/subtitles/0.vtt": (part, parts[0]),
            "/subtitles/1.vtt": (part, parts[1]),
        }

    @cached_property
    def _routes(self) -> Mapping[str, _Answer]:
        """Every page by its path: what it is, and what a fetch of it must lead to."""
        media, inside = self.media, self.inside
        html = {
            "/post": pages.post(self.url("/direct.mp4"), self.url("/thumb.jpg")),
            "/post-hls": pages.post(self.url("/hls/index.m3u8"), ""),
            "/post-gone-media": pages.post(self.url("/status/404.mp4"), f"{inside}/thumb.jpg"),
            "/post-inside-thumb": pages.post(self.url("/direct.mp4"), f"{inside}/thumb.jpg"),
            "/post-inside-media": pages.post(f"{inside}/secret.mp4", self.url("/thumb.jpg")),
            "/post-endless-thumb": pages.post(self.url("/direct.mp4"), self.url("/endless.jpg")),
            "/post-drip": pages.post(self.url("/drip.mp4"), ""),
            "/two": pages.several([self.url("/direct.mp4"), self.url("/other.mp4")]),
            "/many": pages.several([self.url(f"/direct.mp4?n={number}") for number in range(12)]),
            "/post-hostile-tracks": pages.tracked(
                self.url("/direct.mp4"),
                {
                    "../../etc/x": self.url("/track.vtt"),
                    "en": f"{inside}/secret.vtt",
                    "de": self.url("/endless.jpg"),
                    "fr": self.url("/status/404.vtt"),
                    "it": "file:///etc/passwd",
                    "uk": self.url("/to-inside"),
                    "pl": self.url("/address.vtt"),
                    "ro": self.url("/track.vtt?beyond-the-ceiling"),
                },
            ),
            "/hostile": pages.hostile(self.url("/direct.mp4")),
            "/article": pages.ARTICLE,
            "/article.mp4": pages.ARTICLE,
            "/wall": pages.WALL,
            "/login": pages.WALL,
            "/gone-post": pages.GONE,
            "/private-post": pages.PRIVATE,
            **site_pages.every(self.url(""), inside),
        }
        behind = site_pages.film_behind(self.url(""), html["/walls/age"])
        head = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n"
        feed = [(self.url(f"/post?n={number}"), f"Appeal {number}") for number in range(12)]
        odd = [
            (f"{inside}/secret.mp4", "Inside"),
            ("javascript:alert(1)", "No address"),
            feed[0],
            (feed[1][0], "Twice"),
        ]
        long = [(self.url(f"/post?n={number}"), f"Post {number} " + "щ" * 500) for number in range(230)]
        html |= self._telegram()
        text = {
            "/track.vtt": ("text/vtt", pages.TRACK),
            "/address.vtt": ("text/vtt", pages.TRACK.replace("second", "you are 93.184.215.14")),
            **{f"/talk-{name}.json": ("application/json", pages.comments()) for name in ("good", "broken", "slow")},
            "/channel.rss": ("application/rss+xml", pages.channel([*feed, *odd])),
            "/long-channel.rss": ("application/rss+xml", pages.channel(long)),
            "/playlist.mp4": ("video/mp4", f"#EXTM3U\n#EXTINF:1,\n{inside}/secret.ts\n"),
            "/concat.mp4": ("video/mp4", f"ffconcat version 1.0\nfile '{inside}/secret.ts'\n"),
            "/script.mp4": ("video/mp4", "#!/bin/sh\ncurl " + inside + "\n" * 2000),
            "/inside.m3u8": (TYPES[".m3u8"], f"{head}#EXTINF:1,\n{inside}/secret.ts\n#EXT-X-ENDLIST\n"),
            "/inside-key.m3u8": (
                TYPES[".m3u8"],
                f'{head}#EXT-X-KEY:METHOD=AES-128,URI="{inside}/key"\n#EXTINF:1,\nhls/index0.ts\n#EXT-X-ENDLIST\n',
            ),
            "/inside-variant.m3u8": (
                TYPES[".m3u8"],
                f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=800000\n{inside}/secret.m3u8\n",
            ),
            "/inside.mpd": (
                TYPES[".mpd"],
                media.manifest.replace("<Period", f"<BaseURL>{inside}/</BaseURL><Period", 1),
            ),
            "/half-inside.m3u8": (
                TYPES[".m3u8"],
                f"{head}#EXTINF:1,\nhls/index0.ts\n#EXTINF:1,\n{inside}/secret.ts\n#EXT-X-ENDLIST\n",
            ),
            "/missing-segment.m3u8": (
                TYPES[".m3u8"],
                f"{head}#EXTINF:1,\nhls/index0.ts\n#EXTINF:1,\nstatus/404.ts\n#EXT-X-ENDLIST\n",
            ),
            "/live.m3u8": (TYPES[".m3u8"], ""),
            **self._segmented_subtitles(head),
        }
        moved = {
            "/moved.mp4": "/moved-again.mp4",
            "/moved-again.mp4": "/direct.mp4",
            "/moved-post": "/post",
            "/wall-redirect": "/login?next=/wall-redirect",
            "/to-inside": f"{inside}/secret",
            "/to-inside.mp4": f"{inside}/secret.mp4",
            "/to-metadata.mp4": "http://169.254.169.254/latest/meta-data/",
            "/to-file.mp4": "file:///etc/passwd",
            "/round.mp4": "/round.mp4",
        }
        routes: dict[str, _Answer] = {
            path: lambda door, _, body=body: door.say(200, body.encode()) for path, body in html.items()
        }
        routes |= {
            path: lambda door, _, kind=kind, body=body: door.say(200, body.encode(), kind)
            for path, (kind, body) in text.items()
        }
        routes |= {
            path: lambda door, _, target=target: door.say(302, Location=target) for path, target in moved.items()
        }
        return routes | {
            "/empty.mp4": lambda door, _: door.say(200, b"", "video/mp4"),
            "/short.mp4": lambda door, _: answers.short(door, media.faststart),
            "/short-tail.mp4": lambda door, _: answers.short(door, media.direct),
            "/flaky.mp4": lambda door, _: answers.flaky(door, media.direct, first=self.hits["/flaky.mp4"] == 1),
            "/changing.mp4": lambda door, _: answers.changing(
                door, media.direct, media.faststart, first=self.hits["/changing.mp4"] == 1
            ),
            "/sparing.mp4": lambda door, _: answers.sparing(door, media.direct),
            "/undated.mp4": lambda door, _: door.say(200, media.direct, "video/mp4", Last_Modified=_NO_DATE),
            "/rewritten-now.mp4": lambda door, _: self._rewritten(door, Last_Modified=self.first_rewritten_at),
            "/rewritten-alike.mp4": lambda door, _: self._rewritten(
                door, ETag='W/"1"', Last_Modified="Sun, 22 Nov 2026 10:00:00 GMT"
            ),
            "/slow.mp4": lambda door, query: self._slowly(door, int(query.get("rate", "50000"))),
            "/large.mp4": lambda door, query: answers.large(
                door, media.faststart, int(query.get("bytes", "200000000")), query.get("for", "")
            ),
            "/endless.ts": lambda door, _: answers.forever(door, itertools.repeat(media.transport), "video/mp2t"),
            "/endless.mp4": lambda door, _: answers.forever(door, endless(), "video/mp4"),
            "/endless.jpg": lambda door, _: answers.forever(door, endless(), "image/jpeg"),
            "/drip.mp4": lambda door, _: answers.drip(door, media.faststart),
            "/drip-head.mp4": lambda door, _: answers.drip_head(door),
            "/drip-page": lambda door, _: answers.drip_head(door),
            "/drip-nothing.mp4": lambda door, _: answers.drip_nothing(door),
            "/bomb.mp4": lambda door, _: door.say(200, answers.bomb(), "video/mp4", Content_Encoding="gzip"),
            "/zipped.mp4": lambda door, _: door.say(
                200, gzip.compress(media.direct), "video/mp4", Content_Encoding="gzip"
            ),
            "/damaged.mp4": lambda door, _: answers.file(door, broken(media.faststart), "/a.mp4"),
            "/truncated.mp4": lambda door, _: answers.file(
                door, media.faststart[: len(media.faststart) * 2 // 3], "/a.mp4"
            ),
            "/huge.mp4": lambda door, _: answers.file(door, huge(media.picture), "/a.mp4"),
            "/years.mkv": lambda door, _: answers.file(door, lasting(media.matroska), "/a.mkv"),
            "/streams.ts": lambda door, _: answers.file(door, prolific(), "/a.ts"),
            "/live.m3u8": lambda door, _: answers.live(door),
            "/live-segment.ts": lambda door, _: answers.file(door, media.transport, "/a.ts"),
            "/shown/until-walled": lambda door, _: door.say(
                200, (behind if self.walled else html["/shown/plain"]).encode()
            ),
            "/shown/until-busy": lambda door, _: answers.status(door, 429 if self.busy else 404),
            "/members": self._members,
            "/members.mp4": lambda door, _: self._for_members(door, lambda: answers.file(door, media.direct, "/a.mp4")),
            "/cookie": lambda door, _: door.say(302, Location="/post", Set_Cookie="session=secret-token; Path=/"),
        }


@dataclass(frozen=True)
class Media:
    """The drawn files a site serves; draw them once per test process."""

    folder: Path

    @cached_property
    def direct(self) -> bytes:
        """An MP4 whose index stands at its end: cut short, it cannot be read."""
        return (self.folder / "direct.mp4").read_bytes()

    @cached_property
    def faststart(self) -> bytes:
        """An MP4 whose index stands at its start: cut short, it still plays."""
        return (self.folder / "faststart.mp4").read_bytes()

    @cached_property
    def transport(self) -> bytes:
        return (self.folder / "hls" / "index0.ts").read_bytes()

    @cached_property
    def matroska(self) -> bytes:
        return (self.folder / "film.mkv").read_bytes()

    @cached_property
    def manifest(self) -> str:
        return (self.folder / "dash" / "manifest.mpd").read_text()

    @cached_property
    def picture(self) -> bytes:
        """One PNG frame in a QuickTime file: small, and its size is easy to lie about."""
        return (self.folder / "picture.mov").read_bytes()


def draw_media(folder: Path) -> Media:
    """Draw everything the site serves into `folder`."""
    draw.cuts(folder / "direct.mp4", draw.Look(audio=True))
    draw.cuts(folder / "other.mp4", lengths=(20, 30), seed=9)
    draw.audio_only(folder / "audio.m4a")
    draw.hls(folder / "hls")
    draw.dash(folder / "dash")
    _ffmpeg(folder, "-i", "direct.mp4", "-c", "copy", "-movflags", "+faststart", "faststart.mp4")
    _ffmpeg(folder, "-i", "direct.mp4", "-c", "copy", "film.mkv")
    _ffmpeg(folder, "-i", "direct.mp4", "-frames:v", "1", "thumb.jpg")
    _ffmpeg(folder, "-i", "direct.mp4", "-frames:v", "1", "-an", "-c:v", "png", "picture.mov")
    return Media(folder)


@contextmanager
def open_site(media: Media) -> Iterator[Site]:
    """The site and its inside twin, on two free ports of loopback."""
    site, twin = Site(media), Site(media)
    doors, inside = _listen(site), _listen(twin)
    site.port, site.inside_port, site.inside_hits = doors.server_port, inside.server_port, twin.hits
    twin.answer = lambda door, path, query: answers.file(door, media.transport, path)  # type: ignore[method-assign]
    try:
        yield site
    finally:
        for server in (doors, inside):
            server.shutdown()
            server.server_close()


def _listen(site: Site) -> _Server:
    server = _Server(("127.0.0.1", 0), _Door)
    server.site = site
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    return server


def _ffmpeg(folder: Path, *arguments: str) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *arguments]
    subprocess.run(command, cwd=folder, check=True, timeout=60)
