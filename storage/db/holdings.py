"""Rows of files, captures, and what items hold."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from storage.db.positions import CAPTURE_STEP
from storage.db.tables import Capture, File, Holding, Item, StepRun, Submission
from storage.domain.flaws import SHOTS, FlawKind
from storage.domain.vocab import FileRole, Lack

_LACKS = {"no_model": Lack.MODEL, "no_program": Lack.PROGRAM}


def add_file(session: Session, *, sha256: str, sha512: str, size_bytes: int, sealed_at: datetime | None = None) -> None:
    """Note that bytes are kept, since now unless it is said since when; the same bytes twice are one file."""
    values: dict[str, Any] = {"sha256": sha256, "sha512": sha512, "size_bytes": size_bytes}
    values |= {"sealed_at": sealed_at} if sealed_at is not None else {}
    session.execute(insert(File).values(**values).on_conflict_do_nothing(index_elements=["sha256"]))


def file(session: Session, sha256: str) -> File | None:
    """One file, or None."""
    return session.get(File, sha256)


def files(session: Session, digests: Sequence[str]) -> dict[str, File]:
    """Files by digest; unknown digests are left out."""
    return {row.sha256: row for row in session.scalars(select(File).where(File.sha256.in_(digests)))}


def files_after(session: Session, sha256: str, *, limit: int) -> Sequence[File]:
    """Kept files in the order of their digests, past this one."""
    return session.scalars(select(File).where(File.sha256 > sha256).order_by(File.sha256).limit(limit)).all()


def total_bytes(session: Session) -> int:
    """How many bytes all files have."""
    return int(session.scalar(select(func.coalesce(func.sum(File.size_bytes), 0))) or 0)


def step_has_run(session: Session, item_id: str, key: str) -> bool:
    """Whether this item has what the step would make."""
    return session.get(StepRun, (item_id, key)) is not None


def runs(session: Session, item_id: str) -> Sequence[StepRun]:
    """Every run of a step for an item, oldest first."""
    return session.scalars(select(StepRun).where(StepRun.item_id == item_id).order_by(StepRun.made_at)).all()


def brought(session: Session, item_id: str, capture_id: str) -> Sequence[Holding]:
    """What the attempt of a capture itself brought, in the order it was kept."""
    own = (Holding.item_id == item_id, Holding.capture_id == capture_id, Holding.step == CAPTURE_STEP)
    return session.scalars(select(Holding).where(*own).order_by(Holding.id)).all()


def of_item(session: Session, item_id: str) -> Sequence[Holding]:
    """Everything an item holds, in the order it was made."""
    return session.scalars(select(Holding).where(Holding.item_id == item_id).order_by(Holding.id)).all()


def of_kind(session: Session, item_id: str, kind: str) -> Sequence[Holding]:
    """What an item holds of one kind, in the order it was made."""
    wanted = select(Holding).where(Holding.item_id == item_id, Holding.kind == kind).order_by(Holding.id)
    return session.scalars(wanted).all()


def lacking(session: Session, item_id: str) -> dict[tuple[str, str], Lack]:
    """The steps of an item, by capture and name, that only told what they were in want of."""
    outcome = Holding.payload["outcome"].astext
    wanted = select(Holding.capture_id, Holding.step, outcome).order_by(Holding.id)
    # The newest word of a step counts: once a model was brought, the same step has looked.
    told = session.execute(
        wanted.where(Holding.item_id == item_id, Holding.role == FileRole.PRODUCT, outcome.is_not(None))
    )
    newest = {(capture, step): said for capture, step, said in told}
    return {step: _LACKS[said] for step, said in newest.items() if said in _LACKS}


def is_cut_short(session: Session, capture_id: str) -> bool:
    """Whether an analysis found that an original of this capture is not whole."""
    flaws = Holding.payload["flaws"]
    cut = or_(*(flaws.has_key(kind.value) for kind in (FlawKind.CUT_SHORT, FlawKind.FRAGMENTS_MISSING)))
    found = exists().where(Holding.capture_id == capture_id, Holding.kind == SHOTS, cut)
    return bool(session.scalar(select(found)))


def held_before(session: Session, capture_id: str, *, visible: Collection[str]) -> str | None:
    """The first item of one of the `visible` sensitivities that held an original of this capture before it, or None."""
    wanted = select(Holding.item_id).join(Item, Item.id == Holding.item_id)
    wanted = wanted.where(Item.sensitivity.in_(visible), Item.erased_at.is_(None), *_same_original(capture_id))
    return session.scalar(wanted.order_by(Holding.capture_id).limit(1))


def sent_before(session: Session, capture_id: str, submitter_id: str) -> str | None:
    """Somebody's first submission of a file that was an original of this capture too, or None."""
    wanted = select(Submission.id).join(Holding, Holding.capture_id == Submission.capture_id)
    wanted = wanted.where(Submission.submitter_id == submitter_id, Submission.url.is_(None))
    return session.scalar(wanted.where(*_same_original(capture_id)).order_by(Submission.id).limit(1))


def _same_original(capture_id: str) -> tuple[ColumnElement[bool], ...]:
    """The condition that a holding is an original of an earlier capture, with the bytes of one of this capture."""
    own = select(Holding.sha256).where(Holding.capture_id == capture_id, Holding.role == FileRole.ORIGINAL.value)
    return Holding.sha256.in_(own), Holding.role == FileRole.ORIGINAL.value, Holding.capture_id < capture_id


def with_digest(session: Session, item_id: str, sha256: str) -> Holding | None:
    """The first holding of an item that has these bytes, or None."""
    wanted = select(Holding).where(Holding.item_id == item_id, Holding.sha256 == sha256).order_by(Holding.id).limit(1)
    return session.scalar(wanted)


def captures(session: Session, item_id: str) -> Sequence[Capture]:
    """An item's captures, oldest first."""
    return session.scalars(select(Capture).where(Capture.item_id == item_id).order_by(Capture.id)).all()


def capture(session: Session, capture_id: str) -> Capture | None:
    """One capture, or None while its attempt has not ended."""
    return session.get(Capture, capture_id)


def captures_after(session: Session, capture_id: str, *, limit: int) -> Sequence[Capture]:
    """Captures of all items, oldest first, past this id."""
    return session.scalars(select(Capture).where(Capture.id > capture_id).order_by(Capture.id).limit(limit)).all()


def of_steps(session: Session, item_id: str, keys: Collection[str]) -> dict[str, list[Holding]]:
    """What steps made for an item under each of these keys, in the order it was made."""
    wanted = select(Holding).where(Holding.item_id == item_id, Holding.step_key.in_(keys)).order_by(Holding.id)
    made: dict[str, list[Holding]] = {key: [] for key in keys}
    for one in session.scalars(wanted):
        made[one.step_key].append(one)
    return made


def of_step(session: Session, item_id: str, key: str) -> Sequence[Holding]:
    """What a step made for an item under one key, in the order it was made."""
    return of_steps(session, item_id, [key])[key]
