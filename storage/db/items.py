"""Rows of projects, sources, submissions and items."""

from collections.abc import Collection, Sequence

from sqlalchemy import exists, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from storage.db.positions import Lease
from storage.db.tables import Item, Project, Source, SourceAddress, Submission


def lock_address(session: Session, url: str) -> None:
    """Let one transaction at a time decide which source an address leads to."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:url, 0))"), {"url": url})


def project(session: Session, project_id: str) -> Project | None:
    """One project, or None."""
    return session.get(Project, project_id)


def source_at(session: Session, url: str) -> Source | None:
    """The source an address is known to lead to, or None."""
    known = select(Source).join(SourceAddress, SourceAddress.source_id == Source.id).where(SourceAddress.url == url)
    return session.scalar(known)


def source(session: Session, source_id: str) -> Source | None:
    """One source, or None."""
    return session.get(Source, source_id)


def sources(session: Session, source_ids: Collection[str]) -> dict[str, Source]:
    """Sources by id; unknown ids are left out."""
    return {row.id: row for row in session.scalars(select(Source).where(Source.id.in_(source_ids)))}


def learn_address(session: Session, url: str, source_id: str) -> str:
    """Note that `url` leads to a source unless another is known for it; the id of the source it leads to."""
    session.execute(
        insert(SourceAddress).values(url=url, source_id=source_id).on_conflict_do_nothing(index_elements=["url"])
    )
    return session.scalars(select(SourceAddress.source_id).where(SourceAddress.url == url)).one()


def name_source(session: Session, source_id: str, *, platform: str, post_id: str, account: str | None) -> None:
    """Write down what the platform calls a source, where nothing is written yet."""
    unnamed = update(Source).where(Source.id == source_id, Source.platform.is_(None))
    session.execute(unnamed.values(platform=platform, post_id=post_id, account=account))


def item(session: Session, item_id: str) -> Item | None:
    """One item, or None."""
    return session.get(Item, item_id)


def item_locked(session: Session, item_id: str) -> Item | None:
    """One item, locked until the transaction ends, as it is now."""
    wanted = select(Item).where(Item.id == item_id).with_for_update().execution_options(populate_existing=True)
    return session.scalar(wanted)


def held_by(session: Session, person: str) -> Sequence[Item]:
    """The items that somebody has taken on or has the lease of, oldest first, locked until the transaction ends."""
    leased = exists().where(Lease.item_id == Item.id, Lease.holder_id == person)
    held = select(Item).where(or_(Item.assignee_id == person, leased)).order_by(Item.id).with_for_update()
    return session.scalars(held.execution_options(populate_existing=True)).all()


def items_of_source(session: Session, source_id: str) -> Sequence[Item]:
    """The items that a source's captures belong to, oldest first: at most one that is not sealed."""
    return session.scalars(select(Item).where(Item.source_id == source_id).order_by(Item.id)).all()


def of_sensitivity(session: Session, item_ids: Collection[str], *, visible: Collection[str]) -> frozenset[str]:
    """Those of the items that are of the sensitivities `visible`."""
    return frozenset(session.scalars(select(Item.id).where(Item.id.in_(item_ids), Item.sensitivity.in_(visible))))


def submission(session: Session, submission_id: str) -> Submission | None:
    """One submission, or None."""
    return session.get(Submission, submission_id)


def submissions(session: Session, item_id: str) -> Sequence[Submission]:
    """An item's submissions, oldest first."""
    return session.scalars(select(Submission).where(Submission.item_id == item_id).order_by(Submission.id)).all()


def newest_submission(session: Session, item_id: str) -> Submission | None:
    """An item's newest submission, or None."""
    newest = select(Submission).where(Submission.item_id == item_id).order_by(Submission.id.desc()).limit(1)
    return session.scalar(newest)


def own_submissions(session: Session, submitter_id: str, *, before: str | None, limit: int) -> Sequence[Submission]:
    """Somebody's own submissions, newest first, past the id `before`."""
    own = select(Submission).where(Submission.submitter_id == submitter_id).order_by(Submission.id.desc()).limit(limit)
    return session.scalars(own.where(Submission.id < before) if before else own).all()


def of_batch(session: Session, submitter_id: str, batch_id: str) -> Sequence[Submission]:
    """Somebody's own submissions of one list, in its order."""
    ours = (Submission.batch_id == batch_id, Submission.submitter_id == submitter_id)
    return session.scalars(select(Submission).where(*ours).order_by(Submission.batch_line)).all()


def count_own_submissions(session: Session, submitter_id: str, *, most: int) -> int:
    """How many submissions somebody has made, counted up to one more than `most`."""
    some = select(Submission.id).where(Submission.submitter_id == submitter_id).limit(most + 1).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0
