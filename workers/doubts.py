"""Which boundaries of an analysis are doubted enough to ask a second detector: believed ones and near misses alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from storage.domain.opinions import MOST, Joint
from storage.errors import Implausible
from workers.findings import Ratio, Said, Seconds, Ticks

SURE, FAR = 0.9, 0.1
"""A boundary that is surer than the one is not asked about, nor a near miss that is farther than the other."""

PARAMETERS = {"doubted_below": SURE, "doubted_from": FAR, "asked_at_most": MOST}


class _Joint(Said):
    time_base: Ratio
    transition: Joint | Literal["start"]
    transition_start_pts: Ticks
    transition_end_pts: Ticks
    chance: Annotated[float, Field(ge=0, le=1)] | None = None


class _Begins(_Joint):
    start_s: Seconds
    start_pts: Ticks


class _Missed(_Joint):
    time_s: Seconds
    pts: Ticks


class _Analysed(Said):
    shots: list[_Begins]
    near_misses: list[_Missed] | None = None


@dataclass(frozen=True, slots=True)
class Doubt:
    """A moment at which a shot begins or would have: ticks of the stream's time base; `chance` as the analysis says."""

    is_boundary: bool
    transition: Joint
    pts: int
    time_s: float
    start_pts: int
    end_pts: int
    chance: float


@dataclass(frozen=True, slots=True)
class Doubts:
    """Those to ask about, in the order of time, and how many more were left; `time_base` is that of their ticks."""

    asked: Sequence[Doubt]
    not_asked: int
    time_base: str


def doubts_of(document: bytes) -> Doubts | None:
    """What is doubted in an analysis document: of more than MOST, what was decided by a hair.

    None where an older analysis does not say how likely its boundaries are. Raises: Implausible.
    """
    try:
        said = _Analysed.model_validate_json(document)
    except ValidationError as error:
        raise Implausible("the analysis does not tell its boundaries as the engine does") from error
    if said.near_misses is None:
        return None
    bases = {one.time_base for one in (*said.shots, *said.near_misses)}
    if len(bases) > 1:
        raise Implausible("the analysis tells its boundaries in more than one time base")
    believed = (_doubt(one, one.start_pts, one.start_s, is_boundary=True) for one in said.shots)
    missed = (_doubt(one, one.pts, one.time_s, is_boundary=False) for one in said.near_misses)
    found = [one for one in (*believed, *missed) if one is not None and FAR <= one.chance < SURE]
    by_doubt = sorted(found, key=lambda one: (abs(one.chance - 0.5), one.pts))
    asked = sorted(by_doubt[:MOST], key=lambda one: one.pts)
    return Doubts(asked, len(found) - len(asked), next(iter(bases), "1"))


def _doubt(one: _Joint, pts: int, time_s: float, *, is_boundary: bool) -> Doubt | None:
    """A boundary, but for the start of the video, which is none."""
    if one.transition == "start" or one.chance is None:
        return None
    start, end = one.transition_start_pts, one.transition_end_pts
    return Doubt(is_boundary, one.transition, pts, time_s, start, end, one.chance)
