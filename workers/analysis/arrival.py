"""The first look at a file: its key frames alone, seconds after it came, long before the whole analysis has ended."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import cv2

from storage.errors import Rejected
from workers.analysis.decode import Decoding, Doubtful, Frame, Level
from workers.analysis.documents import described, digest_of, faults_spoken, kept
from workers.analysis.feeding import Progress, feed
from workers.analysis.fingerprints import Fingerprints
from workers.analysis.probe import probe
from workers.analysis.sink import Sink
from workers.analysis.sprite import Tiles
from workers.analysis.timeline import Timeline, Timestamps
from workers.copies.prints import FILE as FINGERPRINTS

DOCUMENT = "arrival.json"
MOST_STILLS = 24
_WIDTH = 240


class Looked(StrEnum):
    """What came of the first look. Where it is not SEEN, nothing is told before the whole analysis tells it."""

    SEEN = "seen"
    NO_KEY_FRAMES = "no_key_frames"
    NO_TIMES = "no_times"


def arrive(path: Path, out: Path, on_progress: Progress | None = None) -> dict[str, Any]:
    """Write into `out` the first stills and the first fingerprints of the file at `path`; its `arrival.json`.

    They come from sinks of the whole analysis, fed with undamaged key frames alone. A container without times of its
    own tells of no moment without counting every picture: it is not looked at here.

    {"file", "looked": a `Looked`, "key_frames": decoded, "damaged": of them left out, "sprites": the stills,
    "fingerprint_file", "sinks", "errors", "streams", "notes", "versions", "seconds"}

    Raises: Rejected, code `not_media` where there is no picture or no media, `too_large` or `unreadable`.
    """
    started = time.perf_counter()
    cv2.setNumThreads(1)
    digest, size_bytes = digest_of(path)
    facts = probe(path)
    if facts.timeline is None:
        raise Rejected("There is no picture in this file to look at, only sound.", code="not_media")
    tiles, prints = Tiles(facts, facts.timeline, MOST_STILLS, _WIDTH), Fingerprints(facts, facts.timeline)
    keys = _Keys(Decoding(facts, Level.KEYS))
    looked = _look(keys, facts.timeline, (tiles, prints), on_progress or (lambda share: None))
    is_seen = looked is Looked.SEEN
    said = described(facts, digest, size_bytes)
    prints.finish()
    return {name: said[name] for name in ("file", "streams", "notes", "versions")} | {
        "looked": looked.value,
        "key_frames": keys.decoding.decoded,
        "damaged": keys.damaged,
        "sprites": tiles.written(out) if is_seen else [],
        "fingerprint_file": kept(out / FINGERPRINTS, prints.prints(digest).encode()) if is_seen else None,
        "sinks": {
            one.about.name: {"version": one.about.version, "parameters": dict(one.about.parameters)}
            for one in (tiles, prints)
        },
        "errors": faults_spoken(keys.decoding.faults),
        "seconds": round(time.perf_counter() - started, 6),
    }


@dataclass(slots=True)
class _Keys:
    """The key frames of a decoding that came out whole; `damaged` counts the others."""

    decoding: Decoding
    damaged: int = 0

    def __iter__(self) -> Iterator[Frame]:
        for frame in self.decoding:
            if frame.is_damaged or not frame.is_key:
                self.damaged += 1
            else:
                yield frame


def _look(keys: _Keys, timeline: Timeline, sinks: Sequence[Sink], report: Progress) -> Looked:
    if timeline.timestamps is not Timestamps.CONTAINER:
        return Looked.NO_TIMES
    try:
        feed(keys, timeline, sinks, report)
    except Doubtful:
        return Looked.NO_TIMES
    return Looked.SEEN if keys.decoding.decoded > keys.damaged else Looked.NO_KEY_FRAMES
