"""The first person: made once, with the link that the archive printed when it started."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from api.deps import DoorsDep, SessionDep, person
from api.sessions import begin
from api.strict import StrictRoute
from storage.archive import Archive
from storage.domain.fields import Line
from storage.domain.permissions import PUBLIC
from storage.domain.vocab import Role

router = APIRouter(route_class=StrictRoute, tags=["people"])


class FirstUser(BaseModel):
    """The person who will hold every role, and the one-time token that proves their right to."""

    model_config = ConfigDict(extra="forbid")

    token: Annotated[SecretStr, Field(max_length=100)]
    email: Annotated[str, Field(max_length=254)]
    password: SecretStr
    name: Line | None = None


class Welcome(BaseModel):
    """The first person, and their first key, whose secret is told this once."""

    user: str
    email: str
    roles: list[Role]
    key: str
    secret: str


@router.post("/setup", status_code=201, response_model=Welcome)
def set_up(request: Request, said: FirstUser, doors: DoorsDep, session: SessionDep) -> Response:
    """Make the first person, who holds every role, and a key of theirs. The token is spent.

    A browser that asks from our own page is also logged in.
    """
    user = Archive(session, PUBLIC).set_up(
        said.token.get_secret_value(),
        email=said.email,
        password=said.password.get_secret_value(),
        name=said.name or "",
    )
    key, secret = Archive(session, person(session, user)).add_key("made at set-up", frozenset(Role), owner_id=user.id)
    welcome = Welcome(user=user.id, email=user.email, roles=sorted(Role), key=key.id, secret=secret)
    response = JSONResponse(welcome.model_dump(mode="json"), status_code=201)
    if doors.browsers.is_from_our_page(request):
        begin(request, doors, session, user, response)
    return response
