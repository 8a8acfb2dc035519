"""Items that show the same as something, one line each: what they are called, and since when they are known."""

from collections.abc import Collection
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from api.lines import ItemLine, StillShown, item_lines
from storage.db import lines, worklist
from storage.domain.permissions import Actor


class Relative(BaseModel):
    """Another item, as the list of copies shows it; `known_at` is when it is first known to have existed."""

    item: str
    title: str | None
    account: str | None
    still: StillShown | None
    duration_s: float | None
    known_at: datetime
    known_by: Literal["platform", "capture"] = Field(description="the platform's own word, else our first look at it")


def relatives_of(session: Session, actor: Actor, item_ids: Collection[str]) -> dict[str, Relative]:
    """The lines of items the actor may know of, by item; whether they may is for the caller to have looked."""
    rows = worklist.of(session, item_ids)
    first = lines.first_captured(session, item_ids)
    return {line.item: _relative(line, first.get(line.item)) for line in item_lines(session, actor, rows)}


def _relative(line: ItemLine, captured_at: datetime | None) -> Relative:
    looked_at = captured_at or line.created_at
    known_at = min(line.published_at or looked_at, looked_at)
    return Relative(
        item=line.item,
        title=line.title,
        account=line.account,
        still=line.still,
        duration_s=line.duration_s,
        known_at=known_at,
        known_by="platform" if known_at == line.published_at else "capture",
    )
