"""What people may say about an item: one body for each kind, validated before anything is kept."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, RootModel, model_validator

from storage.domain.citations import Citation, TimeSpan
from storage.domain.fields import AngleError, Bearing, Line, Moment, Number, Paragraph, Probability, Statement
from storage.domain.vocab import AssertionKind, AssertionStatus, Confidence
from storage.errors import Unfit

FARTHEST_RADIUS_M = 2_000_000
EXACT_RADIUS_M = 10
MOST_LANDMARKS = 50


class PlaceRole(StrEnum):
    """What stands at the place."""

    CAMERA = "camera"
    SUBJECT = "subject"
    IMPACT = "impact"
    ORIGIN = "origin"
    DESTINATION = "destination"
    CLAIMED = "claimed"


class PlaceMethod(StrEnum):
    """How the place was found; the last three are weak and never make a place exact."""

    LANDMARK_MATCH = "landmark_match"
    SKYLINE_MATCH = "skyline_match"
    ROAD_GEOMETRY = "road_geometry"
    SIGNAGE_OR_SPEECH = "signage_or_speech"
    EMBEDDED_METADATA = "embedded_metadata"
    PLATFORM_TAG = "platform_tag"
    SHADOW_CONSTRAINED = "shadow_constrained"
    CELESTIAL = "celestial"
    DEVICE_TRACK = "device_track"
    THIRD_PARTY_GEOLOCATION = "third_party_geolocation"
    SOURCE_STATEMENT = "source_statement"
    INFERRED_FROM_UNIT = "inferred_from_unit"


WEAK_PLACE_METHODS = frozenset(
    {PlaceMethod.THIRD_PARTY_GEOLOCATION, PlaceMethod.SOURCE_STATEMENT, PlaceMethod.INFERRED_FROM_UNIT}
)


class TimeAbout(StrEnum):
    """Which moment is meant: they are never the same thing."""

    CAPTURE = "capture"
    PUBLICATION = "publication"
    REFERRED_EVENT = "referred_event"


class TimeMethod(StrEnum):
    """How the time was found."""

    SHADOW = "shadow"
    EMBEDDED_METADATA = "embedded_metadata"
    PLATFORM = "platform"
    EARLIEST_COPY = "earliest_copy"
    VISIBLE_CLOCK = "visible_clock"
    BROADCAST = "broadcast"
    SEASONAL = "seasonal"
    STATEMENT = "statement"
    WEATHER = "weather"


class Question(StrEnum):
    """What is asked of every item; that it cannot be determined is an answer too."""

    PLACE = "place"
    TIME = "time"
    UNIT = "unit"


class UnitRole(StrEnum):
    """What the unit has to do with the item."""

    SPEAKERS_BELONG_TO = "speakers_belong_to"
    DEPICTED = "depicted"
    EQUIPMENT_OF = "equipment_of"
    MENTIONED = "mentioned"
    ACCUSED = "accused"
    COMMANDS = "commands"


class UnitBasis(StrEnum):
    """What an attribution rests on."""

    SPEECH = "speech"
    CAPTION_TEXT = "caption_text"
    INSIGNIA = "insignia"
    TACTICAL_MARKING = "tactical_marking"
    EQUIPMENT_TYPE = "equipment_type"
    LOCATION_AND_ORBAT = "location_and_orbat"
    DOCUMENT_IN_FRAME = "document_in_frame"
    THIRD_PARTY = "third_party"


def _span(text: str) -> str:
    return str(TimeSpan.parse(text.removeprefix("#").removeprefix("t=")))


def _unique(entries: list[Any]) -> list[Any]:
    if len(set(entries)) != len(entries):
        raise Unfit("the list names something twice", "listed_twice")
    return entries


class _Body(BaseModel):
    """What every body may carry: why, how sure, about which part, and how far it is taken as given."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reasoning: Paragraph = ""
    confidence: Confidence | None = None
    likelihood: tuple[Probability, Probability] | None = Field(None, description="[low, high], 0 to 1")
    segment: Annotated[str, AfterValidator(_span), Field(max_length=100)] | None = Field(
        None, description="the part of the media meant: `t=start,end` in seconds"
    )
    status: AssertionStatus = AssertionStatus.CANDIDATE

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.likelihood is not None and self.likelihood[0] > self.likelihood[1]:
            raise Unfit("likelihood is [low, high] with low at or below high", "likelihood_order")
        if self.status is AssertionStatus.REJECTED and not self.reasoning:
            raise Unfit("a rejected assertion says why in `reasoning`", "rejected_without_reason")
        return self


