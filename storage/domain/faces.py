"""Where faces are in a video, so that a copy can hide them: boxes over time, and nothing that could tell whose.

What a machine missed is not in it: nobody is safe because it found nothing.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from storage.domain.documents import Percent, Ratio, Seconds, Sha256, Share, Ticks, Told

FACES, REDACTED = "faces", "redacted_copy"
"""The kinds of the products that hold such a document, and a copy in which those faces are hidden."""

LOOK_VERSION = "3"
"""How faces are looked for now. Each version before may have left bare what this one hides."""

TRACKS, SPANS = 20_000, 200_000
RAREST_S = 0.25
"""So far apart looks may be for a copy to be made after them: between rarer ones a face comes and goes unseen."""

_ROUNDING = 0.01


class FaceSpan(Told):
    """The box that holds a face from `start` on, before `end`; in percent of the picture as displayed.

    It is larger than the face, and holds it wherever it was at both ends of the span.
    """

    start_pts: Ticks
    start_s: Seconds
    end_pts: Ticks
    end_s: Seconds
    x: Percent
    y: Percent
    width: Percent
    height: Percent
    confidence: Share

    @model_validator(mode="after")
    def _is_a_box_for_a_while(self) -> Self:
        if max(self.x + self.width, self.y + self.height) > 100 + _ROUNDING:
            raise ValueError("a box lies outside of the picture")
        if self.end_pts <= self.start_pts:
            raise ValueError("a span ends before it begins")
        return self


class FaceTrack(Told):
    """One face for as long as it could be followed; its spans follow each other without a gap."""

    spans: Annotated[list[FaceSpan], Field(min_length=1, max_length=SPANS)]

    @model_validator(mode="after")
    def _has_no_gap(self) -> Self:
        if any(before.end_pts != after.start_pts for before, after in zip(self.spans, self.spans[1:], strict=False)):
            raise ValueError("there is a gap in a track")
        return self


class FoundFaces(Told):
    """What was found in one file: times are whole ticks of `time_base`, as in the stream."""

    time_base: Ratio
    every_s: Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)] = Field(description="from one look to the next")
    looks: Annotated[int, Field(ge=0, le=2**31)] = Field(description="pictures that were looked at")
    tracks: Annotated[list[FaceTrack], Field(max_length=TRACKS)]


class FacesDocument(FoundFaces):
    """The file of a `faces` product."""

    format: Literal["svidok.faces/1"] = "svidok.faces/1"
    original: Sha256
