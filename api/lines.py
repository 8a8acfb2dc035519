"""Items as lists show them, one line each: where they stand, what they are called, who works on them."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from api.holders import Lease, Somebody, lease_named
from storage.db import desk, holds, items, lines, worklist
from storage.db.lines import Called, Ending, Still
from storage.db.positions import Lease as LeaseRow
from storage.db.tables import Item, Source
from storage.db.worklist import Queued
from storage.domain import clock
from storage.domain.labels import label
from storage.domain.permissions import Actor
from storage.domain.vocab import AssertionKind, Outcome, Sensitivity, Workflow

_LAST_SECOND = 253_402_300_799  # the end of the year 9999


class StillTile(BaseModel):
    """Which part of a sheet of tiles is meant, counted from 0, and how many points each has."""

    column: int
    row: int
    columns: int
    rows: int
    width: int
    height: int


class StillShown(BaseModel):
    """Addresses of one picture; a shielded copy is null until it has been made."""

    sketch: str | None
    blur: str | None
    clear: str
    tile: StillTile | None = Field(None, description="the addresses are of sheets of several pictures: where it is")


class Kinds(BaseModel):
    """How many assertions of each kind stand: neither superseded nor rejected."""

    place: int = 0
    time: int = 0
    unit: int = 0
    content: int = 0
    quote: int = 0
    note: int = 0


class ItemLine(BaseModel):
    """An item in a list."""

    item: str
    project: str
    workflow: Workflow
    sensitivity: Sensitivity
    version: int
    source: str | None = Field(description="its canonical address; null for a supplied file")
    created_at: datetime
    title: str | None = Field(description="what the platform calls it, else the name its file was supplied under")
    platform: str | None
    account: str | None
    published_at: datetime | None = Field(description="when the platform says it was published, to the second")
    duration_s: float | None = Field(description="as measured, else as the platform says")
    outcome: Outcome | None = Field(description="the newest capture's; null until one has ended")
    sentence: str | None
    supplied: bool = Field(description="that capture took in a file that a person supplied")
    assignee: Somebody | None
    lease: Lease | None
    still: StillShown | None = Field(description="the middle keyframe, or until there is one that of the first stills")
    kinds: Kinds
    record: str | None = Field(description="its published record, if there is one")
    held: bool = Field(description="whether it is under legal hold: nothing of it is erased meanwhile")
    erased_at: datetime | None = Field(description="when two people agreed to erase it: only its tombstone is left")
    changed_at: datetime = Field(description="when its newest event happened")


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is known of all items of a page, by item, each gathered with one question."""

    sources: dict[str, Source]
    endings: dict[str, Ending]
    called: dict[str, Called]
    supplied: dict[str, str]
    durations: dict[str, float]
    stills: dict[str, Still]
    said: dict[str, dict[str, int]]
    records: dict[str, str]
    leases: dict[str, LeaseRow]
    held: frozenset[str]
    names: dict[str, str]


def item_lines(session: Session, actor: Actor, rows: Sequence[Queued]) -> list[ItemLine]:
    """The lines of items the actor may know of, in the same order; the number of questions does not depend on theirs.

    What a line tells is the item's own: what a sealed item of the same source is called does not show here.
    """
    ids = [row.item.id for row in rows]
    running = desk.leases(session, ids, now=clock.now())
    people = [row.item.assignee_id for row in rows]
    people += [person for lease in running.values() for person in (lease.holder_id, lease.asked_by)]
    facts = _Facts(
        sources=items.sources(session, [row.item.source_id for row in rows if row.item.source_id]),
        endings=lines.outcomes(session, ids),
        called=lines.called(session, ids),
        supplied=lines.supplied_names(session, ids),
        durations=lines.durations(session, ids),
        stills=lines.stills(session, ids),
        said=lines.said(session, ids),
        records=lines.record_pids(session, ids),
        leases=running,
        held=holds.held_items(session, ids),
        names=desk.names(session, people),
    )
    return [_line(actor, row, facts) for row in rows]


def item_line(session: Session, actor: Actor, item: Item) -> ItemLine:
    """The line of one item as it stands now."""
    return item_lines(session, actor, worklist.of(session, [item.id]))[0]


def titles(session: Session, item_ids: Collection[str]) -> dict[str, str | None]:
    """What each item is called in a list."""
    told, supplied = lines.called(session, item_ids), lines.supplied_names(session, item_ids)
    return {item: _title(told.get(item), supplied.get(item)) for item in item_ids}


def content_address(item: Item, sha256: str) -> str:
    """Where an item's bytes with this digest are."""
    return f"/api/v1/items/{item.id}/files/{sha256}/content"


def _line(actor: Actor, row: Queued, facts: _Facts) -> ItemLine:
    item = row.item
    source = facts.sources.get(item.source_id or "")
    called = facts.called.get(item.id)
    ending = facts.endings.get(item.id)
    still = facts.stills.get(item.id)
    lease = facts.leases.get(item.id)
    counted = facts.said.get(item.id, {})
    return ItemLine(
        item=item.id,
        project=item.project_id,
        workflow=Workflow(item.workflow),
        sensitivity=Sensitivity(item.sensitivity),
        version=item.version,
        source=source.canonical_url if source else None,
        created_at=item.created_at,
        title=_title(called, facts.supplied.get(item.id)),
        platform=label(called.platform if called else None, 80),
        account=label(called.account if called else None, 120),
        published_at=_moment(called.timestamp if called else None),
        duration_s=facts.durations.get(item.id) or _seconds(called.duration if called else None),
        outcome=Outcome(ending.outcome) if ending else None,
        sentence=label(ending.sentence if ending else None, 500),
        supplied=ending.supplied if ending else False,
        assignee=Somebody(id=item.assignee_id, name=facts.names[item.assignee_id]) if item.assignee_id else None,
        lease=lease_named(actor, lease, facts.names) if lease else None,
        still=_still(item, still) if still else None,
        kinds=Kinds(**{kind.value: counted.get(kind.value, 0) for kind in AssertionKind}),
        record=facts.records.get(item.id),
        held=item.id in facts.held,
        erased_at=item.erased_at,
        changed_at=row.changed_at,
    )


def _title(called: Called | None, supplied: str | None) -> str | None:
    return label(called.title if called else None) or label(supplied)


def _still(item: Item, still: Still) -> StillShown:
    return StillShown(
        sketch=content_address(item, still.sketch) if still.sketch else None,
        blur=content_address(item, still.blur) if still.blur else None,
        clear=content_address(item, still.clear),
        tile=StillTile(**asdict(still.tile)) if still.tile else None,
    )


def _seconds(text: str | None) -> float | None:
    """A number as a platform wrote it, or None for what is none."""
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if 0 < number < _LAST_SECOND else None


def _moment(text: str | None) -> datetime | None:
    """Unix time as a platform wrote it, or None for what names no moment."""
    seconds = _seconds(text)
    return datetime.fromtimestamp(seconds, UTC) if seconds is not None else None
