"""Copies of one recording: how two videos relate, which spans show the same, and what people decided of it."""

from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from storage.domain.fields import Paragraph

MATCH = "match"
"""The kind of product that says which other item shows the same as an original of this one."""

POSSIBLE_MATCH = "possible_match"
"""Likewise, by the key frames alone: a first word, which the match step's word takes the place of."""

COMPARISON = "comparison"
"""The kind of product that says with how many others an original was compared, and how many are left for later."""

NAMING_OTHERS = frozenset({MATCH, POSSIBLE_MATCH})
"""The kinds of products that name another item."""

FINGERPRINTS = "fingerprints"
"""The kind of product that holds the fingerprints of an original's pictures."""

MOST_SPANS = 200
MOST_HEARD = 60
"""As many passages with another sound as one match tells of."""

_Seconds = Annotated[float, Field(ge=-1e9, le=1e9, allow_inf_nan=False)]


class Relation(StrEnum):
    """How video A relates to video B. `same_scene`: one place at one event, but not one recording."""

    SAME_FILE = "same_file"
    SAME_CONTENT = "same_content"
    CONTAINS = "contains"
    CONTAINED = "contained"
    OVERLAP = "overlap"
    SAME_SCENE = "same_scene"
    NONE = "none"


_INVERSE = {Relation.CONTAINS: Relation.CONTAINED, Relation.CONTAINED: Relation.CONTAINS}


class Sound(StrEnum):
    """What the sound of two videos says of the spans in which their pictures agree."""

    AGREES = "agrees"
    DIFFERS = "differs"
    UNKNOWN = "unknown"


class Unheard(StrEnum):
    """Why the sound says nothing. `not_listened`: by an analysis older than this witness, or by a first look."""

    NOT_LISTENED = "not_listened"
    NO_TRACK = "no_track"
    NOT_IN_STEP = "not_in_step"
    TOO_SHORT = "too_short"
    TOO_QUIET = "too_quiet"
    OUT_OF_STEP = "out_of_step"
    DOUBTFUL = "doubtful"


class Compared(BaseModel):
    """How far the search for copies of one original has come, over all its turns: others that may show the same.

    `unreadable`: their fingerprints cannot be believed. `given_up`: comparing one took longer than a whole turn.
    `left`: another turn is owed for them.
    """

    model_config = ConfigDict(frozen=True)

    compared: int = Field(0, ge=0)
    unreadable: int = Field(0, ge=0)
    given_up: int = Field(0, ge=0)
    left: int = Field(0, ge=0)


class Decision(StrEnum):
    """What a reviewer says of a match that was computed; `undecided` takes an earlier decision back."""

    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    UNDECIDED = "undecided"


class Transform(BaseModel):
    """What was done to the pictures of one video to make the other's. `speed` is B's time per A's, 1 for none."""

    model_config = ConfigDict(frozen=True)

    mirrored: bool = False
    cropped: bool = False
    speed: float = Field(1.0, gt=0.05, lt=20, allow_inf_nan=False)


class Span(BaseModel):
    """A stretch that both show, in seconds since the first frame of each; linear in between."""

    model_config = ConfigDict(frozen=True)

    a_start_s: _Seconds
    a_end_s: _Seconds
    b_start_s: _Seconds
    b_end_s: _Seconds
    score: float = Field(ge=0, le=1, allow_inf_nan=False, description="how well its sampled pictures agree")
    samples: int | None = Field(
        None, ge=0, description="votes: so many sampled pictures lie on the line; null if older"
    )

    def inverted(self) -> Self:
        """The same stretch, asked from B."""
        return type(self)(
            a_start_s=self.b_start_s,
            a_end_s=self.b_end_s,
            b_start_s=self.a_start_s,
            b_end_s=self.a_end_s,
            score=self.score,
            samples=self.samples,
        )


class Rest(BaseModel):
    """A stretch of one video that the other does not show, in seconds since its first frame."""

    model_config = ConfigDict(frozen=True)

    start_s: _Seconds
    end_s: _Seconds


