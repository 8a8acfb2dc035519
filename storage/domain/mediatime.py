"""Time inside a video: integer ticks and an exact time base, never a float, never a frame number."""

from dataclasses import dataclass
from fractions import Fraction
from functools import total_ordering


@total_ordering
@dataclass(frozen=True, slots=True)
class MediaTime:
    """A presentation time: `pts` ticks of `time_base` seconds each.

    Two times compare by the moment they name, whatever their time bases; equality is equality of moments.
    """

    pts: int
    time_base: Fraction

    def __post_init__(self) -> None:
        if self.time_base.numerator <= 0:  # thousands are made a second: no fraction is compared
            msg = f"a time base is positive, not {self.time_base}"
            raise ValueError(msg)

    @property
    def exact(self) -> Fraction:
        """Seconds as a fraction, without rounding."""
        return self.pts * self.time_base

    @property
    def seconds(self) -> float:
        """Seconds for people and JSON, rounded to the nearest float; keep `pts` beside it."""
        return self.pts * self.time_base.numerator / self.time_base.denominator  # rounded once, at the division

    def since(self, earlier: "MediaTime") -> Fraction:
        """Seconds from `earlier` to here, without rounding; negative where it is later."""
        if self.time_base is earlier.time_base:  # most times that meet are of one stream
            return (self.pts - earlier.pts) * self.time_base
        return self.exact - earlier.exact

    def __eq__(self, other: object) -> bool:
        return self.exact == other.exact if isinstance(other, MediaTime) else NotImplemented

    def __lt__(self, other: object) -> bool:
        return self.exact < other.exact if isinstance(other, MediaTime) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.exact)
