"""What of an item leaves the workbench in a published record, and what is withheld with its reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from storage.domain.assertions import PlaceMethod, PlaceRole, TimeMethod, UnitBasis, UnitRole
from storage.domain.clock import rfc3339
from storage.domain.geo import Circle, Point, coarsened
from storage.domain.urls import names_post, site_alone
from storage.domain.vocab import AssertionKind, AssertionStatus, Confidence, FileRole, ReviewPolicy, Sensitivity

FORMAT = "svidok-record/1"
# About 5.6 km of latitude: the cell a public place is moved to the middle of.
PUBLIC_CELL_DEG = 0.05

_EXACT_PLACE_FIELDS = (
    "heading_deg",
    "heading_err_deg",
    "hfov_deg",
    "hfov_err_deg",
    "name_as_written",
    "coordinate_as_typed",
    "landmarks",
)
_DANGER = "the exact place could endanger people"
_FREE_WORDS = "free words may give the exact place away"
_KEY = "the address itself may open the file, and all that is in it; only posts that a platform shows to all are named"
_OTHER = "other"
_WORDS_OF_OURS = frozenset({_OTHER, *PlaceRole, *PlaceMethod, *TimeMethod, *UnitRole, *UnitBasis})
_ORDER = (Confidence.LOW, Confidence.MODERATE, Confidence.HIGH)


@dataclass(frozen=True, slots=True)
class SaidSnapshot:
    """One assertion as kept; `body` and `citations` are JSON values."""

    id: str
    kind: AssertionKind
    body: Mapping[str, Any]
    citations: Sequence[Mapping[str, Any]] = ()
    superseded: bool = False


@dataclass(frozen=True, slots=True)
class CaptureSnapshot:
    """One attempt to collect the source; `availability` is the platform's own word on who is shown the post."""

    id: str
    outcome: str
    ended_at: datetime
    availability: str | None = None

    @property
    def is_for_some(self) -> bool:
        """Whether the platform says that not everybody comes across the post: `unlisted`, `private` and the like."""
        return self.availability not in (None, "public")


@dataclass(frozen=True, slots=True)
class FileSnapshot:
    """One file the item holds; `sha256` is 64 hex digits; `credentials` its Content Credentials' state, if read."""

    sha256: str
    size_bytes: int
    media_type: str
    role: FileRole
    sealed: bool = False
    credentials: str | None = None


@dataclass(frozen=True, slots=True)
class ItemSnapshot:
    """All of an item that publishing looks at. Who submitted it, and with what note, is not even asked for."""

    item: str
    policy: ReviewPolicy
    source_url: str | None = None
    platform: str | None = None
    captures: Sequence[CaptureSnapshot] = ()
    files: Sequence[FileSnapshot] = ()
    said: Sequence[SaidSnapshot] = ()


@dataclass(frozen=True, slots=True)
class _Release:
    """For whom a record is made, under which policy, and what is left out of it; the same omission is said once."""

    audience: Sensitivity
    policy: ReviewPolicy
    withheld: set[tuple[str, str]] = field(default_factory=set)

    @property
    def is_public(self) -> bool:
        return self.audience is Sensitivity.PUBLIC

    def withhold(self, name: str, reason: str) -> None:
        self.withheld.add((name, reason))


def published_confidence(confidence: str | None, policy: ReviewPolicy) -> str | None:
    """The confidence a record may show: one reviewer alone never makes it high."""
    if confidence is None or policy is not ReviewPolicy.SINGLE:
        return confidence
    return min(Confidence(confidence), Confidence.MODERATE, key=_ORDER.index).value


def record_body(snapshot: ItemSnapshot, audience: Sensitivity) -> dict[str, Any]:
    """Freeze `snapshot` for `audience`: a pure function, equal snapshots give equal bodies.

    Only accepted assertions that nothing supersedes are published. For a public audience places move to a coarse
    grid, and what would give the exact place away goes; notes, sealed files and submitters never leave.
    """
    release = _Release(audience, snapshot.policy)
    accepted = [said for said in snapshot.said if _is_published(said)]
    if any(said.kind is AssertionKind.NOTE for said in snapshot.said):
        release.withhold("notes", "remarks among reviewers are not published")
    release.withhold("submissions", "who submitted is never published")
    captures = [
        {"id": capture.id, "outcome": capture.outcome, "ended_at": rfc3339(capture.ended_at)}
        for capture in snapshot.captures
    ]
    return {
        "format": FORMAT,
        "item": snapshot.item,
        "audience": audience.value,
        "source": {"url": _address(snapshot, release), "platform": snapshot.platform},
        "captures": captures,
        "originals": _originals(snapshot.files, release),
        "contents": [_shared(said, release) for said in accepted if said.kind is AssertionKind.CONTENT],
        "quotes": _quotes([said for said in accepted if said.kind is AssertionKind.QUOTE], release),
        "places": [_place(said, release) for said in accepted if said.kind is AssertionKind.PLACE],
        "times": [_shared(said, release) for said in accepted if said.kind is AssertionKind.TIME],
        "units": [_shared(said, release) for said in accepted if said.kind is AssertionKind.UNIT],
        "review": _review(snapshot.policy),
        "withheld": [{"field": name, "reason": reason} for name, reason in sorted(release.withheld)],
    }