class Passage(BaseModel):
    """A stretch that belongs together, in seconds since the first frame of each."""

    model_config = ConfigDict(frozen=True)

    a_start_s: _Seconds
    a_end_s: _Seconds
    b_start_s: _Seconds
    b_end_s: _Seconds

    def inverted(self) -> Self:
        """The same stretch, asked from B."""
        return type(self)(
            a_start_s=self.b_start_s, a_end_s=self.b_end_s, b_start_s=self.a_start_s, b_end_s=self.a_end_s
        )


_Lasting = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]


class Heard(BaseModel):
    """For how many of A's seconds in the spans the sound agrees, is another's, or says nothing.

    `score`: how well it agrees where it does, 1 the same bits; below a half there is other sound over it, or little
    is left of it. `differs`: where it is another. `why`: where nothing was found at all.
    """

    model_config = ConfigDict(frozen=True)

    agrees_s: _Lasting = 0
    differs_s: _Lasting = 0
    unknown_s: _Lasting = 0
    score: float | None = Field(None, ge=-1, le=1, allow_inf_nan=False)
    differs: Annotated[tuple[Passage, ...], Field(max_length=MOST_HEARD)] = ()
    why: Unheard | None = None

    def inverted(self, speed: float) -> Self:
        """The same asked from B, whose time is `speed` times A's."""
        return self.model_copy(
            update={
                "agrees_s": round(self.agrees_s * speed, 3),
                "differs_s": round(self.differs_s * speed, 3),
                "unknown_s": round(self.unknown_s * speed, 3),
                "differs": tuple(sorted((one.inverted() for one in self.differs), key=lambda one: one.a_start_s)),
            }
        )


class Match(BaseModel):
    """How A relates to B, as it was computed: evidence, never a verdict. `only_a`, `only_b`: what no span covers.

    The pictures say it; `sound` is a second witness of the spans, and `heard` how much it had to go by.
    """

    model_config = ConfigDict(frozen=True)

    relation: Relation
    transform: Transform = Transform()
    spans: Annotated[tuple[Span, ...], Field(max_length=MOST_SPANS)] = ()
    only_a: Annotated[tuple[Rest, ...], Field(max_length=MOST_SPANS)] = ()
    only_b: Annotated[tuple[Rest, ...], Field(max_length=MOST_SPANS)] = ()
    sound: Sound = Sound.UNKNOWN
    heard: Heard | None = None

    def inverted(self) -> Self:
        """How B relates to A."""
        return type(self)(
            relation=_INVERSE.get(self.relation, self.relation),
            transform=self.transform.model_copy(update={"speed": 1 / self.transform.speed}),
            spans=tuple(sorted((span.inverted() for span in self.spans), key=lambda span: span.a_start_s)),
            only_a=self.only_b,
            only_b=self.only_a,
            sound=self.sound,
            heard=self.heard.inverted(self.transform.speed) if self.heard else None,
        )


class MatchDecision(BaseModel):
    """What a reviewer decides of two originals that were found to be alike."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    original: str = Field(pattern=r"^[0-9a-f]{64}$", description="the item's own original, by SHA-256")
    other_item: str = Field(pattern=r"^itm_[0-9a-z]{26}$")
    other_original: str = Field(pattern=r"^[0-9a-f]{64}$")
    decision: Decision
    reason: Paragraph = ""


def pair(one: str, other: str) -> tuple[str, str]:
    """Two originals as one name, whichever was looked at first. A decision on them holds both ways."""
    return (one, other) if one <= other else (other, one)


def differing(spans: tuple[Span, ...], duration_s: float) -> list[tuple[float, float]]:
    """The stretches of A that no span covers, in seconds, in order; those under a tenth of a second are left out."""
    left, reached = [], 0.0
    within = ((min(span.a_start_s, duration_s), min(span.a_end_s, duration_s)) for span in spans)
    for start, end in sorted(within):
        if start - reached >= 0.1:
            left.append((reached, start))
        reached = max(reached, end)
    if duration_s - reached >= 0.1:
        left.append((reached, duration_s))
    return left


def read(payload: dict[str, Any]) -> Match:
    """The match that a product of kind `match` tells of. Raises: pydantic.ValidationError."""
    return Match.model_validate({name: payload[name] for name in Match.model_fields if name in payload})
