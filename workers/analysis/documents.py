"""What is found, as canonical JSON values: the one place where the documents' names are spelled."""

import hashlib
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from storage.domain.analysis_notes import note
from storage.integrity.digest import Digest, chunks
from workers.analysis.choosing import Choice, spoken
from workers.analysis.decode import Decoding, Faults, GapKind
from workers.analysis.keyframes import Keyframe
from workers.analysis.probe import Probe, StreamFacts, probe

ENGINE_VERSION = "2"


def described(facts: Probe, digest: Digest, size_bytes: int) -> dict[str, Any]:
    """The analysis document before anything was decoded: what the file is, and by what it is analysed."""
    width, height = facts.displayed_size
    video, timeline = facts.video, facts.timeline
    notes = [] if video else [note("no_picture")]
    if timeline and timeline.reason:
        notes.append(note("times_counted", rate=spoken_rate(timeline.rate), why=timeline.reason))
    if facts.torn:
        notes.append(note("not_whole", why=facts.torn))
    if facts.read_errors:
        notes.append(note("read_errors", errors=facts.read_errors))
    sound_s = facts.declared_duration_s or facts.measured_end_s
    return {
        "file": {
            "sha256": digest.hex,
            "size_bytes": size_bytes,
            "container": facts.container,
            "codec": (video or facts.audio or facts.streams[0]).codec,
            "duration_s": timeline.duration_s if timeline else sound_s,
            "declared_duration_s": facts.declared_duration_s,
            "start_s": timeline.start.seconds if timeline else 0.0,
            "width": width,
            "height": height,
            "rotation_deg": facts.orientation.rotation_deg,
            "is_mirrored": facts.orientation.is_mirrored,
            "sample_aspect": str(video.sample_aspect) if video else None,
            "pixel_format": video.pixel_format if video else None,
            "frames": len(timeline.ticks) if timeline else 0,
            "rate": str(_short(timeline.rate)) if timeline else None,
            "variable_rate": bool(timeline and timeline.is_variable),
            "time_base": str(timeline.time_base) if timeline else None,
            "timestamps": timeline.timestamps.value if timeline else None,
        },
        "streams": [stream_spoken(stream) for stream in facts.streams],
        "shots": [],
        "keyframes": [],
        "fingerprints": 0,
        "notes": notes,
        "versions": {
            "engine": ENGINE_VERSION,
            "av": av.__version__,
            "opencv": cv2.__version__,
            "numpy": np.__version__,
            **{name: ".".join(map(str, version)) for name, version in av.library_versions.items()},
        },
    }


def spoken_rate(rate: Fraction) -> str:
    """A rate in frames a second, as people write it."""
    return f"{float(rate):.3f}".rstrip("0").rstrip(".")


def _short(rate: Fraction) -> Fraction:
    """A rate that can be written down, and is never nothing."""
    return rate.limit_denominator(1001) or rate.limit_denominator(10**9)


def lost(decoding: Decoding) -> list[str]:
    """Sentences on the pictures that could not be decoded, or came out damaged; none where all are whole."""
    kinds = {GapKind.UNDECODABLE: "undecodable", GapKind.DAMAGED: "damaged"}
    told = ((decoding.counted(kind), code) for kind, code in kinds.items())
    return [note(code, pictures=count, all=decoding.frames) for count, code in told if count]


def met_with(errors: int) -> list[str]:
    """A sentence on the errors met while decoding pictures and sound; none where there were none."""
    return [note("decode_errors", errors=errors)] if errors else []


def faults_spoken(*met: Faults) -> dict[str, Any]:
    """The errors met while reading and decoding, as documents say them: how many, and the first in their own words."""
    first = [fault for faults in met for fault in faults.first]
    return {
        "count": sum(faults.count for faults in met),
        "first": [
            {"stream": fault.stream, "after_s": fault.after.seconds if fault.after else None, "what": fault.what}
            for fault in first
        ],
    }


def stream_spoken(stream: StreamFacts) -> dict[str, Any]:
    """A stream as documents say it."""
    spoken: dict[str, Any] = {
        "index": stream.index,
        "kind": stream.kind,
        "codec": stream.codec,
        "time_base": str(stream.time_base),
        "duration_s": stream.declared_duration_s,
        "is_attached_picture": stream.is_attached_picture,
        "is_default": stream.is_default,
    }
    if stream.kind == "video":
        spoken |= {"width": stream.width, "height": stream.height, "sample_aspect": str(stream.sample_aspect)}
        spoken |= {"rate": str(stream.declared_rate) if stream.declared_rate else None}
    if stream.kind == "audio":
        spoken |= {"sample_rate": stream.sample_rate, "channels": stream.channels}
    return spoken


def chosen(choices: Sequence[Choice], pictures: Sequence[Keyframe], *, is_written: bool) -> list[dict[str, Any]]:
    """The keyframes; where pictures were to be written, only those that were, and those that are linked to such."""
    made = {picture.choice.frame: picture for picture in pictures}
    told = []
    for choice in choices:
        shown = choice.same_as or choice
        picture = made.get(shown.frame)
        if picture is not None and shown is choice:
            told.append(spoken(choice) | {"number": picture.number} | picture.picture.spoken())
        elif picture is not None or not is_written:
            told.append(spoken(choice))
    return told


def kept(path: Path, content: bytes) -> dict[str, Any]:
    """Write `content` at `path`, and say it as documents name a file."""
    path.write_bytes(content)
    return {"file": path.name, "sha256": Digest.of(content).hex, "size_bytes": len(content)}


def probed(path: Path) -> dict[str, Any]:
    """The probe document of the file at `path`: what it says of itself, with every presentation time in ticks.

    Raises: Rejected, code `not_media`, `too_large` or `unreadable`.
    """
    facts = probe(path)
    document = described(facts, *digest_of(path))
    kept = {name: document[name] for name in ("file", "streams", "notes", "versions")}
    return kept | {"pts": facts.timeline.ticks.tolist() if facts.timeline else []}


def digest_of(path: Path) -> tuple[Digest, int]:
    """The digest and the size of the file at `path`, read once."""
    running, size_bytes = hashlib.sha256(), 0
    with path.open("rb") as stream:
        for chunk in chunks(stream):
            running.update(chunk)
            size_bytes += len(chunk)
    return Digest(running.digest()), size_bytes
