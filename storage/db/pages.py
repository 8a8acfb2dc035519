"""Rows as lists show them: a bounded number at a time, past the last one seen, in an order that does not move."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, and_, func, select, tuple_
from sqlalchemy.orm import Session

from storage.db.positions import Job
from storage.db.tables import Assertion, Capture, Holding, Key, User


def newest_analyses(session: Session, item_id: str) -> Mapping[str, str]:
    """Of each original of an item the analysis that told its shots last, by the step's key; sound alone has none."""
    original = Holding.payload["original"].astext
    told = select(original, Holding.step_key).where(Holding.item_id == item_id, Holding.kind == "shots", original != "")
    return dict(session.execute(told.order_by(Holding.id)).all())


def keyframes(
    session: Session, item_id: str, analyses: Mapping[str, str], *, after: int, limit: int
) -> Sequence[Holding]:
    """The keyframes of an item in the order they were made, past the id `after`: see `count_of_keyframes`."""
    wanted = select(Holding).where(_is_keyframe_of(item_id, analyses), Holding.id > after)
    return session.scalars(wanted.order_by(Holding.id).limit(limit)).all()


def count_of_keyframes(session: Session, item_id: str, analyses: Mapping[str, str]) -> int:
    """How many keyframes an item has: of each original those that its one of the `analyses` made, by the step's key."""
    return session.scalar(select(func.count()).where(_is_keyframe_of(item_id, analyses))) or 0


def _is_keyframe_of(item_id: str, analyses: Mapping[str, str]) -> ColumnElement[bool]:
    made = tuple_(Holding.payload["original"].astext, Holding.step_key).in_(list(analyses.items()))
    return and_(Holding.item_id == item_id, Holding.kind == "keyframe", Holding.sha256.is_not(None), made)


def holdings_of_roles(session: Session, item_id: str, roles: Collection[str], *, limit: int) -> Sequence[Holding]:
    """The first things an item holds in these roles, in the order they were made."""
    wanted = select(Holding).where(Holding.item_id == item_id, Holding.role.in_(roles))
    return session.scalars(wanted.order_by(Holding.id).limit(limit)).all()


def holdings_with_digest(session: Session, item_id: str, sha256: str) -> Sequence[Holding]:
    """Everything an item holds that has these bytes, in the order it was made."""
    wanted = select(Holding).where(Holding.item_id == item_id, Holding.sha256 == sha256)
    return session.scalars(wanted.order_by(Holding.id)).all()


def newest_captures(session: Session, item_id: str, *, limit: int) -> Sequence[Capture]:
    """An item's newest captures, oldest first."""
    wanted = select(Capture).where(Capture.item_id == item_id).order_by(Capture.id.desc()).limit(limit)
    return session.scalars(wanted).all()[::-1]


def newest_jobs(session: Session, item_id: str, *, limit: int) -> Sequence[Job]:
    """An item's newest jobs, oldest first."""
    wanted = select(Job).where(Job.item_id == item_id).order_by(Job.created_at.desc(), Job.id.desc()).limit(limit)
    return session.scalars(wanted).all()[::-1]


def assertions(session: Session, item_id: str, *, after: str | None, limit: int) -> Sequence[Assertion]:
    """What is said of an item, oldest first, past the id `after`."""
    wanted = select(Assertion).where(Assertion.item_id == item_id).order_by(Assertion.id).limit(limit)
    return session.scalars(wanted.where(Assertion.id > after) if after else wanted).all()


def newest_assertions(session: Session, item_id: str, *, limit: int) -> Sequence[Assertion]:
    """The newest of what is said of an item, oldest first."""
    wanted = select(Assertion).where(Assertion.item_id == item_id).order_by(Assertion.id.desc()).limit(limit)
    return session.scalars(wanted).all()[::-1]


def count_assertions(session: Session, item_id: str) -> int:
    """How much is said of an item."""
    return session.scalar(select(func.count()).where(Assertion.item_id == item_id)) or 0


def successors(session: Session, assertion_ids: Collection[str]) -> dict[str, str]:
    """Which assertion superseded which, by the id of the superseded one."""
    wanted = select(Assertion.supersedes, Assertion.id).where(Assertion.supersedes.in_(assertion_ids))
    return {superseded: successor for superseded, successor in session.execute(wanted) if superseded is not None}


def users(session: Session, *, after: str | None, limit: int) -> Sequence[User]:
    """Users, oldest first, past the id `after`."""
    wanted = select(User).order_by(User.id).limit(limit)
    return session.scalars(wanted.where(User.id > after) if after else wanted).all()


def count_users(session: Session) -> int:
    """How many users there are."""
    return session.scalar(select(func.count()).select_from(User)) or 0


def keys(session: Session, *, owner_id: str | None, after: str | None, limit: int) -> Sequence[Key]:
    """Every key, or one owner's, oldest first, past the id `after`."""
    wanted = select(Key).order_by(Key.id).limit(limit)
    wanted = wanted.where(Key.owner_id == owner_id) if owner_id else wanted
    return session.scalars(wanted.where(Key.id > after) if after else wanted).all()


def count_keys(session: Session, *, owner_id: str | None) -> int:
    """How many keys there are, or one owner has."""
    wanted = select(func.count()).select_from(Key)
    return session.scalar(wanted.where(Key.owner_id == owner_id) if owner_id else wanted) or 0
