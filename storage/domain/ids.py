"""Names of things: opaque, sortable by birth, 128 bits, never reused."""

from collections.abc import Callable
from typing import Any, NewType, TypeVar

from ulid import ULID

ItemId = NewType("ItemId", str)
SourceId = NewType("SourceId", str)
SubmissionId = NewType("SubmissionId", str)
CaptureId = NewType("CaptureId", str)
AssertionId = NewType("AssertionId", str)
RecordId = NewType("RecordId", str)
EventId = NewType("EventId", str)
JobId = NewType("JobId", str)
UserId = NewType("UserId", str)
KeyId = NewType("KeyId", str)
SessionId = NewType("SessionId", str)
UnitId = NewType("UnitId", str)
PlaceId = NewType("PlaceId", str)
HoldId = NewType("HoldId", str)
ErasureId = NewType("ErasureId", str)
UploadId = NewType("UploadId", str)
BatchId = NewType("BatchId", str)
SightingId = NewType("SightingId", str)
MatchDecisionId = NewType("MatchDecisionId", str)
PictureSearchId = NewType("PictureSearchId", str)

_T = TypeVar("_T", bound=str)

_PREFIXES: dict[Any, str] = {
    ItemId: "itm",
    SourceId: "src",
    SubmissionId: "sub",
    CaptureId: "cap",
    AssertionId: "ast",
    RecordId: "rec",
    EventId: "evt",
    JobId: "job",
    UserId: "usr",
    KeyId: "key",
    SessionId: "ses",
    UnitId: "unt",
    PlaceId: "plc",
    HoldId: "hld",
    ErasureId: "ers",
    UploadId: "upl",
    BatchId: "bat",
    SightingId: "sgt",
    MatchDecisionId: "mtd",
    PictureSearchId: "pse",
}


def new_id(kind: Callable[[str], _T]) -> _T:
    """Make an id of `kind`, such as `itm_01jd…`: a prefix and a ULID in lower case."""
    return kind(f"{_PREFIXES[kind]}_{str(ULID()).lower()}")
