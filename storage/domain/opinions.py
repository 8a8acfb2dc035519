"""What a second detector makes of the shot boundaries that ours doubts: a computation, by which no shot is changed."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from storage.domain.documents import Ratio, Seconds, Sha256, Share, Ticks, Told

OPINION = "shot_opinion"
"""The kind of the product that holds such a document."""

MOST = 200
"""As many boundaries the second detector is asked about, those that are doubted most."""

SEEN, UNSEEN = 0.5, 0.1
"""From the one on it sees a boundary, as it was published; up to the other it sees none."""


Joint = Literal["cut", "dissolve", "fade", "wipe"]
"""How one shot gives way to the next."""


class Verdict(StrEnum):
    """How a second detector stands to what ours decided."""

    AGREES = "agrees"
    DISAGREES = "disagrees"
    UNSURE = "unsure"


def verdict(figure: float | None, *, is_boundary: bool) -> Verdict:
    """What `figure` says (how likely the second detector takes it for one), where ours decided `is_boundary`."""
    if figure is None or UNSEEN < figure < SEEN:
        return Verdict.UNSURE
    return Verdict.AGREES if (figure >= SEEN) == is_boundary else Verdict.DISAGREES


class Opinion(Told):
    """What both say of one moment, at which a shot begins or would have."""

    is_boundary: bool = Field(description="ours begins a shot here; else it was a near miss, and left out")
    transition: Joint
    pts: Ticks
    time_s: Seconds
    chance: Share = Field(description="how likely ours takes it for a boundary")
    figure: Share | None = Field(description="how likely the other does; null where nothing could be decoded")
    verdict: Verdict = Field(strict=False, description="how the other stands to what ours decided")
    seen_pts: Ticks | None = Field(description="the first picture after the boundary, where the other sees one")
    seen_s: Seconds | None

    @model_validator(mode="after")
    def _says_what_its_figure_says(self) -> Self:
        if self.verdict is not verdict(self.figure, is_boundary=self.is_boundary):
            raise ValueError("a verdict does not follow from its figure")
        is_seen = self.figure is not None and self.figure >= SEEN
        if {is_seen} != {self.seen_pts is not None, self.seen_s is not None}:
            raise ValueError("a boundary is seen without its place, or placed without being seen")
        return self


class OpinionsDocument(Told):
    """The file of such a product: times are whole ticks of `time_base`, as in the stream."""

    format: Literal["svidok.opinion/1"] = "svidok.opinion/1"
    original: Sha256
    shots: Sha256 = Field(description="the analysis whose boundaries these are")
    time_base: Ratio
    opinions: Annotated[list[Opinion], Field(max_length=MOST)]
    not_asked: Annotated[int, Field(ge=0, le=2**31)] = Field(description="doubted as well, but less than these")
