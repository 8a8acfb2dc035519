"""Rows of what people say about items."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from storage.db.tables import Assertion, Holding
from storage.domain.vocab import AssertionStatus, FileRole


def add(session: Session, assertion: Assertion) -> None:
    """Add one; the database refuses a second successor of the same assertion."""
    session.add(assertion)
    session.flush()


def one(session: Session, assertion_id: str) -> Assertion | None:
    """One assertion, or None."""
    return session.get(Assertion, assertion_id)


def of_item(session: Session, item_id: str) -> Sequence[Assertion]:
    """Everything said of an item, oldest first, with what has been superseded."""
    return session.scalars(select(Assertion).where(Assertion.item_id == item_id).order_by(Assertion.id)).all()


def successor(session: Session, assertion_id: str) -> Assertion | None:
    """The assertion that supersedes this one, or None."""
    return session.scalar(select(Assertion).where(Assertion.supersedes == assertion_id))


def newest_of_chain(session: Session, assertion_id: str) -> Assertion | None:
    """What stands in an assertion's place now: the last of those that superseded it, itself where none did."""
    links = select(Assertion.id).where(Assertion.id == assertion_id).cte("links", recursive=True)
    links = links.union_all(select(Assertion.id).join(links, Assertion.supersedes == links.c.id))
    newest = select(Assertion).join(links, links.c.id == Assertion.id).order_by(Assertion.id.desc()).limit(1)
    return session.scalar(newest)


def standing() -> ColumnElement[bool]:
    """The condition that an assertion stands: neither superseded nor rejected."""
    later = aliased(Assertion)
    status = func.coalesce(Assertion.body["body"]["status"].astext, "")
    return ~exists().where(later.supersedes == Assertion.id) & (status != AssertionStatus.REJECTED.value)


def standing_with_target(session: Session, item_id: str, *, after: str | None, limit: int) -> Sequence[Assertion]:
    """What stands of an item and cites something or means a part of it, oldest first, past the id `after`."""
    wanted = select(Assertion).where(Assertion.item_id == item_id, standing(), _has_target())
    wanted = wanted.order_by(Assertion.id).limit(limit)
    return session.scalars(wanted.where(Assertion.id > after) if after else wanted).all()


def count_standing_with_target(session: Session, item_id: str) -> int:
    """How much stands of an item and cites something or means a part of it."""
    wanted = select(func.count()).select_from(Assertion)
    return session.scalar(wanted.where(Assertion.item_id == item_id, standing(), _has_target())) or 0


def originals_meant(session: Session, item_id: str, rows: Collection[Assertion]) -> dict[str, str]:
    """For each assertion, the digest of the original meant where none is named: the first of the newest capture then.

    What is captured later does not change what was said; only what was said before anything was there means what came
    first.
    """
    originals = select(Holding).where(
        Holding.item_id == item_id, Holding.role == FileRole.ORIGINAL.value, Holding.sha256.is_not(None)
    )
    held = session.scalars(originals.order_by(Holding.capture_id.desc(), Holding.id)).all()
    first = min(held, key=lambda one: one.id, default=None)
    meant = {row.id: next((one for one in held if one.made_at <= row.made_at), first) for row in rows}
    return {said: one.sha256 for said, one in meant.items() if one is not None and one.sha256 is not None}


def _has_target() -> ColumnElement[bool]:
    cited = func.jsonb_array_length(Assertion.body["citations"]) > 0
    return or_(cited, Assertion.body["body"]["segment"].astext.is_not(None))
