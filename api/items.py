"""Items as reviewers see them: where they stand, what was collected, what was made of it, what is said."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from api.assertions import StatedAssertion, stated
from api.deps import ArchiveDep, ItemPath, SessionDep, visible_item
from api.idempotency import OnceDep
from api.lines import ItemLine, content_address, item_line
from api.listing import AskedPage, Listed
from api.progress import Step, steps
from api.queue import Reviewer
from api.strict import StrictRoute
from storage.db import copies, desk, enciphered, events, holdings, pages
from storage.db.tables import Capture, Event, File, Holding, Item
from storage.domain.permissions import Actor, may_read_file
from storage.domain.vocab import FileRole, Outcome, Sensitivity

router = APIRouter(route_class=StrictRoute, tags=["items"])
Row = TypeVar("Row")

_MOST = 500
_COLLECTED = frozenset(FileRole) - {FileRole.PRODUCT}


class CaptureShown(BaseModel):
    """One attempt to collect the source, whatever its end."""

    capture: str
    outcome: Outcome
    sentence: str
    tool: str | None
    tool_version: str | None
    supplied: bool = Field(description="it took in a file that a person supplied")
    started_at: datetime
    ended_at: datetime
    identity: dict[str, Any]


class FileShown(BaseModel):
    """Something the item holds; `content` is where its bytes are, for those who may read them."""

    kind: str
    role: FileRole
    media_type: str
    sha256: str | None
    size_bytes: int | None
    sealed: bool
    capture: str
    step: str
    made_at: datetime
    content: str | None
    is_lost: bool = Field(description="it was found altered or missing on some store, and is whole on none")
    is_enciphered: bool = Field(description="it lies as ciphertext, and on no store in the clear")


class ItemShown(ItemLine):
    """All of one item."""

    captures: list[CaptureShown]
    files: list[FileShown] = Field(description="originals and what came with them")
    products: list[FileShown]
    steps: list[Step]
    assertions: list[StatedAssertion]
    claims: list[dict[str, Any]] = Field(description="comes with verification; empty until then")
    verdict: None = Field(None, description="comes with verification; null until then")
    cut_short: list[str] = Field(
        description=f"the lists above that hold {_MOST} of more: the first files and products, the newest of the rest"
    )


class LedgerEvent(BaseModel):
    """One line of the custody ledger: `event` is what was digested, `previous` the digest before it."""

    seq: int
    sha256: str
    event: dict[str, Any]


class AgainAsked(BaseModel):
    """Which capture to run again with the address it asked for; without one the item's own address is asked."""

    model_config = ConfigDict(extra="forbid")
    like: str | None = Field(None, pattern=r"^cap_[0-9a-z]{26}$")


class CaptureOwed(BaseModel):
    """A capture that was asked for and will happen."""

    capture: str
    item: str


@router.get("/items/{item}")
def read_item(item: ItemPath, session: SessionDep, actor: Reviewer, response: Response) -> ItemShown:
    """One item; its ETag, the digest of its newest event, goes into the `If-Match` of what changes it."""
    row = visible_item(session, actor, item)
    # Read before all the rest: whatever comes in between makes the ETag stale, never the other way round.
    response.headers["ETag"] = f'"{events.newest_digest(session, row.id)}"'
    collected = _first(pages.holdings_of_roles(session, row.id, _COLLECTED, limit=_MOST + 1))
    made = _first(pages.holdings_of_roles(session, row.id, {FileRole.PRODUCT}, limit=_MOST + 1))
    captures = _newest(pages.newest_captures(session, row.id, limit=_MOST + 1))
    owed = _newest(pages.newest_jobs(session, row.id, limit=_MOST + 1))
    said = _newest(pages.newest_assertions(session, row.id, limit=_MOST + 1))
    digests = [one.sha256 for one in (*collected.rows, *made.rows) if one.sha256]
    kept = holdings.files(session, digests)
    condition = _Condition(copies.lost(session, digests), enciphered.only_sealed(session, digests))
    successors = pages.successors(session, [one.id for one in said.rows])
    names = desk.names(session, [one.author_id for one in said.rows])
    lists: dict[str, _Some[Any]] = {
        "captures": captures,
        "files": collected,
        "products": made,
        "steps": owed,
        "assertions": said,
    }
    return ItemShown(
        **dict(item_line(session, actor, row)),
        captures=[_capture(capture) for capture in captures.rows],
        files=[_file(row, one, kept.get(one.sha256 or ""), actor, condition) for one in collected.rows],
        products=[_file(row, one, kept.get(one.sha256 or ""), actor, condition) for one in made.rows],
        steps=steps(owed.rows, holdings.lacking(session, row.id)),
        assertions=[stated(one, successors, names) for one in said.rows],
        claims=[],
        cut_short=[name for name, some in lists.items() if some.is_cut],
    )


