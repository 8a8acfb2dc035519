"""The program inside the box of `glimpse`: opens one file, decodes until something comes out, prints what it saw."""

import json
import sys
from pathlib import Path

import av.error

from storage.errors import Rejected
from workers.analysis.container import open_media, sniff
from workers.analysis.probe import probe

_PACKETS = 400
_MEDIA_TYPES = {
    "mov": "mp4",
    "matroska": "x-matroska",
    "mpegts": "mp2t",
    "avi": "x-msvideo",
    "flv": "x-flv",
    "asf": "x-ms-asf",
    "ogg": "ogg",
    "mpeg": "mpeg",
    "mp3": "mpeg",
    "aac": "aac",
    "flac": "flac",
    "wav": "wav",
}

_SOUND = frozenset({"mp3", "aac", "ac3", "flac", "wav", "amr", "aiff", "caf"})


def main() -> int:
    """Print one JSON object with the fields of `Glimpse`."""
    path = Path(sys.argv[1])
    seen: dict[str, object] = {"code": "", "sentence": "", "media_type": "application/octet-stream"}
    try:
        facts = probe(path)
        has_video, has_audio = facts.video is not None, facts.audio is not None
        seen |= {"media_type": _media_type(path, facts.container, has_video=has_video)}
        seen |= {"has_video": has_video, "has_audio": has_audio}
        if not _decodes(path):
            seen |= {"code": "unreadable", "sentence": "Not one picture and no sound in this file can be decoded."}
    except Rejected as rejected:
        seen |= {"code": rejected.code, "sentence": rejected.sentence}
        if rejected.code == "unreadable":
            container = sniff(path)
            seen |= {"media_type": _media_type(path, container, has_video=container not in _SOUND)}
    sys.stdout.write(json.dumps(seen) + "\n")
    return 0


def _decodes(path: Path) -> bool:
    """Whether a frame comes out of the first packets; a damaged one is passed over."""
    with open_media(path) as container:
        for number, packet in enumerate(container.demux()):
            if number > _PACKETS:
                return False
            if packet.stream.type not in ("video", "audio"):
                continue
            try:
                if packet.decode():
                    return True
            except av.error.FFmpegError:
                continue
    return False


def _media_type(path: Path, container: str, *, has_video: bool) -> str:
    """The media type of a container (RFC 4337, RFC 9559), told from its first bytes where the demuxer has two."""
    with path.open("rb") as stream:
        head = stream.read(64)
    first = container.split(",")[0]
    kind = "video" if has_video else "audio"
    if first == "mov" and head[8:12] == b"qt  ":
        return f"{kind}/quicktime"
    if first == "matroska" and b"webm" in head:
        return f"{kind}/webm"
    return f"{kind}/{_MEDIA_TYPES[first]}" if first in _MEDIA_TYPES else f"{kind}/x-{first}"


if __name__ == "__main__":
    sys.exit(main())