def _address(snapshot: ItemSnapshot, release: _Release) -> str | None:
    """Where it was collected; a link by which somebody shares a file opens all that the file says of where and who.

    The public is told the address of a post that a well-known platform shows to everybody, and of all else the site.
    """
    url = snapshot.source_url
    if url is None or not release.is_public:
        return url
    if names_post(url) and not any(capture.is_for_some for capture in snapshot.captures):
        return url
    release.withhold("source.url", _KEY)
    return site_alone(url)


def _quotes(accepted: Sequence[SaidSnapshot], release: _Release) -> list[dict[str, Any]]:
    """Words as they stand on signs or are spoken name streets and people: they are not for the public."""
    if release.is_public and accepted:
        release.withhold("quotes", "words that are seen or heard may give places and people away")
        return []
    return [_shared(said, release) for said in accepted]


def _is_published(said: SaidSnapshot) -> bool:
    return not said.superseded and said.body.get("status") == AssertionStatus.ACCEPTED


def _review(policy: ReviewPolicy) -> dict[str, Any]:
    match policy:
        case ReviewPolicy.SINGLE:
            return {"policy": policy.value, "reviewers": 1, "label": "one reviewer"}
        case ReviewPolicy.BLIND_TWO:
            return {"policy": policy.value, "reviewers": 2, "label": "two independent reviewers"}


def _originals(files: Sequence[FileSnapshot], release: _Release) -> list[dict[str, Any]]:
    """Of what the files say of their own origin the state alone: names, devices and places in them stay here."""
    if any(file.sealed for file in files):
        release.withhold("files", "what the platform answered beside the media is sealed")
    return [
        {"sha256": file.sha256, "size_bytes": file.size_bytes, "media_type": file.media_type}
        | ({"content_credentials": file.credentials} if file.credentials else {})
        for file in files
        if file.role is FileRole.ORIGINAL and not file.sealed
    ]


def _shared(said: SaidSnapshot, release: _Release) -> dict[str, Any]:
    """What every published assertion shows: its body without its status, which is `accepted` for all."""
    fields = {name: value for name, value in said.body.items() if value is not None and name != "status"}
    if "confidence" in fields:
        fields["confidence"] = published_confidence(fields["confidence"], release.policy)
    shown = {"assertion": said.id, **fields, "citations": [dict(citation) for citation in said.citations]}
    return _without_hints(shown, f"{said.kind.value}s", release) if release.is_public else shown


def _without_hints(shown: dict[str, Any], name: str, release: _Release) -> dict[str, Any]:
    """Reviewers' free words and the addresses of maps say where as plainly as a coordinate does."""
    for hint in ("reasoning", "basis_note"):
        if shown.pop(hint, None):
            release.withhold(f"{name}.{hint}", _FREE_WORDS)
    for name_of_word in ("method", "role"):
        if shown.get(name_of_word, _OTHER) not in _WORDS_OF_OURS:
            shown[name_of_word] = _OTHER
            release.withhold(f"{name}.{name_of_word}", _FREE_WORDS)
    if "basis" in shown and not _WORDS_OF_OURS.issuperset(shown["basis"]):
        shown["basis"] = [word if word in _WORDS_OF_OURS else _OTHER for word in shown["basis"]]
        release.withhold(f"{name}.basis", _FREE_WORDS)
    files = [citation for citation in shown["citations"] if citation["target"].startswith("sha256:")]
    if len(files) < len(shown["citations"]):
        release.withhold(f"{name}.citations", "a cited address may give the exact place away")
    return shown | {"citations": files}


def _place(said: SaidSnapshot, release: _Release) -> dict[str, Any]:
    place = _shared(said, release)
    if not release.is_public:
        return place | {"coarsened": False}
    rough = coarsened(Circle(Point(place["lat"], place["lon"]), place["radius_m"]), PUBLIC_CELL_DEG)
    for name, change in (
        ("lat", f"moved to the middle of a {PUBLIC_CELL_DEG} degree cell"),
        ("lon", f"moved to the middle of a {PUBLIC_CELL_DEG} degree cell"),
        ("radius_m", "enlarged to cover the cell"),
    ):
        release.withhold(f"places.{name}", f"{_DANGER}; {change}")
    for name in (*_EXACT_PLACE_FIELDS, "citations"):
        if place.pop(name, None) not in (None, "", []):
            release.withhold(f"places.{name}", _DANGER)
    moved = {"lat": rough.centre.lat, "lon": rough.centre.lon, "radius_m": rough.radius_m}
    return place | moved | {"citations": [], "coarsened": True}
