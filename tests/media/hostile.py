"""Files that are damaged, that lie about themselves, or that are not what their names say."""

import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import imageio_ffmpeg
import numpy as np

from tests.media import draw

NOT_MEDIA = {
    "hls_playlist": b"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nhttp://127.0.0.1:9/secret.ts\n#EXT-X-ENDLIST\n",
    "dash_manifest": b'<?xml version="1.0"?><MPD type="static"><Period><BaseURL>file:///etc/passwd</BaseURL></Period></MPD>',
    "concat_script": b"ffconcat version 1.0\nfile '/etc/passwd'\n",
    "session_description": b"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
    "page": b"<!DOCTYPE html><html><head><title>Not found</title></head><body>There is no video here</body></html>",
    "vector_picture": b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
    "subtitles": b"1\n00:00:01,000 --> 00:00:02,000\nHello\n",
    "windows_text": "пам'ять".encode("utf-16"),
    "still_picture": cv2.imencode(".jpg", np.zeros((16, 16, 3), np.uint8))[1].tobytes(),
    "program": b"\x7fELF" + bytes(200),
    "archive": b"PK\x03\x04" + bytes(200),
    "nothing": b"",
}
"""Bytes that are no media, whatever they are named; several would make a player fetch other files."""


def cut_short(source: Path, path: Path, share: float) -> Path:
    """The first `share` of a file, as a broken download leaves it."""
    content = source.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    return path


def unfinished(source: Path, path: Path) -> Path:
    """A film without its table of contents: what a phone leaves that lost its battery while it recorded."""
    boxes = [(name, body) for name, body in _boxes(source.read_bytes()) if name != b"moov"]
    path.write_bytes(b"".join(_box(name, body) for name, body in boxes))
    return path


def flipped(source: Path, path: Path, count: int, seed: int, spare_bytes: int = 4096) -> Path:
    """A file with `count` flipped bits, the first and the last `spare_bytes` left as they are."""
    content, random = bytearray(source.read_bytes()), np.random.default_rng(seed)
    for place in random.integers(spare_bytes, max(spare_bytes + 1, len(content) - spare_bytes), count):
        content[place] ^= 1 << int(random.integers(8))
    path.write_bytes(content)
    return path


def holed(source: Path, path: Path, share: float = 0.1) -> Path:
    """A film whose middle is zeros, over `share` of its coded pictures: lost to a bad disk, say."""
    content = bytearray(source.read_bytes())
    start = content.index(b"mdat") + 4
    middle, length = (start + len(content)) // 2, int(share * (len(content) - start))
    content[middle : middle + length] = bytes(length)
    path.write_bytes(content)
    return path


def huge_gif(path: Path, side: int = 65_535) -> Path:
    """A few bytes that declare a picture of `side` by `side` points."""
    screen = struct.pack("<HH", side, side)
    colours = bytes(768)
    path.write_bytes(b"GIF89a" + screen + b"\xf7\0\0" + colours + b",\0\0\0\0" + screen + b"\0\x08\x03abc\0;")
    return path


def huge_mp4(path: Path, side: int = 30_000) -> Path:
    """An MP4 whose header declares a picture of `side` by `side` points."""
    content = bytearray(draw.cuts(path, lengths=(5,)).path.read_bytes())
    entry = content.find(b"avc1", content.find(b"stsd"))
    content[entry + 28 : entry + 32] = struct.pack(">HH", side, side)
    path.write_bytes(content)
    return path


def wide_picture(path: Path, width: int = 20_480) -> Path:
    """A real picture, sixteen rows high and far too wide (Matroska)."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = width, 16, "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.zeros((24, width), np.uint8), format="yuv420p")
        container.mux([*stream.encode(frame), *stream.encode(None)])
    return path


def years_long(path: Path) -> Path:
    """An MP4 of a second that declares to last 136 years."""
    content = bytearray(draw.cuts(path, lengths=(25,)).path.read_bytes())
    header = content.find(b"mvhd")
    content[header + 16 : header + 24] = struct.pack(">II", 1, 0xFFFF_FFFE)
    for name in (b"mdhd", b"tkhd"):
        place = content.find(name)
        at = place + (20 if name == b"mdhd" else 24)
        content[at : at + 4] = struct.pack(">I", 0xFFFF_FFFE)
    path.write_bytes(content)
    return path


def many_streams(path: Path, count: int) -> Path:
    """An MP4 whose one sound track is declared `count` times."""
    content = draw.audio_only(path, 1).path.read_bytes()
    parts = []
    for name, body in _boxes(content):
        if name != b"moov":
            parts.append(_box(name, body))
            continue
        inner = list(_boxes(body))
        track = next(box for box in inner if box[0] == b"trak")
        rest = [_box(*box) for box in inner if box[0] != b"trak"]
        parts.append(_box(b"moov", b"".join(rest) + _box(*track) * count))
    path.write_bytes(b"".join(parts))
    return path


def cover_art(path: Path) -> Path:
    """A sound file with its cover: a picture that FFmpeg calls a video stream."""
    tone, cover = path.with_name("tone.m4a"), path.with_name("cover.jpg")
    draw.audio_only(tone)
    cv2.imwrite(str(cover), np.full((120, 120, 3), 90, np.uint8))
    inputs = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-i", str(tone), "-i", str(cover)]
    subprocess.run(
        [*inputs, "-map", "0", "-map", "1", "-c", "copy", "-disposition:v", "attached_pic", str(path)],
        check=True,
        timeout=30,
    )
    return path


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(content):
        size = int.from_bytes(content[at : at + 4], "big")
        yield content[at + 4 : at + 8], content[at + 8 : at + size]
        at += size


def _box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + name + body
