"""A second opinion on shot boundaries, as a program of its own to be run in a box: what TransNetV2 makes of some.

Source: as `transnet`; at the pictures asked about it is given as many on either side as it looks at together.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from storage.errors import Rejected
from workers.analysis import program
from workers.analysis.passages import Passage, Smaller, Span, merged, passages
from workers.analysis.picture import converted
from workers.analysis.probe import Probe, probe
from workers.analysis.timeline import Timeline
from workers.analysis.transnet import HEIGHT, SURE, WIDTH, WINDOW, TransNet

VERSION = "1"
DOCUMENT = "opinion.json"
_WITHIN = 2
_HALF = WINDOW // 2
PARAMETERS: Mapping[str, float | int] = {
    "within_frames": _WITHIN,  # a boundary is the same where it is seen so near
    "window_frames": WINDOW,
}


@dataclass(frozen=True, slots=True)
class Question:
    """Whether a shot begins at the tick `pts`, or anywhere in the transition from `start_pts` to `end_pts`."""

    pts: int
    start_pts: int
    end_pts: int


@dataclass(frozen=True, slots=True)
class Answer:
    """How likely it does, 0 to 1, and the tick of the picture that most likely begins it; None: nothing to look at."""

    figure: float | None
    seen_pts: int | None


def main(arguments: list[str] | None = None) -> int:
    """`python -m workers.analysis.opinion FILE --model FILE --asked FILE --out DIR`, asked {"questions": [{"pts",
    "start_pts", "end_pts"}]} in ticks of the stream's time base.

    Writes `opinion.json`: {"time_base", "answers": [{"figure", "seen_pts"}]}, an answer for each question in order.
    Else as `analysis.program` says.
    """
    parser = argparse.ArgumentParser(prog="python -m workers.analysis.opinion", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--asked", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    asked = [Question(**one) for one in json.loads(chosen.asked.read_text(encoding="utf-8"))["questions"]]
    return program.write(chosen.out, DOCUMENT, lambda: _told(chosen.file, chosen.model, asked))


def _told(path: Path, model: Path, asked: Sequence[Question]) -> dict[str, Any]:
    facts = probe(path)
    if facts.video is None or facts.timeline is None:
        raise Rejected("There is no picture in this file.", code="unreadable")
    answers = answered(facts, facts.timeline, TransNet(model), asked, program.say)
    told = [{"figure": one.figure, "seen_pts": one.seen_pts} for one in answers]
    return {"time_base": str(facts.timeline.time_base), "answers": told}


def answered(
    facts: Probe,
    timeline: Timeline,
    network: TransNet,
    asked: Sequence[Question],
    report: Callable[[float], None] = lambda share: None,
) -> list[Answer]:
    """An answer for each question, in their order. `report` hears shares from 0 to 1."""
    spans = [_around(timeline, one) for one in asked]
    found: dict[int, Answer] = {}
    for passage in passages(facts, timeline, merged(spans), _smaller(facts)):
        inside = [n for n, span in enumerate(spans) if passage.span.first <= span.first <= passage.span.last]
        for number in inside:
            found[number] = _answer(network, passage, asked[number])
            report(len(found) / len(asked))
    return [found[number] for number in range(len(asked))]


def _around(timeline: Timeline, one: Question) -> Span:
    at = int(np.searchsorted(timeline.ticks, one.pts))
    first, last = max(0, at - _HALF), min(len(timeline.ticks), at + _HALF) - 1
    return Span(int(timeline.ticks[min(first, last)]), int(timeline.ticks[last]))


def _smaller(facts: Probe) -> Smaller:
    sideways = facts.orientation.rotation_deg % 180 != 0
    width, height = (HEIGHT, WIDTH) if sideways else (WIDTH, HEIGHT)

    def smaller(picture: VideoFrame) -> NDArray[np.uint8]:
        small = converted(picture, "rgb24", (width, height)).to_ndarray()
        return np.asarray(facts.orientation.upright(small), np.uint8)

    return smaller


def _answer(network: TransNet, passage: Passage, one: Question) -> Answer:
    """What the network says of the pictures next to the boundary; where the video ends it sees the last one again.

    It marks the last picture of a shot, so that the next one begins another.
    """
    count = len(passage.ticks)
    at, start, end = (int(np.searchsorted(passage.ticks, pts)) for pts in (one.pts, one.start_pts, one.end_pts))
    if not 0 < at < count:
        return Answer(None, None)
    begin = at - _HALF
    seen = np.clip(np.arange(begin, begin + WINDOW), 0, count - 1)
    chances, _ = network.chances(passage.pictures[seen])
    first = max(min(start, at) - 1 - _WITHIN, begin + SURE.start, 0)
    last = min(max(end, at) - 1 + _WITHIN, begin + SURE.stop - 1, count - 2)
    best = first + int(np.argmax(chances[first - begin : last - begin + 1]))
    return Answer(round(float(chances[best - begin]), 4), int(passage.ticks[best + 1]))


if __name__ == "__main__":
    sys.exit(main())
