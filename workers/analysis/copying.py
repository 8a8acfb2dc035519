"""The review copy: the same frames at the same times, in a form every browser steps through exactly and soon."""

import heapq
import json
import math
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
from av.audio.stream import AudioStream
from av.packet import Packet

from storage.domain.faces import FoundFaces
from storage.errors import Rejected
from storage.integrity.digest import Digest
from workers.analysis.documents import digest_of
from workers.analysis.encoding import Encoder, Untrue, rewrapped
from workers.analysis.moments import microseconds, packed
from workers.analysis.probe import Probe, probe
from workers.analysis.sounding import sound_packets
from workers.analysis.timeline import Timeline
from workers.analysis.track import Track, track_of
from workers.analysis.veil import Veil

DOCUMENT, NAME = "copy.json", "copy.mp4"
_MICROSECONDS = 1_000_000
_LARGEST_SCALE = 2**31 - 1
_WRITTEN_SHARE = 0.98

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Clock:
    """The copy's time: ticks of 1/`scale` seconds since `zero` of the picture's time, `sound_zero` of the sound's."""

    zero: Fraction
    sound_zero: Fraction
    scale: int


def copy(
    path: Path,
    out: Path,
    *,
    rewrap: bool,
    sound: Path | None,
    hidden: FoundFaces | None = None,
    on_progress: Progress | None = None,
) -> None:
    """Write a review copy of the video at `path` as `copy.mp4` into `out`, and `copy.json` about it.

    `rewrap`: the coded pictures are taken over as they are where that comes out true, else coded anew: H.264, 8 bits,
    a key frame every 12, no B-frames, at most 1280 points on the longer side, upright. `sound` is the file that holds
    the sound, where that is another one. `hidden`
    are faces to be painted over, so that nothing is taken over as it is. Times are the original's, counted from the
    first frame or, where it comes earlier, the first sound.
    1. The times of the pictures as they decode. 2. The copy. 3. The copy's own times, read back, must be the same.
    Raises: Rejected, code `unreadable`; Untrue.
    """
    facts = probe(path)
    if facts.video is None or facts.timeline is None:
        raise Rejected("There is no picture in this file.", code="unreadable")
    heard = track_of(facts, probe(sound) if sound else None)
    report = on_progress or (lambda share: None)
    if rewrap and hidden is None:
        try:
            _write(facts, heard, out / NAME, report, is_rewrapped=True)
            times_us = microseconds(facts.timeline.ticks, facts.timeline.time_base)
            _tell(facts, heard, out, Written(times_us, is_rewrapped=True))
        except (Untrue, av.error.FFmpegError, ValueError):  # ValueError: MP4 holds no such thing
            report(0.0)
        else:
            report(1.0)
            return
    veil = Veil.of(hidden, facts.timeline.time_base) if hidden else None
    encoder = _write(facts, heard, out / NAME, report, is_rewrapped=False, veil=veil)
    if encoder is not None:
        _tell(facts, heard, out, Written(encoder.times_us(), is_tone_mapped=encoder.is_tone_mapped))
    report(1.0)


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: the times of its pictures in microseconds since the first, and how it came about."""

    times_us: list[int]
    is_rewrapped: bool = False
    is_tone_mapped: bool = False


def _write(
    facts: Probe,
    heard: Track | None,
    path: Path,
    report: Progress,
    *,
    is_rewrapped: bool,
    veil: Veil | None = None,
) -> Encoder | None:
    """Write the copy; what coded its pictures anew, or None where they are taken over."""
    timeline = facts.timeline
    if timeline is None:
        return None
    clock = _clock(timeline, heard)
    with ExitStack() as stack:
        output = stack.enter_context(av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}))
        encoder = None if is_rewrapped else Encoder(facts, output, clock.zero, clock.scale, veil)
        if encoder is None:
            pictures: Iterable[Packet[Any]] = rewrapped(facts, output, clock.zero, clock.scale)
        else:
            pictures = encoder.packets()
        sounds: Iterable[Packet[Any]] = ()
        if heard:
            sounds = sound_packets(heard.path, heard.index, output, clock.sound_zero, is_whole=is_rewrapped)
        total, done = max(1, len(timeline.ticks)), 0
        for packet in heapq.merge(pictures, sounds, key=_moment):
            if not isinstance(packet.stream, AudioStream):
                done += 1
                if done % 32 == 0:
                    report(min(_WRITTEN_SHARE, _WRITTEN_SHARE * done / total))
            output.mux(packet)
    return encoder


def _moment(packet: "Packet[Any]") -> Fraction:
    at = packet.dts if packet.dts is not None else packet.pts
    return Fraction(at or 0) * (packet.time_base or Fraction(1))


def _clock(timeline: Timeline, heard: Track | None) -> Clock:
    """Zero is the first picture, or the sound before it: then by whole ticks, so that every time stays exact."""
    base, first = timeline.time_base, timeline.start.exact
    # So many ticks a second that every time is a whole number, if MP4 can count so finely.
    scale = base.denominator if base.denominator <= _LARGEST_SCALE else _MICROSECONDS
    if heard is None:
        return Clock(first, first, scale)
    zero = min(first, math.floor((heard.start + heard.offset) / base) * base)
    return Clock(zero, zero - heard.offset, scale)


def _tell(facts: Probe, heard: Track | None, out: Path, written: Written) -> None:
    """Read the copy back, compare, and say what it is. Raises: Untrue."""
    made = probe(out / NAME)
    if made.timeline is None or made.video is None or facts.video is None:
        raise Untrue("there is no picture in the copy")
    times_us, back_us = written.times_us, microseconds(made.timeline.ticks, made.timeline.time_base)
    if back_us != times_us:
        apart = next((n for n, (a, b) in enumerate(zip(times_us, back_us, strict=False)) if a != b), None)
        raise Untrue(f"of {len(times_us)} frames the copy has {len(back_us)}, and is apart from number {apart} on")
    if written.is_rewrapped and (made.orientation, made.video.sample_aspect) != (
        facts.orientation,
        facts.video.sample_aspect,
    ):
        raise Untrue("the copy is not shown as its original is")
    digest, size_bytes = digest_of(out / NAME)
    document = {
        "file": {"sha256": digest_of(facts.path)[0].hex},
        "copy": {
            "file": NAME,
            "sha256": digest.hex,
            "size_bytes": size_bytes,
            "width": made.displayed_size[0],
            "height": made.displayed_size[1],
            "frames": len(back_us),
            "first_us": round(made.timeline.start.exact * _MICROSECONDS),
            "times_sha256": Digest.of(packed(back_us)[0]).hex,
            "has_sound": made.audio is not None and heard is not None,
            "is_rewrapped": written.is_rewrapped,
            "is_tone_mapped": written.is_tone_mapped,
        },
    }
    (out / DOCUMENT).write_text(json.dumps(document), encoding="utf-8")
