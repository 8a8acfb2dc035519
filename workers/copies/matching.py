"""What two videos are to each other: the relation, the spans they share, and how the one was changed.

Machine output of the kind computation: it says how pictures agree, not who copied whom.
"""

from collections.abc import Callable, Sequence
from typing import Any

from storage.domain.matches import (
    MOST_SPANS,
    Heard,
    Match,
    Relation,
    Rest,
    Sound,
    Span,
    Transform,
    Unheard,
    differing,
)
from storage.domain.steps import VERSIONS
from workers.copies import witness
from workers.copies.alignment import Stretch, stretches
from workers.copies.prints import Prints
from workers.copies.views import Views

VERSION = VERSIONS["match"]
_WHOLE = 0.8
_SAME_SPEED = 0.02
_TOLD_S = 0.6
"""Frames are sampled twice a second: of less than a sample nothing can be told."""


def match(a: Prints, b: Prints, go_on: Callable[[], None] = lambda: None) -> Match:
    """What `a` is to `b`, by their fingerprints alone, in seconds since the first frame of each.

    `go_on` is called every moment of it; whatever it raises ends the work.

    SAME_SCENE: the pictures agree, but not in step: the same place at another moment, or a picture that stands still.
    Its spans are where they agree most. Cropped: a part of the one is the whole of the other.

    Whichever is asked about first, the same is found: the one with more pictures, or larger ones, is followed along the
    other.
    """
    if _rank(a) < _rank(b):
        return match(b, a, go_on).inverted()
    if a.header.original == b.header.original:
        whole = (Span(a_start_s=0, a_end_s=duration_s(a), b_start_s=0, b_end_s=duration_s(b), score=1),)
        sound, heard = witness.heard(a, b, whole)
        return Match(relation=Relation.SAME_FILE, spans=whole, sound=sound, heard=heard)
    one = Views.of(a)
    found = stretches(one, Views.of(b), go_on)
    if in_step := [stretch for stretch in found if stretch.is_in_step]:
        return _told(None, in_step, one, a, b)
    scenes = [stretch for stretch in found if stretch.is_same_scene]
    return _told(Relation.SAME_SCENE if scenes else Relation.NONE, scenes, one, a, b)


def _rank(prints: Prints) -> tuple[int, int, str]:
    header = prints.header
    return header.frames, header.width * header.height, header.original


def spoken(found: Match, a: Prints, b: Prints) -> dict[str, Any]:
    """As `svidok match --json` prints it; with the seconds of each that no span covers."""
    return found.model_dump(mode="json") | {
        "match": found.relation not in (Relation.SAME_SCENE, Relation.NONE),
        "a": {"sha256": a.header.original},
        "b": {"sha256": b.header.original},
        "version": VERSION,
    }


def duration_s(prints: Prints) -> float:
    """Seconds from the first frame to the end of the last."""
    return float((prints.header.end - prints.header.start) * prints.time_base)


def _told(relation: Relation | None, found: Sequence[Stretch], one: Views, a: Prints, b: Prints) -> Match:
    spans = tuple(sorted((_span(each, one, a, b) for each in found[:MOST_SPANS]), key=lambda span: span.a_start_s))
    best = found[0] if found else None
    sound, heard = Sound.UNKNOWN, Heard(why=Unheard.NOT_IN_STEP) if spans else None
    if best is not None and best.is_in_step:
        sound, heard = witness.heard(a, b, spans)
    has_other_speed = best is not None and best.is_in_step and abs(best.speed - 1) > _SAME_SPEED
    return Match(
        relation=relation or _relation(spans, a, b),
        transform=Transform(
            mirrored=bool(best and best.seen.is_mirrored),
            cropped=bool(best and best.seen.is_cropped),
            speed=round(best.speed, 3) if best and has_other_speed else 1.0,
        ),
        spans=spans,
        only_a=_only(spans, a),
        only_b=_only(tuple(span.inverted() for span in spans), b),
        sound=sound,
        heard=heard,
    )


def _relation(spans: tuple[Span, ...], a: Prints, b: Prints) -> Relation:
    covers_a = _covered(spans, duration_s(a)) >= _WHOLE
    covers_b = _covered(tuple(span.inverted() for span in spans), duration_s(b)) >= _WHOLE
    if covers_a and covers_b:
        return Relation.SAME_CONTENT
    if covers_b:
        return Relation.CONTAINS
    return Relation.CONTAINED if covers_a else Relation.OVERLAP


def _span(stretch: Stretch, one: Views, a: Prints, b: Prints) -> Span:
    """A sample stands for the time until the next one; what the other does not reach to is in no span."""
    times, whole_s = one.times, duration_s(b)
    first_s, last_s = ((edge_s - stretch.offset_s) / stretch.speed for edge_s in (0.0, whole_s))
    begin_s = max(float(times[stretch.begin]), first_s)
    end_s = min(float(times[stretch.end]) if stretch.end < len(times) else duration_s(a), last_s)
    b_begin_s, b_end_s = (
        round(min(max(stretch.speed * time_s + stretch.offset_s, 0.0), whole_s), 3) for time_s in (begin_s, end_s)
    )
    return Span(
        a_start_s=round(begin_s, 3),
        a_end_s=round(end_s, 3),
        b_start_s=b_begin_s,
        b_end_s=b_end_s,
        score=round(stretch.score, 3),
        samples=stretch.end - stretch.begin,
    )


def _covered(spans: tuple[Span, ...], whole_s: float) -> float:
    """The share of the first video that lies in a span."""
    return 1 - sum(end - begin for begin, end in differing(spans, whole_s)) / whole_s if whole_s > 0 else 0.0


def _only(spans: tuple[Span, ...], prints: Prints) -> tuple[Rest, ...]:
    told = [(begin, end) for begin, end in differing(spans, duration_s(prints)) if end - begin > _TOLD_S]
    return tuple(Rest(start_s=round(begin, 3), end_s=round(end, 3)) for begin, end in told[:MOST_SPANS])