@router.get("/items/{item}/events")
def list_events(item: ItemPath, asked: AskedPage, session: SessionDep, actor: Reviewer) -> Listed[LedgerEvent]:
    """An item's custody chain, oldest first."""
    row = visible_item(session, actor, item)
    lines = events.of_item(session, row.id, after=asked.after_number, limit=asked.rows)
    count = events.count_of_item(session, row.id)
    return asked.listed(lines, key=lambda line: str(line.seq), show=ledger_event, count=count)


@router.post("/items/{item}/captures", status_code=202, response_model=CaptureOwed)
def capture_again(
    item: ItemPath, once: OnceDep, archive: ArchiveDep, _actor: Reviewer, asked: AgainAsked | None = None
) -> Response:
    """Collect an item's source once more; the capture is a new one beside the earlier ones."""
    if answer := once.earlier():
        return answer
    return once.keep(
        202, CaptureOwed(capture=archive.capture_again(item, like=asked.like if asked else None), item=item)
    )


def ledger_event(line: Event) -> LedgerEvent:
    """One line of the ledger as it goes out."""
    return LedgerEvent(seq=line.seq, sha256=line.sha256, event=json.loads(line.body))


@dataclass(frozen=True, slots=True)
class _Some(Generic[Row]):
    """At most `_MOST` rows, and whether there are more."""

    rows: Sequence[Row]
    is_cut: bool


def _first(rows: Sequence[Row]) -> _Some[Row]:
    return _Some(rows[:_MOST], len(rows) > _MOST)


def _newest(rows: Sequence[Row]) -> _Some[Row]:
    return _Some(rows[-_MOST:], len(rows) > _MOST)


def _capture(row: Capture) -> CaptureShown:
    return CaptureShown(
        capture=row.id,
        outcome=Outcome(row.outcome),
        sentence=row.sentence,
        tool=row.tool,
        tool_version=row.tool_version,
        supplied=row.source_id is None,
        started_at=row.started_at,
        ended_at=row.ended_at,
        identity=row.identity,
    )


@dataclass(frozen=True, slots=True)
class _Condition:
    """Of an item's files, those that are lost, and those that lie as ciphertext alone."""

    lost: Collection[str]
    enciphered: Collection[str]


def _file(item: Item, row: Holding, file: File | None, actor: Actor, condition: _Condition) -> FileShown:
    readable = may_read_file(actor, Sensitivity(item.sensitivity), sealed_file=row.sealed)
    return FileShown(
        kind=row.kind,
        role=FileRole(row.role),
        media_type=row.media_type,
        sha256=row.sha256,
        size_bytes=file.size_bytes if file else None,
        sealed=row.sealed,
        capture=row.capture_id,
        step=row.step,
        made_at=row.made_at,
        content=content_address(item, row.sha256) if row.sha256 and readable else None,
        is_lost=row.sha256 in condition.lost,
        is_enciphered=row.sha256 in condition.enciphered,
    )
