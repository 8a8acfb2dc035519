"""Refusals that say what stands in the way: who is editing, or what has taken the place of what was seen."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pydantic import BaseModel
from sqlalchemy.orm import Session

from api.holders import running_lease
from storage.domain.permissions import Actor
from storage.errors import Leased, Stale


@contextmanager
def telling(session: Session, actor: Actor, current: Callable[[], BaseModel | None] = lambda: None) -> Iterator[None]:
    """Let a refusal say what stands in the way: `lease` beside 409 `leased`, `current` beside 412 `stale`."""
    try:
        yield
    except Leased as refused:
        if refused.item is not None and (lease := running_lease(session, actor, refused.item)) is not None:
            refused.extensions["lease"] = lease.model_dump(mode="json")
        raise
    except Stale as refused:
        if (now := current()) is not None:
            refused.extensions["current"] = now.model_dump(mode="json", by_alias=True)
        raise
