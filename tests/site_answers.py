"""How the loopback site answers: well, short, slow, for ever, or with something else than it promised."""

import functools
import gzip
import hashlib
import time
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

_CHUNK = 64 << 10
TYPES = {
    ".mp4": "video/mp4",
    ".ts": "video/mp2t",
    ".m4a": "audio/mp4",
    ".mkv": "video/x-matroska",
    ".m3u8": "application/vnd.apple.mpegurl",
    ".mpd": "application/dash+xml",
    ".m4s": "video/iso.segment",
    ".jpg": "image/jpeg",
}


class Door(BaseHTTPRequestHandler):
    """One connection, and what can be said through it."""

    protocol_version = "HTTP/1.1"

    def say(self, status: int, body: bytes = b"", media_type: str = "text/html; charset=utf-8", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        for name, text in headers.items():
            self.send_header(name.replace("_", "-"), text)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def head(self, status: int, **headers: str) -> None:
        """Status and headers alone; the body follows by hand and ends with the connection."""
        self.close_connection = True
        self.send_response(status)
        for name, text in headers.items():
            self.send_header(name.replace("_", "-"), text)
        self.end_headers()

    def cut(self) -> None:
        """End the connection in mid-sentence."""
        self.wfile.flush()
        self.close_connection = True


def status(door: Door, status: int) -> None:
    extra = {"Retry_After": "30"} if status == 429 else {}
    door.say(status, b"<title>%d</title>" % status, **extra)


def file(door: Door, body: bytes, path: str) -> None:
    """A file as a good server serves it: ETag, one range, its type by its name."""
    tag = f'"{len(body)}-{body[:64].hex()[:16]}"'
    kind = TYPES.get(Path(path).suffix, "application/octet-stream")
    common = {"ETag": tag, "Accept_Ranges": "bytes", "Last_Modified": "Sun, 22 Nov 2026 10:00:00 GMT"}
    asked = door.headers.get("Range", "")
    if asked.startswith("bytes=") and door.headers.get("If-Range", tag) == tag:
        first, _, last = asked.removeprefix("bytes=").partition("-")
        start, end = int(first), min(int(last or len(body) - 1), len(body) - 1)
        if start >= len(body):
            door.say(416, Content_Range=f"bytes */{len(body)}")
            return
        span = f"bytes {start}-{end}/{len(body)}"
        door.say(206, body[start : end + 1], kind, Content_Range=span, **common)
        return
    door.say(200, body, kind, **common)


def short(door: Door, body: bytes) -> None:
    """Always less than it promises."""
    door.head(200, Content_Type="video/mp4", Content_Length=str(len(body)))
    door.wfile.write(body[: len(body) * 2 // 3])
    door.cut()


def flaky(door: Door, body: bytes, *, first: bool) -> None:
    """Breaks off once, then serves ranges properly."""
    if first:
        tag = f'"{len(body)}-{body[:64].hex()[:16]}"'
        door.head(200, Content_Type="video/mp4", Content_Length=str(len(body)), ETag=tag)
        door.wfile.write(body[: len(body) // 2])
        door.cut()
    else:
        file(door, body, "/flaky.mp4")


def changing(door: Door, before: bytes, after: bytes, *, first: bool) -> None:
    """Breaks off, and has become another file when asked again: the halves must never be joined."""
    if first:
        door.head(200, Content_Type="video/mp4", Content_Length=str(len(before)), ETag='"before"')
        door.wfile.write(before[: len(before) // 2])
        door.cut()
    else:
        file(door, after, "/changing.mp4")


def rewritten(door: Door, before: bytes, after: bytes, *, first: bool, **weakly: str) -> None:
    """Breaks off, and has become another file that only `weakly` told headers speak of: they stay as they were."""
    if first:
        door.head(200, Content_Type="video/mp4", Content_Length=str(len(before)), **weakly)
        door.wfile.write(before[: len(before) // 2])
        door.cut()
    elif door.headers.get("If-Range") in weakly.values():
        start = int(door.headers["Range"].removeprefix("bytes=").rstrip("-"))
        span = f"bytes {start}-{len(after) - 1}/{len(after)}"
        door.say(206, after[start:], "video/mp4", Content_Range=span, **weakly)
    else:
        door.say(200, after, "video/mp4", **weakly)


def sparing(door: Door, body: bytes) -> None:
    """Breaks off at the half; asked for the rest, it sends the third quarter and asked again the last."""
    start, tag = int(door.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-")), f'"{len(body)}"'
    if not start:
        door.head(200, Content_Type="video/mp4", Content_Length=str(len(body)), ETag=tag)
        door.wfile.write(body[: len(body) // 2])
        door.cut()
        return
    third = len(body) * 3 // 4
    end = third if start < third else len(body)
    door.say(206, body[start:end], "video/mp4", Content_Range=f"bytes {start}-{end - 1}/{len(body)}", ETag=tag)


def slow(door: Door, body: bytes, rate: int) -> None:
    """`rate` bytes a second, to the end."""
    door.head(200, Content_Type="video/mp4", Content_Length=str(len(body)))
    piece = max(1, rate // 10)
    for start in range(0, len(body), piece):
        door.wfile.write(body[start : start + piece])
        time.sleep(piece / rate)


def large(door: Door, body: bytes, size_bytes: int, name: str) -> None:
    """A playable file padded to `size_bytes` by a box that players skip, other bytes for each name; for speed."""
    padding = hashlib.sha256(name.encode()).digest() * (1 << 15)
    free = size_bytes - len(body)
    door.head(200, Content_Type="video/mp4", Content_Length=str(size_bytes))
    door.wfile.write(body + (free.to_bytes(4, "big") + b"free")[:free])
    left = free - 8
    while left > 0:
        door.wfile.write(padding[: min(left, len(padding))])
        left -= len(padding)


def forever(door: Door, pieces: Iterator[bytes], kind: str) -> None:
    """A body that never ends."""
    door.head(200, Content_Type=kind)
    if door.command == "HEAD":
        return
    for piece in pieces:
        door.wfile.write(piece)


def drip(door: Door, body: bytes) -> None:
    """Two thirds at once, then one byte a second for ever: never idle, never done."""
    door.head(200, Content_Type="video/mp4", Content_Length=str(len(body)))
    door.wfile.write(body[: len(body) * 2 // 3])
    for at in range(len(body) * 2 // 3, len(body)):
        door.wfile.write(body[at : at + 1])
        time.sleep(1)


def drip_head(door: Door) -> None:
    """A header that never ends, a letter five times a second."""
    door.close_connection = True
    door.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while True:
        door.wfile.write(b"x")
        time.sleep(0.2)


def drip_nothing(door: Door) -> None:
    """A compressed file of empty blocks, five a second: bytes come, and never one of the file's own."""
    door.head(200, Content_Type="video/mp4", Content_Encoding="gzip")
    door.wfile.write(zlib.compressobj(wbits=31).compress(b""))
    while True:
        door.wfile.write(b"\0\0\0\xff\xff")
        time.sleep(0.2)


def live(door: Door) -> None:
    """A live playlist that grows by one segment a second and never says that it ends."""
    now = int(time.time() * 2)
    lines = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:1", f"#EXT-X-MEDIA-SEQUENCE:{now}"]
    for number in range(now, now + 4):
        lines += ["#EXTINF:1.0,", f"live-segment.ts?n={number}"]
    door.say(200, "\n".join(lines).encode() + b"\n", TYPES[".m3u8"])


@functools.cache
def bomb() -> bytes:
    """A quarter of a GiB of nothing in a quarter of a MiB."""
    return gzip.compress(bytes(256 << 20), 6)
