"""Rows of answers that were given under an Idempotency-Key."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from storage.db.tables import IdempotentAnswer


def lock(session: Session, actor_id: str, key: str) -> None:
    """Let one transaction at a time answer this actor under this key; others wait for its answer."""
    turn = text("SELECT pg_advisory_xact_lock(hashtextextended(:turn, 1))")
    session.execute(turn, {"turn": f"{actor_id}\n{key}"})


def given(session: Session, actor_id: str, key: str) -> IdempotentAnswer | None:
    """What was answered to this actor under this key, or None."""
    return session.get(IdempotentAnswer, (actor_id, key))


def keep(
    session: Session, actor_id: str, key: str, *, request_sha256: str, status: int, body: Mapping[str, Any]
) -> None:
    """Remember an answer; it stands or falls with the change it tells of."""
    session.add(
        IdempotentAnswer(actor_id=actor_id, key=key, request_sha256=request_sha256, status=status, body=dict(body))
    )
    session.flush()
