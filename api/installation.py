"""How the installation is: what its keeper last found when it examined it, and how much it keeps."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, BaseModel

from api.deps import SessionDep, only
from api.strict import StrictRoute
from storage.db import installation
from storage.domain.permissions import Actor, may_examine
from storage.domain.vocab import JobState, Outcome

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
