"""Rows of answers that were given under an Idempotency-Key, kept for a week."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, delete, func, text
from sqlalchemy.orm import Session

from storage.db.positions import IdempotentAnswer

_KEPT_DAYS = 7


def lock(session: Session, actor_id: str, key: str) -> None:
    """Let one transaction at a time answer this actor under this key; others wait for its answer."""
    turn = text("SELECT pg_advisory_xact_lock(hashtextextended(:turn, 1))")
    session.execute(turn, {"turn": f"{actor_id}\n{key}"})


def given(session: Session, actor_id: str, key: str) -> IdempotentAnswer | None:
    """What was answered to this actor under this key within the last week, or None; what is older is forgotten."""
    mine = (IdempotentAnswer.actor_id == actor_id, IdempotentAnswer.key == key)
    session.execute(delete(IdempotentAnswer).where(*mine, _is_old()))
    return session.get(IdempotentAnswer, (actor_id, key))


def keep(
    session: Session, actor_id: str, key: str, *, request_sha256: str, status: int, body: Mapping[str, Any]
) -> None:
    """Remember an answer; it stands or falls with the change it tells of."""
    session.add(
        IdempotentAnswer(actor_id=actor_id, key=key, request_sha256=request_sha256, status=status, body=dict(body))
    )
    session.flush()


def forget_old(session: Session) -> int:
    """Forget what was answered more than a week ago; how many answers."""
    gone = session.execute(delete(IdempotentAnswer).where(_is_old()).returning(IdempotentAnswer.key))
    return len(gone.all())


def forget_of(session: Session, item_id: str) -> None:
    """Forget every answer that tells of an item."""
    session.execute(delete(IdempotentAnswer).where(cast(IdempotentAnswer.body, Text).contains(item_id)))


def _is_old() -> ColumnElement[bool]:
    return IdempotentAnswer.answered_at < func.now() - func.make_interval(0, 0, 0, _KEPT_DAYS)
