"""Which container the bytes are, decided by us from the bytes alone, so that FFmpeg opens that one and no other."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import av.logging
from av.container import InputContainer

from storage.errors import Rejected

MAX_STREAMS = 64
MAX_PIXELS = 1 << 26
MAX_SIDE = 20_000
"""A picture this wide or this high is refused."""

_HEAD_BYTES = 4096
_TS_PACKETS = ((0, 188), (4, 192), (0, 204))
_ISO_BOXES = (b"ftyp", b"moov", b"mdat", b"moof", b"styp", b"sidx", b"free", b"skip", b"wide", b"pnot", b"uuid")
_STILL_BRANDS = (b"avif", b"heic", b"heix", b"heim", b"mif1", b"jxl ")

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x1a\x45\xdf\xa3", "matroska"),
    (8, b"AVI ", "avi"),
    (8, b"WAVE", "wav"),
    (0, b"OggS", "ogg"),
    (0, b"FLV\x01", "flv"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    (0, b".RMF", "rm"),
    (0, b"\x00\x00\x01\xba", "mpeg"),
    (0, b"\x06\x0e\x2b\x34\x02\x05\x01\x01", "mxf"),
    (0, b"DKIF", "ivf"),
    (0, b"YUV4MPEG2 ", "yuv4mpegpipe"),
    (0, b"GIF87a", "gif"),
    (0, b"GIF89a", "gif"),
    (0, b"fLaC", "flac"),
    (0, b"ID3", "mp3"),
    (0, b"#!AMR", "amr"),
    (8, b"AIFF", "aiff"),
    (0, b"caff", "caf"),
)
_STILL: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n", "image/png"),
    (8, b"WEBP", "image/webp"),
)
# Which of our demuxers' containers C2PA 2.x, appendix A, says how to put a manifest store into.
_CARRIERS = {
    "mov": "video/mp4",
    "avi": "video/avi",
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "flac": "audio/flac",
    "gif": "image/gif",
}

# A bare stream begins with a start code; the byte after it tells the codec (H.264 7.4.1, H.265 7.4.2, MPEG-2 6.2).
_BARE: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb"\x00{2,3}\x01(?:[\x07\x27\x47\x67\x09\x29\x49\x69]|\x06[\x00-\x7f])"), "h264"),
    (re.compile(rb"\x00{2,3}\x01[\x40\x46\x4e]\x01"), "hevc"),
    (re.compile(rb"\x00\x00\x01\xb3"), "mpegvideo"),
    (re.compile(rb"\x00\x00\x01[\xb0\xb5\x00-\x05]"), "m4v"),
    (re.compile(rb"\xff[\xf0\xf1\xf8\xf9]"), "aac"),
    (re.compile(rb"\xff[\xe2-\xe5\xf2-\xf5\xfa-\xfd]"), "mp3"),
    (re.compile(rb"\x0b\x77"), "ac3"),
)

_TOO_LARGE = re.compile(r"Picture size (\d+x\d+) (?:is invalid|exceeds)|exceeds max_streams")


def media_type_of(path: Path) -> str | None:
    """The media type of a still picture or of a container that can carry Content Credentials; None for other media.

    Raises: Rejected, code `not_media`, for what is neither.
    """
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    if head[4:8] == b"ftyp" and head[8:12] in _STILL_BRANDS:
        return "image/heic"
    return still_type_of(head) or _CARRIERS.get(sniff(path))


def still_type_of(head: bytes) -> str | None:
    """The media type of the still picture that begins with `head`, a dozen bytes or more; None for anything else."""
    return next((media_type for offset, mark, media_type in _STILL if head.startswith(mark, offset)), None)


def sniff(path: Path) -> str:
    """The name of the FFmpeg demuxer for the bytes of `path`; neither its name nor FFmpeg's own guess counts.

    Playlists, scripts, subtitles, pages and still pictures have no demuxer here, so none of FFmpeg's can be reached.
    Raises: Rejected, code `not_media`.
    """
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    if not head:
        raise Rejected("The file is empty: it has no bytes.", code="not_media")
    if (head[4:8] == b"ftyp" and head[8:12] in _STILL_BRANDS) or still_type_of(head):
        raise Rejected("This is a still picture, not a video.", code="not_media")
    if head[4:8] in _ISO_BOXES:
        return "mov"
    for offset, magic, demuxer in _MAGIC:
        if head.startswith(magic, offset):
            return demuxer
    if any(_is_transport_stream(head, offset, size) for offset, size in _TS_PACKETS):
        return "mpegts"
    for pattern, demuxer in _BARE:
        if pattern.match(head):
            return demuxer
    shown = head[:8].hex(" ")
    raise Rejected(f"This is neither video nor sound in a form we know: its first bytes are {shown}.", code="not_media")


def _is_transport_stream(head: bytes, offset: int, size: int) -> bool:
    marks = head[offset::size]
    return len(marks) > 0 and set(marks[:16]) == {0x47} and (len(marks) >= 4 or len(head) % size == 0)


_UNDECODED = {"skip_frame": "all", "analyzeduration": "1"}


@contextmanager
def open_media(path: Path, *, is_probed: bool = False) -> Iterator[InputContainer]:
    """`path` opened with the demuxer its bytes call for, able to reach no other file, format or protocol.

    `is_probed`: no picture is decoded to learn what its streams are, for that was learned before; a decoder may then
    have to be told how many pictures it is to wait for, see `decode.opened`.
    Picture size and stream count are bounded before any picture is allocated.
    Raises: Rejected, code `not_media`, `too_large` or `unreadable` (its index or header is gone).
    """
    demuxer = sniff(path)
    options = {
        "protocol_whitelist": "file",
        "format_whitelist": demuxer,
        "max_streams": str(MAX_STREAMS),
        "max_pixels": str(MAX_PIXELS),
        **(_UNDECODED if is_probed else {}),
    }
    before = av.logging.get_level(), av.logging.get_skip_repeated()
    av.logging.set_level(av.logging.ERROR)
    av.logging.set_skip_repeated(False)  # else a line of an earlier file may be told again here
    # FFmpeg tells of a limit only in its log: the container that hit one opens as if nothing were wrong.
    with av.logging.Capture(local=False) as log:
        try:
            container = av.open(f"file:{path.absolute()}", format=demuxer, options=options, metadata_errors="replace")
        except (av.error.FFmpegError, ValueError, MemoryError) as cause:
            _refuse_too_large(log)
            sentence = f"The file says it is {demuxer}, but it cannot be opened: {_cause(cause)}."
            raise Rejected(sentence, code="unreadable") from cause
        finally:
            av.logging.set_level(before[0])
            av.logging.set_skip_repeated(before[1])
    with container:
        _refuse_too_large(log)
        yield container


def _cause(error: BaseException) -> str:
    return (error.strerror if isinstance(error, av.error.FFmpegError) else None) or str(error)


def _refuse_too_large(log: list[tuple[int, str, str]]) -> None:
    for _, _, message in log:
        if found := _TOO_LARGE.search(message):
            what = f"a picture of {found[1]} points" if found[1] else f"more than {MAX_STREAMS} streams"
            raise Rejected(f"The file declares {what}, more than we take on.", code="too_large")
