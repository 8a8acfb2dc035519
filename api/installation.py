"""How the installation is: what its keeper last found when it examined it, and how much it keeps."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, BaseModel

from api.deps import SessionDep, only
from api.strict import StrictRoute
from storage.blobs.base import Enforcement
from storage.db import copies, installation, items
from storage.domain.copies import CopyState
from storage.domain.permissions import Actor, may_examine, may_watch_item
from storage.domain.vocab import JobState, Outcome, Sensitivity

router = APIRouter(route_class=StrictRoute, tags=["installation"])
Examiner = Annotated[Actor, Depends(only(may_examine, "look into the installation"))]


class Level(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARN = "warn"
    UNSAFE = "unsafe"
    UNKNOWN = "unknown"


class DoctorFinding(BaseModel):
    """One thing that was looked at; `next` is what to do about it, where something is known to help."""

    name: str
    level: Level
    sentence: str
    next: str | None


class DoctorReport(BaseModel):
    """What the last examination found; null throughout before the first."""

    made_at: AwareDatetime | None
    version: str | None
    safe: bool | None
    findings: list[DoctorFinding] | None


class StorageFigures(BaseModel):
    """How much is kept and how much room is left, bytes; null throughout before the keeper has counted."""

    made_at: AwareDatetime | None = None
    files: int | None = None
    bytes: int | None = None
    originals: int | None = None
    originals_bytes: int | None = None
    products_bytes: int | None = None
    free_bytes: int | None = None
    total_bytes: int | None = None
    items: int | None = None
    captures_by_outcome: dict[Outcome, int] | None = None
    jobs_by_state: dict[JobState, int] | None = None


class StoreCondition(BaseModel):
    """One store: where it is, how many copies it keeps in which state, when they were read, and whether it locks them.

    `away` says why nothing is written there now. `unchecked` copies have never been read since they came.
    """

    name: str
    place: str
    away: str | None
    copies: dict[CopyState, int]
    owed_bytes: int
    unchecked: int
    oldest_checked_at: AwareDatetime | None
    newest_checked_at: AwareDatetime | None
    immutability: Enforcement | None
    immutability_sentence: str | None


class DamagedFile(BaseModel):
    """A file that is whole on no store; `items` are those of its items the asker may know, `others` counts the rest."""

    sha256: str
    size_bytes: int
    states: dict[str, CopyState]
    items: list[str]
    others: int


class Stores(BaseModel):
    """Every store, and the files that are whole on none; without stores before the keeper's first round."""

    made_at: AwareDatetime | None
    fixity_days: float | None
    stores: list[StoreCondition]
    damaged: list[DamagedFile]


_MOST_DAMAGED = 100


@router.get("/stores")
def read_stores(session: SessionDep, actor: Examiner) -> Stores:
    """How the stores are: what each keeps, what is owed to it, when it was read, and what is damaged everywhere."""
    told = installation.examination(session, installation.STORES)
    canaries = installation.examination(session, installation.IMMUTABILITY)
    tried = canaries.body["stores"] if canaries else {}
    stores = []
    for name, one in (told.body["stores"] if told else {}).items():
        found, canary = copies.figures(session, name), tried.get(name, {})
        stores.append(
            StoreCondition(
                name=name,
                place=one["place"],
                away=one["away"],
                copies={CopyState(state): count for state, count in found.states.items()},
                owed_bytes=found.owed_bytes,
                unchecked=found.unchecked,
                oldest_checked_at=found.oldest_checked_at,
                newest_checked_at=found.newest_checked_at,
                immutability=canary.get("state"),
                immutability_sentence=canary.get("sentence"),
            )
        )
    return Stores(
        made_at=told.made_at if told else None,
        fixity_days=told.body["fixity_days"] if told else None,
        stores=stores,
        damaged=[_damaged(session, actor, one) for one in copies.damaged(session, _MOST_DAMAGED)],
    )


def _damaged(session: SessionDep, actor: Actor, one: copies.Damaged) -> DamagedFile:
    known = []
    for item_id in one.items:
        item = items.item(session, item_id)
        if item is not None and may_watch_item(actor, Sensitivity(item.sensitivity)):
            known.append(item_id)
    return DamagedFile(
        sha256=one.sha256,
        size_bytes=one.size_bytes,
        states={store: CopyState(state) for store, state in one.states.items()},
        items=known,
        others=len(one.items) - len(known),
    )


@router.get("/doctor")
def read_doctor(session: SessionDep, _actor: Examiner) -> DoctorReport:
    """The newest examination; the keeper makes one when it starts and every hour."""
    row = installation.examination(session, installation.DOCTOR)
    if row is None:
        return DoctorReport(made_at=None, version=None, safe=None, findings=None)
    return DoctorReport.model_validate({"made_at": row.made_at, **row.body})


@router.get("/storage")
def read_storage(session: SessionDep, _actor: Examiner) -> StorageFigures:
    """How much is kept, as the keeper last counted it, every few minutes."""
    row = installation.examination(session, installation.FIGURES)
    return StorageFigures.model_validate({"made_at": row.made_at, **row.body}) if row else StorageFigures()
