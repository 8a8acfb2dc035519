"""An internet in a box: public and internal addresses on one loopback, name servers that lie, canaries, one web site.

Runs in network and mount namespaces of its own, so the production policy is used unchanged and nothing leaves.
"""

import contextlib
import ctypes
import fcntl
import os
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

OUTSIDE = "93.184.215.14"
OUTSIDE6 = "2606:4700::99"
INSIDE = ("127.0.0.1", "10.0.0.5", "169.254.169.254", "192.168.1.1", "172.16.0.9", "100.64.0.7", "::1", "fd00::5")
# Services that are no web; a connection is enough of a leak. They listen on the public address as well.
OTHER_PORTS = (22, 443, 554, 1935, 5432, 6379)

_SIOCSIFADDR, _SIOCSIFFLAGS, _SIOCSIFNETMASK = 0x8916, 0x8914, 0x891C
_IFF_UP_RUNNING = 0x41
_MS_BIND = 4096
_DNS_A, _DNS_CNAME, _DNS_AAAA = 1, 5, 28


@dataclass
class World:
    """What the canaries saw and the name server was asked since the last look."""

    video: bytes
    segment: bytes
    hits: list[str] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)

    def start(self, folder: Path) -> None:
        """Bring up addresses, names and servers; must be the first thing in fresh namespaces."""
        _addresses()
        (folder / "resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:2 attempts:1\n")
        (folder / "nsswitch.conf").write_text("hosts: files dns\n")
        (folder / "hosts").write_text("127.0.0.1 localhost\n::1 localhost\n")
        for name in ("resolv.conf", "nsswitch.conf", "hosts"):
            _bind(folder / name, Path("/etc", name))
        for serve in (self._serve_names, self._serve_long_names):
            threading.Thread(target=serve, daemon=True).start()
        for port in (80, 8080):
            server = _Server(("::", port), self._handler())
            threading.Thread(target=server.serve_forever, daemon=True).start()
        for port in OTHER_PORTS:
            listener = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True)
            threading.Thread(target=self._serve_canary, args=(listener, port), daemon=True).start()

    def look(self) -> list[str]:
        """The canaries' sightings since the last look; waits a moment for the last to be written down."""
        time.sleep(0.05)
        seen, self.hits = self.hits, []
        self.asked.clear()
        return seen

    def _serve_canary(self, listener: socket.socket, port: int) -> None:
        while True:
            client, _ = listener.accept()
            self.hits.append(f"{_plain(client.getsockname()[0])}:{port}")
            client.close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        world = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                world.answer(self)

            do_HEAD = do_GET  # noqa: N815 - the name is the library's

        return Handler

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Play the web site on public addresses, and a canary that looks just like it on all others."""
        address = _plain(request.connection.getsockname()[0])
        path = request.path.partition("?")[0]
        if address not in (OUTSIDE, OUTSIDE6):
            self.hits.append(f"{address}{path[:60]}")
        elif path.startswith(("/to/", "/chain/", "/loop")):
            code, target = _redirect(path)
            request.send_response(code)
            request.send_header("Location", target)
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        kind, body = self._page(path, request.headers["Host"] or "")
        request.send_response(200 if body else 404)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        if request.command != "HEAD":
            with contextlib.suppress(ConnectionError):
                request.wfile.write(body)

    def _page(self, path: str, host: str) -> tuple[str, bytes]:
        name = path.rpartition("/")[2]
        if name in PAGES:
            return _TYPES[name.rpartition(".")[2]], PAGES[name].encode()
        if name.endswith(".mp4") or not name:
            return "video/mp4", self.video
        if name.endswith(".ts"):
            return "video/mp2t", self.segment
        return "application/octet-stream", (self.segment if name in ("key", "map", "part") else b"")

    def _serve_names(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
            server.bind(("127.0.0.1", 53))
            while True:
                question, client = server.recvfrom(512)
                answer = self._names(question)
                if answer is not None:
                    server.sendto(answer if len(answer) <= 512 else _truncated(answer), client)

    def _serve_long_names(self) -> None:
        with socket.create_server(("127.0.0.1", 53)) as server:
            while True:
                client, _ = server.accept()
                with client:
                    question = client.recv(514)[2:]
                    answer = self._names(question) or b""
                    client.sendall(struct.pack(">H", len(answer)) + answer)

    def _names(self, question: bytes) -> bytes | None:
        """Answer one question (RFC 1035, section 4); None leaves it without answer."""
        labels, at = [], 12
        while question[at]:
            labels.append(question[at + 1 : at + 1 + question[at]].decode("ascii", "replace").lower())
            at += question[at] + 1
        (kind,) = struct.unpack(">H", question[at + 1 : at + 3])
        name = ".".join(labels)
        self.asked[f"{name} {kind}"] += 1
        if name == "silent.example":
            return None
        records = _records(name, kind, self.asked[f"{name} {kind}"])
        known = name.endswith(".example")
        head = question[:2] + (b"\x81\x80" if known else b"\x81\x83") + struct.pack(">HHHH", 1, len(records), 0, 0)
        return head + question[12 : at + 5] + b"".join(records)


def _records(name: str, kind: int, time_asked: int) -> list[bytes]:
    four, six = _ADDRESSES.get(name.removesuffix(".example"), ([OUTSIDE], []))
    if not name.endswith(".example"):
        return []
    if name in ("flip.example", "ttl0.example"):  # the first answer is good, what follows is not
        four = [OUTSIDE] if time_asked == 1 else ["169.254.169.254"]
    alias = [_record(_DNS_CNAME, b"\x09localhost\x00")] if name == "cname.example" else []
    if kind == _DNS_A:
        return alias + [_record(_DNS_A, socket.inet_aton(address), alias=bool(alias)) for address in four]
    if kind == _DNS_AAAA:
        return alias + [_record(_DNS_AAAA, socket.inet_pton(socket.AF_INET6, address)) for address in six]
    return []


def _record(kind: int, body: bytes, *, alias: bool = False) -> bytes:
    owner = b"\x09localhost\x00" if alias else b"\xc0\x0c"
    return owner + struct.pack(">HHIH", kind, 1, 0, len(body)) + body


def _truncated(answer: bytes) -> bytes:
    return (
        answer[:2]
        + bytes([answer[2] | 2])
        + answer[3:6]
        + b"\0\0"
        + answer[8:12]
        + answer[12 : answer.index(b"\0", 12) + 5]
    )


_ADDRESSES: Mapping[str, tuple[list[str], list[str]]] = {
    "inside": (["10.0.0.5"], []),
    "metadata": (["169.254.169.254"], []),
    "mixed": (["8.8.8.8", "10.0.0.5"], []),
    "mixed6": ([OUTSIDE], ["fd00::5"]),
    "mapped": ([], ["::ffff:10.0.0.5"]),
    "nat64": ([], ["64:ff9b::a00:5"]),
    "six": ([], [OUTSIDE6]),
    "cname": (["127.0.0.1"], []),
    "many": ([OUTSIDE] + [f"8.8.{number // 250}.{number % 250}" for number in range(999)], []),
}


def _redirect(path: str) -> tuple[int, str]:
    kind, number, target = [*path.strip("/").split("/"), "", ""][:3]
    if kind == "loop":
        return 302, "http://pub.example/loop"
    if kind == "chain" and int(number) > 0:
        return 302, f"http://pub.example/chain/{int(number) - 1}/{target}"
    return int(number) or 302, _TARGETS.get(target, f"http://{target}/v.mp4")


_TARGETS = {
    "outside": "http://pub.example/v.mp4",
    "metadata": "http://169.254.169.254/latest/v.mp4",
    "six": "http://[fd00::5]/v.mp4",
    "mapped": "http://[::ffff:10.0.0.5]/v.mp4",
    "name": "http://inside.example/v.mp4",
    "mixed": "http://mixed6.example/v.mp4",
    "decimal": "http://167772165/v.mp4",
    "user": "http://pub.example@10.0.0.5/v.mp4",
    "port": "http://pub.example:6379/",
    "file": "file:///etc/passwd",
    "gopher": "gopher://10.0.0.5:6379/_x",
    "ftp": "ftp://10.0.0.5/v.mp4",
    "rtsp": "rtsp://10.0.0.5/v.mp4",
    "rtmp": "rtmp://10.0.0.5/v/v",
    "smb": "smb://10.0.0.5/v.mp4",
    "data": "data:video/mp4;base64,AAAA",
}

_TYPES = {"m3u8": "application/vnd.apple.mpegurl", "mpd": "application/dash+xml", "html": "text/html"}
_IN, _OUT = "http://10.0.0.5", "http://pub.example"


def _playlist(*lines: str, ended: bool = True) -> str:
    head = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-TARGETDURATION:2"]
    return "\n".join([*head, *lines, *(["#EXT-X-ENDLIST"] if ended else []), ""])


def _manifest(inside: str, *, period: str = "", xlink: bool = False, mime: str = "video/mp4", root: str = "") -> str:
    space = ' xmlns:xlink="http://www.w3.org/1999/xlink"' if xlink else ""
    return (
        f'<?xml version="1.0"?>{root}<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"{space} type="static"'
        f' mediaPresentationDuration="PT2S"><Period{period}>{inside}</Period></MPD>'
    )


def _set(inside: str, *, attributes: str = "") -> str:
    return (
        f'<AdaptationSet mimeType="video/mp4"{attributes}><Representation id="1" bandwidth="1000" width="320" '
        f'height="240" codecs="avc1.4d401e">{inside}</Representation></AdaptationSet>'
    )


_SEGMENT = f"#EXTINF:2,\n{_OUT}/s.ts"
_EMBED = ' xlink:href="{}" xlink:actuate="onLoad"'
_ENTITY = '<!DOCTYPE MPD [<!ENTITY x SYSTEM "http://10.0.0.5/entity">]>'

PAGES = {
    "good.m3u8": _playlist(_SEGMENT, _SEGMENT),
    "segment.m3u8": _playlist(_SEGMENT, f"#EXTINF:2,\n{_IN}/latest.ts"),
    "segment-inside-only.m3u8": _playlist(f"#EXTINF:2,\n{_IN}/x.ts"),
    "key.m3u8": _playlist(f'#EXT-X-KEY:METHOD=AES-128,URI="{_IN}/key"', _SEGMENT),
    "map.m3u8": _playlist(f'#EXT-X-MAP:URI="{_IN}/map"', _SEGMENT),
    "range.m3u8": _playlist(f"#EXTINF:2,\n#EXT-X-BYTERANGE:100@0\n{_IN}/part"),
    "master.m3u8": f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=100000\n{_IN}/good.m3u8\n",
    "rendition.m3u8": (
        f'#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",URI="{_IN}/good.m3u8"\n'
        f'#EXT-X-STREAM-INF:BANDWIDTH=100000,CODECS="avc1.4d401e,mp4a.40.2",AUDIO="a"\n{_OUT}/good.m3u8\n'
    ),
    "live.m3u8": _playlist(f"#EXTINF:2,\n{_IN}/x.ts", ended=False),
    "file-segment.m3u8": _playlist(_SEGMENT, "#EXTINF:2,\nfile:///etc/passwd"),
    "file-key.m3u8": _playlist('#EXT-X-KEY:METHOD=AES-128,URI="file:///etc/passwd"', _SEGMENT),
    "concat.m3u8": _playlist(f"#EXTINF:2,\nconcat:{_IN}/x.ts|file:///etc/passwd"),
    "good.mpd": _manifest(_set(f"<BaseURL>{_OUT}/v.mp4</BaseURL>")),
    "base.mpd": _manifest(_set(f"<BaseURL>{_IN}/v.mp4</BaseURL>")),
    "base-of-period.mpd": _manifest(f"<BaseURL>{_IN}/</BaseURL>" + _set("<BaseURL>v.mp4</BaseURL>")),
    "template.mpd": _manifest(
        _set(f'<SegmentTemplate media="{_IN}/$Number$.mp4" initialization="{_IN}/i.mp4" duration="1" startNumber="1"/>')
    ),
    "list.mpd": _manifest(
        _set(
            f'<SegmentList duration="1"><Initialization sourceURL="{_IN}/i.mp4"/>'
            f'<SegmentURL media="{_IN}/1.mp4"/></SegmentList>'
        )
    ),
    "file-base.mpd": _manifest(_set("<BaseURL>file:///etc/passwd</BaseURL>")),
    "xlink-period.mpd": _manifest("", period=_EMBED.format(f"{_IN}/period"), xlink=True),
    "xlink-set.mpd": _manifest(_set("<BaseURL>/v.mp4</BaseURL>", attributes=_EMBED.format(f"{_IN}/set")), xlink=True),
    "xlink-file.mpd": _manifest("", period=_EMBED.format("file:///etc/passwd"), xlink=True),
    "entity.mpd": _manifest(_set("<BaseURL>/v.mp4</BaseURL>&x;"), root=_ENTITY),
    "good.html": '<html><title>t</title><video src="/v.mp4"></video></html>',
    "poster.html": (
        '<html><head><title>t</title><meta property="og:image" content="http://169.254.169.254/i.jpg"></head>'
        '<video src="/v.mp4" poster="http://169.254.169.254/p.jpg"></video></html>'
    ),
    "video.html": f'<html><title>t</title><video src="{_IN}/secret.mp4"></video></html>',
    "og.html": f'<html><head><title>t</title><meta property="og:video" content="{_IN}/secret.mp4"></head></html>',
    "linked-data.html": (
        '<html><title>t</title><script type="application/ld+json">{"@context": "https://schema.org", "@type": '
        f'"VideoObject", "name": "t", "contentUrl": "{_IN}/secret.mp4"}}</script></html>'
    ),
    "embedded-playlist.html": (
        '<html><title>t</title><video><source type="application/vnd.apple.mpegurl" src="/segment.m3u8"></video></html>'
    ),
    "file.html": '<html><title>t</title><video src="file:///etc/passwd"></video></html>',
    "rtsp.html": '<html><title>t</title><video src="rtsp://10.0.0.5/a"></video></html>',
}


class _Server(ThreadingHTTPServer):
    address_family = socket.AF_INET6
    daemon_threads = True


def _plain(address: str) -> str:
    return address.removeprefix("::ffff:")


def _addresses() -> None:
    """Bring loopback up and give it all addresses; by ioctl, because a small machine has no `ip`."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as four,
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as six,
    ):
        fcntl.ioctl(four, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP_RUNNING))
        for number, address in enumerate([OUTSIDE, *(address for address in INSIDE if "." in address)]):
            if address == "127.0.0.1":
                continue
            for call, value in ((_SIOCSIFADDR, address), (_SIOCSIFNETMASK, "255.255.255.255")):
                place = struct.pack("HH4s8x", socket.AF_INET, 0, socket.inet_aton(value))
                fcntl.ioctl(four, call, struct.pack("16s16s", f"lo:{number}".encode(), place))
        for address in (OUTSIDE6, "fd00::5"):
            place = socket.inet_pton(socket.AF_INET6, address)
            fcntl.ioctl(six, _SIOCSIFADDR, place + struct.pack("Ii", 128, socket.if_nametoindex("lo")))


def _bind(source: Path, target: Path) -> None:
    """Put one file over another, for this mount namespace alone."""
    target = Path(os.path.realpath(target))
    if not target.exists():
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(str(source).encode(), str(target).encode(), None, _MS_BIND, None) != 0:
        raise OSError(ctypes.get_errno(), f"cannot put {source} over {target}")
