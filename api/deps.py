"""What doors stand on: one transaction a request, whoever asks, and the archive in their hands."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

import anyio
from fastapi import Depends, Header, Path, Request, Security
from fastapi.security import APIKeyCookie, HTTPBearer
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from api.browsers import SECURE_COOKIE, Browsers
from api.pace import Pace
from api.room import Room
from api.seen import seen
from api.turnstile import Turnstile
from storage.archive import Archive
from storage.blobs.base import BlobStore
from storage.blobs.incoming import Incoming
from storage.db import items as item_rows
from storage.db import people, sessions
from storage.db.session import transaction
from storage.db.tables import Item, Key, User
from storage.deeds.accounts import OPERATOR_KEY
from storage.domain.layers import MapFiles
from storage.domain.permissions import OPERATOR, PUBLIC, Actor, ActorKind, may_see_item, with_implied
from storage.domain.vocab import Role, Sensitivity
from storage.errors import NotAllowed, NotAuthenticated, NotFound
from storage.gazetteer import Gazetteer
from storage.integrity import secret
from storage.integrity.note import Signer
from storage.log.shelf import LogShelf
from storage.strongbox import Strongbox

_ETAG = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
UPLOADS_AT_ONCE, UPLOADS_EACH = 8, 2
WATCHERS_AT_ONCE, WATCHERS_EACH = 100, 8
# Each takes 64 MiB and a core for a while, on purpose.
LOG_INS_AT_ONCE, LOG_INS_EACH = 8, 4
# Each is digested while it is sent, which takes half a core.
PACKAGES_AT_ONCE, PACKAGES_EACH = 12, 4
# Each is read into memory whole, for it is kept nowhere else.
PICTURES_AT_ONCE, PICTURES_EACH = 4, 1
# A name that is spelt like many others takes a thread for a while.
SEARCHES_AT_ONCE, SEARCHES_EACH = 16, 2


@dataclass(frozen=True, slots=True)
class Notice:
    """What everybody must know of an installation that is less safe than it should be; `code` is stable."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Doors:
    """The values every door works with, handed down from the settings once.

    What takes long has threads of its own (`*_threads`): the others' are never used up by it.
    """

    engine: Engine
    blobs: BlobStore
    incoming: Incoming
    log: LogShelf
    upload_limit_bytes: int
    upload_patience_s: float
    room: Room
    broker_is_up: Callable[[], bool]
    map: MapFiles
    gazetteer: Gazetteer
    signer: Callable[[], Signer]
    strongbox: Strongbox
    notices: Sequence[Notice] = ()
    site_budgets: Mapping[str, int] = field(default_factory=dict)
    browsers: Browsers = field(default_factory=Browsers)
    pace: Pace = field(default_factory=Pace)
    uploads: Turnstile = field(default_factory=lambda: Turnstile(UPLOADS_AT_ONCE, UPLOADS_EACH, "upload"))
    upload_threads: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(UPLOADS_AT_ONCE))
    log_ins: Turnstile = field(default_factory=lambda: Turnstile(LOG_INS_AT_ONCE, LOG_INS_EACH, "log in"))
    searches: Turnstile = field(default_factory=lambda: Turnstile(SEARCHES_AT_ONCE, SEARCHES_EACH, "search for places"))
    pictures: Turnstile = field(
        default_factory=lambda: Turnstile(PICTURES_AT_ONCE, PICTURES_EACH, "send what to search by")
    )
    packages: Turnstile = field(
        default_factory=lambda: Turnstile(PACKAGES_AT_ONCE, PACKAGES_EACH, "take packages along")
    )
    package_threads: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(4))
    watchers: Turnstile = field(default_factory=lambda: Turnstile(WATCHERS_AT_ONCE, WATCHERS_EACH, "watch"))
    watch_threads: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(4))


def doors_of(request: Request) -> Doors:
    """The values this application was made with."""
    doors = request.app.state.doors
    if not isinstance(doors, Doors):
        raise TypeError("the application was made without its doors")
    return doors


DoorsDep = Annotated[Doors, Depends(doors_of)]


def open_session(doors: DoorsDep) -> Iterator[Session]:
    """One request, one transaction: committed before the answer leaves, rolled back when the door raises."""
    with transaction(doors.engine) as session:
        yield session


SessionDep = Annotated[Session, Depends(open_session, scope="function")]

_BEARER = HTTPBearer(auto_error=False, scheme_name="key", description="a key as `svidok key add` prints it")
_COOKIE = APIKeyCookie(
    name=SECURE_COOKIE,
    auto_error=False,
    scheme_name="session",
    description="a browser's session; changes also need `X-CSRF-Token`. In the clear, on this machine: svidok_session",
)


def whoever_asks(
    request: Request,
    doors: DoorsDep,
    _documented: Annotated[object, Security(_BEARER)] = None,
    _as_well: Annotated[object, Security(_COOKIE)] = None,
) -> Actor:
    """The actor behind the request: by its key, else by its browser's session, else the public.

    A wrong key is never taken for the public: it was shown on purpose. A session that has ended is: browsers show it
    unasked. Either is read in a transaction of its own, so that a long upload holds none.
    Raises: NotAuthenticated, Forged.
    """
    given = request.headers.getlist("authorization")
    if not given:
        return _logged_in(request, doors) or PUBLIC
    scheme, _, token = given[0].partition(" ")
    if len(given) > 1 or scheme.lower() != "bearer" or not secret.is_key(token.strip()):
        raise NotAuthenticated("The Authorization header does not carry a key as this archive makes them.")
    with transaction(doors.engine) as session:
        actor = actor_with(session, token.strip())
    if actor is None:
        raise NotAuthenticated("This key is unknown, revoked or out of date.")
    return actor


