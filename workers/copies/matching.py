"""What two videos are to each other: the relation, the spans they share, and how the one was changed.

Machine output of the kind computation: it says how pictures agree, not who copied whom.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from workers.copies.alignment import Stretch, stretches
from workers.copies.prints import Prints
from workers.copies.views import Views

VERSION = "1"
_WHOLE = 0.8
_SAME_SPEED = 0.02
_TOLD_S = 0.6


class Relation(StrEnum):
    """What the first video is to the second. Only what is neither SAME_SCENE nor NONE is a match.

    SAME_SCENE: the pictures agree, but not in step: the same place at another moment, or a picture that stands still.
    """

    SAME_FILE = "same_file"
    SAME_CONTENT = "same_content"
    CONTAINS = "contains"
    CONTAINED = "contained"
    OVERLAP = "overlap"
    SAME_SCENE = "same_scene"
    NONE = "none"

    @property
    def is_match(self) -> bool:
        return self not in (Relation.SAME_SCENE, Relation.NONE)


@dataclass(frozen=True, slots=True)
class Span:
    """Seconds of the first video, and those of the second that show the same; `score` 0 to 1."""

    a_start_s: float
    a_end_s: float
    b_start_s: float
    b_end_s: float
    score: float


@dataclass(frozen=True, slots=True)
class Match:
    """What was found. `only_a`, `only_b`: the seconds of each that no span covers, [begin, end)."""

    relation: Relation
    is_mirrored: bool
    is_cropped: bool
    speed: float
    spans: tuple[Span, ...]
    only_a: tuple[tuple[float, float], ...]
    only_b: tuple[tuple[float, float], ...]

    def spoken(self) -> dict[str, Any]:
        """As `svidok match --json` prints it."""
        return {
            "match": self.relation.is_match,
            "relation": self.relation.value,
            "transform": {"mirrored": self.is_mirrored, "cropped": self.is_cropped, "speed": round(self.speed, 3)},
            "spans": [
                {
                    name: round(getattr(span, name), 3)
                    for name in ("a_start_s", "a_end_s", "b_start_s", "b_end_s", "score")
                }
                for span in self.spans
            ],
            "only_a": [{"start_s": round(begin, 3), "end_s": round(end, 3)} for begin, end in self.only_a],
            "only_b": [{"start_s": round(begin, 3), "end_s": round(end, 3)} for begin, end in self.only_b],
            "version": VERSION,
        }


def match(a: Prints, b: Prints) -> Match:
    """What `a` is to `b`, by their fingerprints alone. Spans of SAME_SCENE are where the pictures agree most."""
    whole_a, whole_b = _extent(a), _extent(b)
    if a.header.original == b.header.original:
        return Match(Relation.SAME_FILE, False, False, 1.0, (Span(*whole_a, *whole_b, 1.0),), (), ())
    one, other = Views.of(a), Views.of(b)
    found = stretches(one, other)
    in_step = [stretch for stretch in found if stretch.is_in_step]
    if not in_step:
        scenes = [stretch for stretch in found if stretch.is_same_scene]
        relation = Relation.SAME_SCENE if scenes else Relation.NONE
        return _told(relation, scenes, one, whole_a, whole_b)
    spans = [_span(stretch, one, whole_a, whole_b) for stretch in in_step]
    covers_a = _share([(span.a_start_s, span.a_end_s) for span in spans], whole_a)
    covers_b = _share([(span.b_start_s, span.b_end_s) for span in spans], whole_b)
    return _told(_relation(covers_a, covers_b), in_step, one, whole_a, whole_b)


def _told(
    relation: Relation,
    found: Sequence[Stretch],
    one: Views,
    whole_a: tuple[float, float],
    whole_b: tuple[float, float],
) -> Match:
    spans = tuple(sorted((_span(each, one, whole_a, whole_b) for each in found), key=lambda span: span.a_start_s))
    best = max(found, key=lambda each: each.agreement, default=None)
    speed = best.speed if best and relation.is_match and abs(best.speed - 1) > _SAME_SPEED else 1.0
    return Match(
        relation,
        bool(best and best.seen.is_mirrored),
        bool(best and best.seen.is_cropped),
        speed,
        spans,
        _rest([(span.a_start_s, span.a_end_s) for span in spans], whole_a),
        _rest([(span.b_start_s, span.b_end_s) for span in spans], whole_b),
    )


def _relation(covers_a: float, covers_b: float) -> Relation:
    if min(covers_a, covers_b) >= _WHOLE:
        return Relation.SAME_CONTENT
    if covers_b >= _WHOLE:
        return Relation.CONTAINS
    return Relation.CONTAINED if covers_a >= _WHOLE else Relation.OVERLAP


def _span(stretch: Stretch, one: Views, whole_a: tuple[float, float], whole_b: tuple[float, float]) -> Span:
    """A sample stands for the time until the next one."""
    times = one.times
    after = times[stretch.end] if stretch.end < len(times) else whole_a[1]
    begin, end = max(whole_a[0], float(times[stretch.begin])), min(whole_a[1], float(after))
    there = (stretch.speed * time + stretch.offset_s for time in (begin, end))
    b_begin, b_end = (min(max(time, whole_b[0]), whole_b[1]) for time in there)
    return Span(begin, end, b_begin, b_end, stretch.score)


def _extent(prints: Prints) -> tuple[float, float]:
    return float(prints.header.start * prints.time_base), float(prints.header.end * prints.time_base)


def _rest(parts: Sequence[tuple[float, float]], whole: tuple[float, float]) -> tuple[tuple[float, float], ...]:
    """What of `whole` lies in none of `parts`; less than a sample can be told of is left out."""
    rest, at = [], whole[0]
    for begin, end in sorted(parts):
        if begin - at > _TOLD_S:
            rest.append((at, begin))
        at = max(at, end)
    if whole[1] - at > _TOLD_S:
        rest.append((at, whole[1]))
    return tuple(rest)


def _share(parts: Sequence[tuple[float, float]], whole: tuple[float, float]) -> float:
    """How much of `whole` lies in `parts`."""
    length = whole[1] - whole[0]
    return 1 - sum(end - begin for begin, end in _rest(parts, whole)) / length if length > 0 else 0.0