class _Inference(_Body):
    """A body that concludes something: it cannot do without its reasoning and its confidence."""

    reasoning: Statement
    confidence: Confidence


class Landmark(BaseModel):
    """Something seen both in the picture and on the map: what one geolocates by. Pairs count from 1 in their order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lat: Annotated[Number, Field(ge=-90, le=90)]
    lon: Annotated[Number, Field(ge=-180, le=180)]
    citation: Annotated[int, Field(strict=True, ge=0)] | None = Field(
        None, description="which of the assertion's citations shows it, counted from 0"
    )
    label: Line | None = Field(None, description="what it is: water tower, bend of the road")


class PlaceBody(_Inference):
    """Somebody or something was here: WGS 84 degrees, metres, degrees clockwise from true north.

    `radius_m` holds about 95 % of the belief.
    """

    role: PlaceRole
    lat: Annotated[Number, Field(ge=-90, le=90)]
    lon: Annotated[Number, Field(ge=-180, le=180)]
    radius_m: Annotated[Number, Field(gt=0, le=FARTHEST_RADIUS_M)]
    heading_deg: Bearing | None = None
    heading_err_deg: AngleError | None = None
    hfov_deg: Annotated[Number, Field(gt=0, lt=360)] | None = None
    hfov_err_deg: AngleError | None = None
    method: PlaceMethod | Line = Field(union_mode="left_to_right", description="a known method, or one in words")
    name_as_written: Line | None = None
    coordinate_as_typed: Line | None = None
    landmarks: Annotated[list[Landmark], Field(max_length=MOST_LANDMARKS)] = Field(default_factory=list)

    @model_validator(mode="after")
    def _honest(self) -> Self:
        if self.heading_err_deg is not None and self.heading_deg is None:
            raise Unfit("heading_err_deg needs a heading_deg", "error_without_heading")
        if self.hfov_err_deg is not None and self.hfov_deg is None:
            raise Unfit("hfov_err_deg needs a hfov_deg", "error_without_view")
        if self.method in WEAK_PLACE_METHODS and self.radius_m <= EXACT_RADIUS_M:
            sentence = f"{self.method} alone does not place anything within {EXACT_RADIUS_M} m"
            raise Unfit(sentence, "method_too_weak", method=self.method, radius_m=EXACT_RADIUS_M)
        return self


class TimeBody(_Inference):
    """It happened at some moment from `earliest` to `latest`, both included; `tz` only says how to show it."""

    about: TimeAbout
    earliest: Moment
    latest: Moment
    method: TimeMethod | Line = Field(union_mode="left_to_right", description="a known method, or one in words")
    tz: Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z_]+(/[A-Za-z0-9_+\-]+){0,2}$")] | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.earliest > self.latest:
            raise Unfit("`earliest` lies after `latest`", "earliest_after_latest")
        return self


_Basis = Annotated[UnitBasis | Line, Field(union_mode="left_to_right")]


class UnitBody(_Inference):
    """A unit has to do with the item: one from the register, or a name as somebody wrote it."""

    unit: Annotated[str, Field(pattern=r"^[a-z]{3}_[0-9a-z]{26}$")] | None = None
    name_as_written: Line | None = None
    role: UnitRole | Line = Field(union_mode="left_to_right", description="a known role, or one in words")
    basis: Annotated[list[_Basis], Field(min_length=1, max_length=8), AfterValidator(_unique)]
    basis_note: Paragraph | None = None

    @model_validator(mode="after")
    def _one_name(self) -> Self:
        if (self.unit is None) == (self.name_as_written is None):
            raise Unfit("a unit is named by exactly one of `unit` and `name_as_written`", "unit_not_named_once")
        return self


class ContentBody(_Body):
    """What is to be seen and heard, in words fit to be published."""

    summary: Statement
    language: Annotated[str, Field(max_length=35, pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")] | None = None
    tags: Annotated[list[Line], Field(max_length=50), AfterValidator(_unique)] = Field(default_factory=list)


class QuoteSense(StrEnum):
    """How somebody came to know the words."""

    READ = "read"
    HEARD = "heard"


class MachineWords(BaseModel):
    """The words of a machine that a person has looked at: which line of which product, counted from 0."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    product: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    number: Annotated[int, Field(strict=True, ge=0)]


