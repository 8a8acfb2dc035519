"""Faces in a video, as a program of its own to be run in a box: where some are, never whose.

Nothing is kept but boxes: no picture, no vector, no part of a face.
"""

import argparse
import sys
from collections.abc import Mapping
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from storage.domain.faces import RAREST_S, SPANS, TRACKS
from storage.errors import Rejected
from workers.analysis import program
from workers.analysis.centerface import LEAST_SCORE, CenterFace
from workers.analysis.decode import Decoding, Doubtful, Level, quick_level
from workers.analysis.following import Following, Rules, Span
from workers.analysis.picture import displayable
from workers.analysis.probe import Probe, probe
from workers.analysis.timeline import Timeline

DOCUMENT = "faces.json"
_SIDE = 640
_EVERY_S = Fraction(1, 8)
_MANY_LOOKS = 20_000
AT_ONCE = 500
"""So many faces in one picture can be followed; of more none is left out, but there is no look through the video."""
PARAMETERS: Mapping[str, float | int] = {
    "side": _SIDE,  # pictures are looked at so large: smaller faces than a sixtieth of that are not found
    "every_s": float(_EVERY_S),
    "many_looks": _MANY_LOOKS,  # where there would be more, they are farther apart
    "rarest_s": RAREST_S,  # but never farther than this
    "least_score": LEAST_SCORE,
    "at_once": AT_ONCE,
    **asdict(Rules()),
}


def main(arguments: list[str] | None = None) -> int:
    """`python -m workers.analysis.faces FILE --model FILE --out DIR`.

    Writes `faces.json`, a `domain.faces.FoundFaces`; else as `analysis.program` says.
    """
    parser = argparse.ArgumentParser(prog="python -m workers.analysis.faces", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    return program.write(chosen.out, DOCUMENT, lambda: found(probe(chosen.file), CenterFace(chosen.model)))


def found(facts: Probe, network: CenterFace) -> dict[str, Any]:
    """The faces in a probed file. Raises: Rejected, code `unreadable` or `too_many`."""
    if facts.video is None or facts.timeline is None:
        raise Rejected("There is no picture in this file.", code="unreadable")
    try:
        return _followed(facts, facts.timeline, network, quick_level(facts))
    except Doubtful:
        return _followed(facts, facts.timeline, network, Level.FULL)


def apart(timeline: Timeline) -> Fraction:
    """Seconds from one look to the next: more where more is shown, up to RAREST_S.

    A time without pictures, however long, asks for no looks.
    """
    most = max(1, round(_EVERY_S / timeline.time_base))
    shown = int(np.minimum(np.diff(timeline.ticks), most).sum()) * timeline.time_base
    return min(Fraction(RAREST_S), max(_EVERY_S, shown / _MANY_LOOKS))


def _followed(facts: Probe, timeline: Timeline, network: CenterFace, level: Level) -> dict[str, Any]:
    """Raises: Doubtful, where pictures that are left out are farther than RAREST_S from a look; else as `found`."""
    start, end, every = timeline.start, timeline.end, apart(timeline)
    following, looks, looked, due, next_index = Following(float(every)), 0, start.exact, start.exact, 0
    aspect = facts.video.sample_aspect if facts.video else Fraction(1)
    decoding = Decoding(facts, level)
    for frame in decoding:
        _check_seen(level, frame.index - next_index, frame.time.exact - looked)
        next_index = frame.index + 1
        if frame.time.exact < due:
            continue
        looked = frame.time.exact
        due = looked + every
        shown = displayable(frame.picture, facts.orientation, aspect, within=(_SIDE, _SIDE))
        seen = network.find(shown)
        if len(seen) > AT_ONCE:
            raise Rejected(f"{len(seen):,} faces in one picture; {AT_ONCE:,} can be followed.", code="too_many")
        following.look(frame.time, seen)
        looks += 1
        if following.most_spans > SPANS:
            raise Rejected("There are more faces in this video than can be kept.", code="too_many")
        program.say((frame.time.exact - start.exact) / max(Fraction(1), end.exact - start.exact))
    _check_seen(level, decoding.frames - next_index, end.exact - looked)
    tracks = following.tracks(start, end)
    if len(tracks) > TRACKS:
        raise Rejected(f"There are {len(tracks):,} faces; {TRACKS:,} can be kept.", code="too_many")
    return {
        "time_base": str(timeline.time_base),
        "every_s": float(every),
        "looks": looks,
        "tracks": [{"spans": [_spoken(span) for span in spans]} for spans in tracks],
    }


def _check_seen(level: Level, left_out: int, since_look_s: Fraction) -> None:
    if level is not Level.FULL and left_out and since_look_s > RAREST_S:
        raise Doubtful


def _spoken(span: Span) -> dict[str, Any]:
    box = span.box
    return {
        "start_pts": span.start.pts,
        "start_s": span.start.seconds,
        "end_pts": span.end.pts,
        "end_s": span.end.seconds,
        "x": round(100 * box.left, 3),
        "y": round(100 * box.top, 3),
        "width": round(100 * (box.right - box.left), 3),
        "height": round(100 * (box.bottom - box.top), 3),
        "confidence": round(span.score, 4),
    }


if __name__ == "__main__":
    sys.exit(main())
