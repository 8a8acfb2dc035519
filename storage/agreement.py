"""Looks whether every row says what its event says, and whether any row has no event at all."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from storage.db import events, rows
from storage.db.session import transaction
from storage.db.tables import Event
from storage.domain.told import Line, Told, rows_told
from storage.integrity import secret
from storage.log.inspection import Flaw

_PAGE = 500
# The database sets some times by itself, at the beginning of a transaction; its event is written towards the end.
NEAR = timedelta(minutes=10)
_NEAR = frozenset({"received_at", "made_at"})

Key = tuple[str, tuple[Any, ...]]


def check_rows(engine: Engine) -> Iterator[Flaw]:
    """Every row that says something else than its event, is missing, or stands without an event.

    Looked at: submissions, files, captures, step runs, what items hold, assertions, records, units, places, addresses
    of sources, legal holds, erasures, time stamps, and where items stand. Times the database set by itself may lie
    `NEAR` their event's. Not looked at: people, keys, what records are found by (drawn from the record's body), names a
    platform gave a source.
    """
    with transaction(engine) as session:
        # One moment for all of it: what is written meanwhile is neither missing nor without its event.
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        known: dict[str, set[tuple[Any, ...]]] = defaultdict(set)
        moved: dict[Key, dict[str, Any]] = defaultdict(dict)
        after: int | None = 0
        while after is not None:
            page = events.all_after(session, after, limit=_PAGE)
            after = page[-1].seq if len(page) == _PAGE else None
            yield from _page_flaws(session, page, known, moved)
        yield from _moved_flaws(session, moved)
        yield from _unexplained(session, known)


def _page_flaws(
    session: Session, page: Sequence[Event], known: dict[str, set[tuple[Any, ...]]], moved: dict[Key, dict[str, Any]]
) -> Iterator[Flaw]:
    """What is wrong with the rows these events tell of; `known` and `moved` take down what they tell."""
    told: list[Told] = []
    for event in page:
        line = _line(event)
        yield from _own_flaws(event, line)
        told.extend(_told(line))
    stands = _stands(session, [one for one in told if not one.moved])
    for one in told:
        known[one.table].add(one.key)
        if one.moved:
            moved[one.table, one.key].update(one.values)
        else:
            yield from _compared(one.table, one.key, one.values, stands.get((one.table, one.key)))


def _line(event: Event) -> Line:
    try:
        body = json.loads(event.body)
    except ValueError:
        body = {}
    return Line(event.id, event.item_id, event.at, body if isinstance(body, dict) else {})


def _own_flaws(event: Event, line: Line) -> Iterator[Flaw]:
    """An event's columns repeat its text."""
    told = {name: line.body.get(name) for name in ("id", "type", "item", "previous")}
    at = line.body.get("at")
    stands = {"id": event.id, "type": event.type, "item": event.item_id, "previous": event.previous}
    yield from _compared("event", (event.id,), told, stands)
    if not isinstance(at, str) or datetime.fromisoformat(at) != event.at:
        yield Flaw(event.id, f"its row says that it happened at {event.at}, its text {at}")


def _told(line: Line) -> list[Told]:
    try:
        return list(rows_told(line))
    except (KeyError, IndexError, TypeError, ValueError):
        # Its text was changed: that its digest is another says the look at the chains.
        return []


def _stands(session: Session, told: list[Told]) -> dict[Key, dict[str, Any]]:
    keys: dict[str, set[tuple[Any, ...]]] = defaultdict(set)
    for one in told:
        keys[one.table].add(one.key)
    return {
        (table, key): row for table, wanted in keys.items() for key, row in rows.rows(session, table, wanted).items()
    }


def _compared(
    table: str, key: tuple[Any, ...], told: Mapping[str, Any], row: Mapping[str, Any] | None
) -> Iterator[Flaw]:
    subject = f"{table} {' '.join(map(str, key))}"
    if row is None:
        yield Flaw(subject, "its event tells of this row, and it is missing")
        return
    for name, value in told.items():
        if name == "note_commitment":
            yield from _note_flaws(subject, value, row)
        elif name in _NEAR:
            if abs(row[name] - value) > NEAR:
                yield Flaw(subject, f"{name} is {row[name]}, and its event was written at {value}")
        elif row[name] != value:
            yield Flaw(subject, f"{name} is {_short(row[name])}, and its event says {_short(value)}")


def _note_flaws(subject: str, told: str | None, row: Mapping[str, Any]) -> Iterator[Flaw]:
    """A note is only committed to: its salt opens the commitment."""
    note, salt = row["note"], row["note_salt"]
    try:
        stands = secret.commitment(salt, note) if note and salt else None
    except ValueError:
        stands = "no commitment at all"
    if stands != told or bool(note) != bool(salt):
        yield Flaw(subject, "note or its salt is not what its event has committed to")


def _moved_flaws(session: Session, moved: Mapping[Key, Mapping[str, Any]]) -> Iterator[Flaw]:
    """Where items stand is what the last event that moved each of them says."""
    keys = sorted(moved)
    for first in range(0, len(keys), _PAGE):
        batch = keys[first : first + _PAGE]
        stands = rows.rows(session, "item", [key for _, key in batch])
        for table, key in batch:
            yield from _compared(table, key, moved[table, key], stands.get(key))


def _unexplained(session: Session, known: Mapping[str, set[tuple[Any, ...]]]) -> Iterator[Flaw]:
    for table in (*rows.TABLES, rows.HOLDING):
        if table == "source_address":
            # Learned from captures too.
            continue
        for key in rows.keys_of(session, table):
            if key not in known.get(table, ()):
                yield Flaw(f"{table} {' '.join(map(str, key))}", "no event tells of this row")


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
