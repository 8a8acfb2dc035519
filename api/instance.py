"""What this installation is, for anybody who opens it."""

import importlib.metadata

from fastapi import APIRouter, Request
from pydantic import BaseModel
from sqlalchemy.orm import Session

from api.deps import DoorsDep, Notice, SessionDep
from api.strict import StrictRoute
from storage.blobs.base import Enforcement
from storage.db import installation, people

router = APIRouter(route_class=StrictRoute, tags=["instance"])

LANGUAGES = ("en", "uk", "ru")


class Instance(BaseModel):
    """An archive and what it takes; `notices` is what everybody must know of one that is less safe than it should be.

    `warnings` are the same with their codes. `sessions_allowed` says whether one can log in at the address that was
    asked.
    """

    name: str
    version: str
    set_up: bool
    notices: list[str]
    warnings: list[Notice]
    upload_limit_bytes: int
    languages: list[str]
    sessions_allowed: bool


@router.get("/instance")
def read_instance(request: Request, doors: DoorsDep, session: SessionDep) -> Instance:
    """What this installation is."""
    warnings = [*doors.notices, *_unlocked(session)]
    return Instance(
        name="Svidok",
        version=importlib.metadata.version("svidok"),
        set_up=people.any_user(session),
        notices=[one.sentence for one in warnings],
        warnings=warnings,
        upload_limit_bytes=doors.upload_limit_bytes,
        languages=list(LANGUAGES),
        sessions_allowed=doors.browsers.origin_for(request) is not None,
    )


def _unlocked(session: Session) -> list[Notice]:
    """A store whose lock was tried and does not hold."""
    canaries = installation.examination(session, installation.IMMUTABILITY)
    tried = canaries.body["stores"] if canaries else {}
    return [
        Notice(
            "store_unlocked",
            f"The {name} store does not protect files from being deleted or overwritten: {one['sentence']}.",
        )
        for name, one in tried.items()
        if one["state"] == Enforcement.NOT_ENFORCING
    ]
