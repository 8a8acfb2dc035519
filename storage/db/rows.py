"""Rows as they stand, by their keys, whatever they say: for comparing them with what the events tell."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import inspect, select, tuple_
from sqlalchemy.orm import Session

from storage.db.cipher_tables import Enciphered
from storage.db.erasure_tables import ErasedFile, Erasure, ErasureAnswer, ErasureDone
from storage.db.hold_tables import Hold, HoldRelease
from storage.db.match_tables import MatchDecided
from storage.db.outside_tables import TimeStamp
from storage.db.tables import (
    Assertion,
    Base,
    Capture,
    File,
    Holding,
    Item,
    PlaceVersion,
    Record,
    SourceAddress,
    StepRun,
    Submission,
    UnitVersion,
)

_TABLES: tuple[type[Base], ...] = (
    *(Submission, File, Capture, StepRun, Assertion, Record),
    *(UnitVersion, PlaceVersion, Item, SourceAddress, TimeStamp),
    *(Hold, HoldRelease, Erasure, ErasureAnswer, ErasedFile, ErasureDone, Enciphered, MatchDecided),
)
TABLES: Mapping[str, type[Base]] = {table.__tablename__: table for table in _TABLES}
# What an item holds has a key of its own making: its events tell of all that one step brought, in order.
_HELD = (Holding.item_id, Holding.capture_id, Holding.step, Holding.step_key)
HOLDING = Holding.__tablename__
_HELD_COLUMNS = ("role", "kind", "media_type", "sha256", "payload", "sealed")


def rows(session: Session, table: str, keys: Collection[tuple[Any, ...]]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The rows under these keys: key and columns; what is not there is left out."""
    if table == HOLDING:
        return _held(session, keys)
    mapped = TABLES[table]
    primary = inspect(mapped).primary_key
    found = session.scalars(select(mapped).where(tuple_(*primary).in_(list(keys))))
    names = [column.key for column in inspect(mapped).column_attrs]
    told = ({name: getattr(row, name) for name in names} for row in found)
    return {tuple(row[column.name] for column in primary): row for row in told}


def keys_of(session: Session, table: str) -> Iterator[tuple[Any, ...]]:
    """Every key there is."""
    columns = _HELD if table == HOLDING else inspect(TABLES[table]).primary_key
    asked = select(*columns).distinct().execution_options(yield_per=10_000)
    yield from (tuple(row) for row in session.execute(asked))


def _held(session: Session, keys: Collection[tuple[Any, ...]]) -> dict[tuple[Any, ...], dict[str, Any]]:
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    wanted = select(Holding).where(tuple_(*_HELD).in_(list(keys))).order_by(Holding.id)
    for row in session.scalars(wanted):
        key = (row.item_id, row.capture_id, row.step, row.step_key)
        values = found.setdefault(key, {"held": []})
        values["held"].append({name: getattr(row, name) for name in _HELD_COLUMNS})
    return found