class QuoteBody(_Body):
    """What stands or is said there, word for word, as the author has read or heard it themselves.

    `machine` names the reading that was confirmed by it, or corrected; a machine alone never quotes.
    """

    text: Statement
    sense: QuoteSense
    language: Annotated[str, Field(max_length=35, pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")] | None = None
    machine: MachineWords | None = None


class NoteBody(_Body):
    """A remark among reviewers; it is never published. It may close a question, with `text` as the reason."""

    text: Statement
    not_determinable: Question | None = Field(None, description="the question that this item leaves without an answer")


_COMMON = frozenset(_Body.model_fields)


class _Assertion(BaseModel):
    """What surrounds every body: where it rests, and what it replaces."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    citations: Annotated[list[Citation], Field(max_length=100)] = Field(default_factory=list)
    supersedes: Annotated[str, Field(pattern=r"^ast_[0-9a-z]{26}$")] | None = None


class _Concluding(_Assertion):
    """An assertion that is only accepted with something to rest on."""

    body: PlaceBody | TimeBody | UnitBody

    @model_validator(mode="after")
    def _supported(self) -> Self:
        if self.body.status is AssertionStatus.ACCEPTED and not self.citations:
            raise Unfit("an accepted place, time or unit cites at least one thing it rests on", "nothing_cited")
        return self


class PlaceAssertion(_Concluding):
    kind: Literal[AssertionKind.PLACE]
    body: PlaceBody

    @model_validator(mode="after")
    def _paired(self) -> Self:
        for number, landmark in enumerate(self.body.landmarks, start=1):
            if landmark.citation is not None and landmark.citation >= len(self.citations):
                cited, there = landmark.citation, len(self.citations)
                raise Unfit(
                    f"landmark {number} is shown by citation {cited}, but there are {there}",
                    "landmark_without_citation",
                    landmark=number,
                    citation=cited,
                    citations=there,
                )
        return self


class TimeAssertion(_Concluding):
    kind: Literal[AssertionKind.TIME]
    body: TimeBody


class UnitAssertion(_Concluding):
    kind: Literal[AssertionKind.UNIT]
    body: UnitBody


class ContentAssertion(_Assertion):
    kind: Literal[AssertionKind.CONTENT]
    body: ContentBody


class QuoteAssertion(_Assertion):
    kind: Literal[AssertionKind.QUOTE]
    body: QuoteBody

    @model_validator(mode="after")
    def _found(self) -> Self:
        if not any(citation.sha256 for citation in self.citations):
            raise Unfit("a quote cites the file in which its words are read or heard", "quote_without_file")
        return self


class NoteAssertion(_Assertion):
    kind: Literal[AssertionKind.NOTE]
    body: NoteBody


Said = PlaceAssertion | TimeAssertion | UnitAssertion | ContentAssertion | QuoteAssertion | NoteAssertion


class NewAssertion(RootModel[Annotated[Said, Field(discriminator="kind")]]):
    """An assertion as it is sent. The common fields stand in the body, or beside it, but not in both places.

    A reviewer who cites what it rests on means it, unless they say that it is a candidate only.
    """

    @model_validator(mode="before")
    @classmethod
    def _settled(cls, said: Any) -> Any:
        if not isinstance(said, Mapping) or not isinstance(said.get("body"), Mapping):
            return said
        beside = {name: value for name, value in said.items() if name in _COMMON}
        if twice := sorted(beside.keys() & said["body"].keys()):
            fields = ", ".join(twice)
            raise Unfit(f"{fields}: said beside the body and in it", "said_twice", fields=fields)
        rest = {name: value for name, value in said.items() if name not in _COMMON}
        status = AssertionStatus.ACCEPTED if said.get("citations") else AssertionStatus.CANDIDATE
        return rest | {"body": {"status": status, **said["body"], **beside}}


def parse_assertion(said: Any) -> Said:
    """Read an assertion from JSON values. Raises: pydantic.ValidationError, which names every wrong field."""
    return NewAssertion.model_validate(said).root
