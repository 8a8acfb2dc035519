"""What this installation is, for anybody who opens it."""

import importlib.metadata

from fastapi import APIRouter, Request
from pydantic import BaseModel

from api.deps import DoorsDep, SessionDep
from api.strict import StrictRoute
from storage.db import people

router = APIRouter(route_class=StrictRoute, tags=["instance"])

LANGUAGES = ("en", "uk", "ru")


class Instance(BaseModel):
    """An archive and what it takes; `notices` is what everybody must know of one that is less safe than it should be.

    `sessions_allowed` says whether one can log in at the address that was asked.
    """

    name: str
    version: str
    set_up: bool
    notices: list[str]
    upload_limit_bytes: int
    languages: list[str]
    sessions_allowed: bool


@router.get("/instance")
def read_instance(request: Request, doors: DoorsDep, session: SessionDep) -> Instance:
    """What this installation is."""
    return Instance(
        name="Svidok",
        version=importlib.metadata.version("svidok"),
        set_up=people.any_user(session),
        notices=list(doors.notices),
        upload_limit_bytes=doors.upload_limit_bytes,
        languages=list(LANGUAGES),
        sessions_allowed=doors.browsers.origin_for(request) is not None,
    )