def _logged_in(request: Request, doors: Doors) -> Actor | None:
    """Whoever is logged in with the browser that asks, or None. Raises: Forged."""
    token = doors.browsers.secret_of(request)
    if token is None:
        return None
    with transaction(doors.engine) as session:
        # A stream that is left open is no sign of somebody before the screen.
        actor = actor_in(session, token, is_sign_of_life=not request.url.path.endswith("/live"))
    if actor is not None:
        doors.browsers.refuse_forgery(request, token)
    return actor


def actor_in(session: Session, token: str, *, is_sign_of_life: bool) -> Actor | None:
    """Whoever is logged in with a browser that has this secret, or None."""
    row = sessions.usable(session, secret.fingerprint(token))
    owner = people.user(session, row.user_id) if row is not None else None
    if row is None or owner is None or not owner.active:
        return None
    if is_sign_of_life:
        sessions.touch(session, row.id)
    return person(session, owner, log_in=row.id)


def person(session: Session, user: User, *, log_in: str | None = None) -> Actor:
    """A person acting for themselves, perhaps from a browser they are logged in with."""
    held = frozenset(Role(role) for role in people.roles(session, user.id))
    return Actor(user.id, ActorKind.USER, held, people.called(user), session=log_in)


def shown_secret(request: Request, doors: Doors) -> str:
    """The secret that whoever asks has shown, of which the archive keeps only a digest."""
    return request.headers.get("authorization") or doors.browsers.secret_of(request) or ""


def actor_with(session: Session, token: str) -> Actor | None:
    """Whoever holds this secret now, or None.

    A person's key acts as that person, so that two keys are never two people, and does no more than they still may.
    """
    key = people.key_with_secret(session, secret.fingerprint(token))
    if key is None:
        return None
    people.touch_key(session, key.id)
    roles = frozenset(Role(role) for role in key.roles)
    if key.owner_id is None:
        return OPERATOR if _is_operators(key) else Actor(key.id, ActorKind.KEY, roles, key.name, key=key.id)
    owner = people.user(session, key.owner_id)
    if owner is None or not owner.active:
        return None
    owned = with_implied([Role(role) for role in people.roles(session, owner.id)])
    return Actor(owner.id, ActorKind.KEY, with_implied(roles) & owned, key.name, key=key.id)


def _is_operators(key: Key) -> bool:
    return key.name == OPERATOR_KEY and set(key.roles) == set(Role)


AnyActor = Annotated[Actor, Depends(whoever_asks)]


def somebody_known(actor: AnyActor) -> Actor:
    """Whoever asks, if we know them. Raises: NotAuthenticated."""
    if actor.kind is ActorKind.PUBLIC:
        raise NotAuthenticated("This needs a log-in, or a key: send it as `Authorization: Bearer KEY`.")
    return actor


KnownActor = Annotated[Actor, Depends(somebody_known)]


def only(permitted: Callable[[Actor], bool], deed: str) -> Callable[[Actor], Actor]:
    """A gate that lets through whoever `permitted` lets; `deed` says what for."""

    def gate(actor: KnownActor) -> Actor:
        if not permitted(actor):
            raise NotAllowed(f"{actor.name or 'Whoever asks'} may not {deed}.")
        return actor

    return gate


def still(request: Request, doors: Doors, permitted: Callable[[Actor], bool], deed: str) -> Actor:
    """Whoever asks as they are now: while a body was arriving a role, a key or a log-in may have been taken away.

    Raises: NotAuthenticated, Forged, NotAllowed.
    """
    return only(permitted, deed)(somebody_known(whoever_asks(request, doors)))


def take_archive(session: SessionDep, actor: KnownActor) -> Archive:
    """The archive in the hands of whoever asks, inside the request's transaction."""
    return Archive(session, actor)


ArchiveDep = Annotated[Archive, Depends(take_archive)]


def visible_item(session: Session, actor: Actor, item_id: str) -> Item:
    """One item, if the actor may know of it. Raises: NotFound, whether or not it is there."""
    item = item_rows.item(session, item_id)
    if item is None or not may_see_item(actor, Sensitivity(item.sensitivity)):
        raise NotFound("There is no such item.")
    return item


def expected_state(
    if_match: Annotated[str | None, Header(max_length=100, description="the ETag of the item you saw")] = None,
) -> str | None:
    """The digest named by `If-Match`, None without one or for `*`. Raises: BadQuery for what is no ETag of ours."""
    if if_match is None or if_match.strip() == "*":
        return None
    return seen(if_match, _ETAG, 'the ETag of an item, such as "sha256:…"')


ExpectedState = Annotated[str | None, Depends(expected_state)]


def _id(prefix: str) -> str:
    return rf"^{prefix}_[0-9a-z]{{26}}$"


ItemPath = Annotated[str, Path(pattern=_id("itm"))]
SubmissionPath = Annotated[str, Path(pattern=_id("sub"))]
RecordPath = Annotated[str, Path(pattern=_id("rec"))]
UserPath = Annotated[str, Path(pattern=_id("usr"))]
SessionPath = Annotated[str, Path(pattern=rf"{_id('ses')}|^current$", description="an id, or `current`")]
KeyPath = Annotated[str, Path(pattern=_id("key"))]
UnitPath = Annotated[str, Path(pattern=_id("unt"))]
PlacePath = Annotated[str, Path(pattern=_id("plc"))]
JobPath = Annotated[str, Path(pattern=_id("job"))]
FilePath = Annotated[str, Path(pattern=r"^(sha256:)?[0-9a-f]{64}$", description="a file's SHA-256")]
