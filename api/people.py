"""People and keys: who may come in, told without anything that would let somebody in."""

from collections.abc import Collection
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, SecretStr

from api.deps import ArchiveDep, KeyPath, SessionDep, UserPath, only
from api.idempotency import OnceDep
from api.listing import AskedPage, Listed
from api.strict import StrictRoute
from storage.db import pages, people
from storage.db.tables import Key, User
from storage.deeds.accounts import OPERATOR_KEY
from storage.domain import clock
from storage.domain.fields import Line
from storage.domain.permissions import Actor, ActorKind, may_keep_keys, may_manage_people, may_review
from storage.domain.vocab import Role
from storage.errors import Unfit

router = APIRouter(route_class=StrictRoute, tags=["people"])


def _not_reserved(name: str) -> str:
    if name.casefold() == OPERATOR_KEY:
        raise Unfit(f"{OPERATOR_KEY!r} is the name of the vault's own key", "name_reserved", name=OPERATOR_KEY)
    return name


def _to_come(moment: datetime) -> datetime:
    if moment <= clock.now():
        raise Unfit("a key ends in the future", "ends_in_past")
    return moment


Roles = Annotated[list[Role], Field(min_length=1, max_length=len(Role))]


class NewUser(BaseModel):
    """A person to let in."""

    model_config = ConfigDict(extra="forbid")

    email: Annotated[str, Field(max_length=254)]
    password: SecretStr
    roles: Roles
    name: Line | None = None


class UserShown(BaseModel):
    """A person who may come in, or no longer may."""

    user: str
    email: str
    name: str
    roles: list[Role]
    active: bool
    created_at: datetime


class NewKey(BaseModel):
    """A key to make: it may do what its roles may, and no more than whoever makes it."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[Line, AfterValidator(_not_reserved)]
    roles: Roles
    expires_at: Annotated[AwareDatetime, AfterValidator(_to_come)] | None = None


class KeyShown(BaseModel):
    """A key, without its secret: only a digest of that is kept."""

    key: str
    name: str
    roles: list[Role]
    owner: str | None
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    created_at: datetime


class KeyMade(KeyShown):
    """A new key; `secret` is told this once."""

    secret: str


class NewRoles(BaseModel):
    """Everything a person is to be from now on."""

    model_config = ConfigDict(extra="forbid")

    roles: Roles


class Named(BaseModel):
    """Somebody's name."""

    id: str
    name: str


class People(BaseModel):
    """Everybody who has ever been let in, by name."""

    data: list[Named]


@router.get("/people")
def list_names(session: SessionDep, _actor: Annotated[Actor, Depends(only(may_review, "look at names"))]) -> People:
    """What everybody is called, for showing who said what; also those who have left."""
    return People(data=[Named(id=user, name=name) for user, name in people.names(session).items()])


@router.get("/users")
def list_users(
    asked: AskedPage, session: SessionDep, _actor: Annotated[Actor, Depends(only(may_manage_people, "look at people"))]
) -> Listed[UserShown]:
    """Every person, oldest first."""
    rows = pages.users(session, after=asked.after, limit=asked.rows)
    held = people.roles_by_user(session, [row.id for row in rows])
    count = pages.count_users(session)
    return asked.listed(rows, key=lambda row: row.id, show=lambda row: _user(row, held[row.id]), count=count)


@router.post("/users", status_code=201, response_model=UserShown)
def add_user(
    said: NewUser,
    once: OnceDep,
    archive: ArchiveDep,
    _actor: Annotated[Actor, Depends(only(may_manage_people, "add people"))],
) -> Response:
    """Let a person in. A repeated answer leaves their name and address out."""
    if answer := once.earlier():
        return answer
    user = archive.add_user(said.email, said.password.get_secret_value(), set(said.roles), name=said.name or "")
    return once.keep(201, _user(user, said.roles), untold=frozenset({"email", "name"}))


@router.delete("/users/{user}")
def end_user(
    user: UserPath,
    archive: ArchiveDep,
    _actor: Annotated[Actor, Depends(only(may_manage_people, "remove people"))],
) -> UserShown:
    """Let a person in no more, nor their keys and browsers. The row stays: the ledger names it."""
    ended = archive.end_user(user)
    return _user(ended, people.roles(archive.session, user))


@router.put("/users/{user}/roles")
def set_roles(
    user: UserPath,
    said: NewRoles,
    archive: ArchiveDep,
    _actor: Annotated[Actor, Depends(only(may_manage_people, "change roles"))],
) -> UserShown:
    """Let a person be exactly this. They are logged out everywhere; somebody must stay who manages people."""
    return _user(archive.set_roles(user, said.roles), said.roles)


@router.get("/keys")
def list_keys(
    asked: AskedPage, session: SessionDep, actor: Annotated[Actor, Depends(only(may_keep_keys, "look at keys"))]
) -> Listed[KeyShown]:
    """One's own keys, or every key for those who manage people, oldest first."""
    owner = None if may_manage_people(actor) else actor.id
    rows = pages.keys(session, owner_id=owner, after=asked.after, limit=asked.rows)
    count = pages.count_keys(session, owner_id=owner)
    return asked.listed(rows, key=lambda row: row.id, show=lambda row: KeyShown(**_key(row)), count=count)


@router.post("/keys", status_code=201, response_model=KeyMade)
def add_key(
    said: NewKey,
    once: OnceDep,
    archive: ArchiveDep,
    actor: Annotated[Actor, Depends(only(may_keep_keys, "make keys"))],
) -> Response:
    """Make a key. Its secret is in this answer and nowhere else; a repeated answer leaves it out."""
    if answer := once.earlier():
        return answer
    owner = actor.id if actor.kind is ActorKind.USER else None
    key, secret = archive.add_key(said.name, set(said.roles), owner_id=owner, expires_at=said.expires_at)
    return once.keep(201, KeyMade(**_key(key), secret=secret), untold=frozenset({"secret"}))


@router.delete("/keys/{key}")
def revoke_key(
    key: KeyPath, archive: ArchiveDep, _actor: Annotated[Actor, Depends(only(may_keep_keys, "end keys"))]
) -> KeyShown:
    """End a key at once."""
    return KeyShown(**_key(archive.revoke_key(key)))


def _user(user: User, roles: Collection[str]) -> UserShown:
    return UserShown(
        user=user.id,
        email=user.email,
        name=user.name,
        roles=sorted({Role(role) for role in roles}),
        active=user.active,
        created_at=user.created_at,
    )


def _key(key: Key) -> dict[str, object]:
    return {
        "key": key.id,
        "name": key.name,
        "roles": [Role(role) for role in key.roles],
        "owner": key.owner_id,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "last_used_at": key.last_used_at,
        "created_at": key.created_at,
    }
