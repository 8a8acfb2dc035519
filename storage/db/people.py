"""Rows of users, their roles, keys, and the one-time right to make the first user."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import cast, delete, exists, func, select, text, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Session

from storage.db.positions import Preference
from storage.db.tables import Event, Key, SetupToken, User, UserRole
from storage.domain.vocab import EventType


def user(session: Session, user_id: str) -> User | None:
    """One user, or None."""
    return session.get(User, user_id)


def has_empowered(session: Session, two: Collection[str], *, since: datetime) -> bool:
    """Whether one of two people has given the other an account, or roles, since then; the ledger knows."""
    told = cast(Event.body, JSONB)
    agent, user = told["agent"]["id"].astext, told["detail"]["user"].astext
    kinds = (EventType.USER_ADDED.value, EventType.ROLES_CHANGED.value)
    found = exists().where(
        Event.type.in_(kinds), Event.at >= since, agent.in_(two), user.in_(two), agent != user, Event.item_id.is_(None)
    )
    return bool(session.scalar(select(found)))


def user_locked(session: Session, user_id: str) -> User | None:
    """One user, locked until the transaction ends, as they are now, or None."""
    wanted = select(User).where(User.id == user_id).with_for_update().execution_options(populate_existing=True)
    return session.scalar(wanted)


def user_with_email(session: Session, email: str) -> User | None:
    """The user with this address, or None; addresses compare without case."""
    return session.scalar(select(User).where(func.lower(User.email) == email.lower()))


def users(session: Session) -> Sequence[User]:
    """Every user, oldest first."""
    return session.scalars(select(User).order_by(User.id)).all()


def any_user(session: Session) -> bool:
    """Whether somebody has been made a user."""
    return session.scalar(select(User.id).limit(1)) is not None


def roles(session: Session, user_id: str) -> frozenset[str]:
    """The roles of one user."""
    return frozenset(session.scalars(select(UserRole.role).where(UserRole.user_id == user_id)))


def roles_by_user(session: Session, user_ids: Collection[str]) -> dict[str, frozenset[str]]:
    """The roles of each of these users."""
    held: dict[str, set[str]] = {one: set() for one in user_ids}
    for user_id, role in session.execute(
        select(UserRole.user_id, UserRole.role).where(UserRole.user_id.in_(held.keys()))
    ):
        held[user_id].add(role)
    return {user_id: frozenset(some) for user_id, some in held.items()}


def set_roles(session: Session, user_id: str, wanted: Collection[str]) -> None:
    """Let a person be exactly this."""
    session.execute(delete(UserRole).where(UserRole.user_id == user_id))
    session.add_all(UserRole(user_id=user_id, role=role) for role in sorted(wanted))
    session.flush()


def lock_roles(session: Session) -> None:
    """Let one transaction at a time change who is what; the others wait for its end, and then see what it did."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('roles', 2))"))


def anybody_else_with(session: Session, role: str, *, but: str) -> bool:
    """Whether somebody besides one person may still come in and holds this role."""
    others = select(User.id).join(UserRole, UserRole.user_id == User.id).where(UserRole.role == role)
    return session.scalar(others.where(User.active, User.id != but).limit(1)) is not None


def names(session: Session) -> Mapping[str, str]:
    """What every person is called, by id, also of those who have left: the name they gave, else their address's."""
    return {user.id: called(user) for user in users(session)}


def called(user: User) -> str:
    """What a person is called: the name they gave, else the end of their id; an address is nobody's business."""
    return user.name or f"#{user.id[-6:]}"


def preferences(session: Session, user_id: str) -> Mapping[str, Any] | None:
    """How somebody wants the workbench to be, or None when they never said."""
    row = session.get(Preference, user_id)
    return row.body if row else None


def keep_preferences(session: Session, user_id: str, body: Mapping[str, Any]) -> None:
    """Remember how somebody wants the workbench to be."""
    told = insert(Preference).values(user_id=user_id, body=dict(body))
    session.execute(told.on_conflict_do_update(index_elements=["user_id"], set_={"body": told.excluded.body}))


def key_with_secret(session: Session, secret_sha256: str) -> Key | None:
    """The key that may be used now with this secret, or None."""
    usable = select(Key).where(
        Key.secret_sha256 == secret_sha256,
        Key.revoked_at.is_(None),
        (Key.expires_at.is_(None)) | (Key.expires_at > func.now()),
    )
    return session.scalar(usable)


def key(session: Session, key_id: str) -> Key | None:
    """One key, or None."""
    return session.get(Key, key_id)


def keys(session: Session, *, owner_id: str | None = None) -> Sequence[Key]:
    """Every key, or one owner's, oldest first."""
    wanted = select(Key).order_by(Key.id)
    return session.scalars(wanted.where(Key.owner_id == owner_id) if owner_id else wanted).all()


def touch_key(session: Session, key_id: str) -> None:
    """Note that a key was used, at most once a minute."""
    stale = (Key.last_used_at.is_(None)) | (Key.last_used_at < func.now() - func.make_interval(0, 0, 0, 0, 0, 1))
    session.execute(update(Key).where(Key.id == key_id, stale).values(last_used_at=func.now()))


def setup_token(session: Session, secret_sha256: str) -> SetupToken | None:
    """An unused set-up token, locked, or None."""
    unused = select(SetupToken).where(SetupToken.secret_sha256 == secret_sha256, SetupToken.used_at.is_(None))
    return session.scalar(unused.with_for_update())


def spend_setup_tokens(session: Session) -> None:
    """No set-up token is good any more."""
    session.execute(update(SetupToken).where(SetupToken.used_at.is_(None)).values(used_at=func.now()))


def keys_named(session: Session, name: str) -> Sequence[Key]:
    """The keys of this name that nobody owns and that have not been revoked, locked."""
    wanted = select(Key).where(Key.name == name, Key.owner_id.is_(None), Key.revoked_at.is_(None))
    return session.scalars(wanted.with_for_update()).all()
