"""Rows of the registers of units and places: versions that are only added, of which the newest counts."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select, text
from sqlalchemy.orm import Session, aliased

from storage.db import statements
from storage.db.tables import Assertion, Item, PlaceVersion, UnitVersion
from storage.domain.vocab import AssertionKind

VERSIONS_TOLD = 100


def lock(session: Session) -> None:
    """Let one transaction at a time write the registers: a version follows one, and parents make no circle."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('registers', 0))"))


def add(session: Session, row: UnitVersion | PlaceVersion) -> None:
    """Add one version."""
    session.add(row)
    session.flush()


def unit(session: Session, unit_id: str) -> UnitVersion | None:
    """A unit as it is described now, or None."""
    return session.scalar(_units(UnitVersion.unit_id == unit_id))


def units(session: Session, unit_ids: Collection[str]) -> dict[str, UnitVersion]:
    """Units as they are described now, by id; unknown ids are left out."""
    return {row.unit_id: row for row in session.scalars(_units(UnitVersion.unit_id.in_(unit_ids)))}


def unit_versions(session: Session, unit_id: str) -> Sequence[UnitVersion]:
    """The newest versions of a unit, newest first."""
    wanted = select(UnitVersion).where(UnitVersion.unit_id == unit_id).order_by(UnitVersion.version.desc())
    return session.scalars(wanted.limit(VERSIONS_TOLD)).all()


def unit_page(session: Session, *, words: str | None, before: str | None, limit: int) -> Sequence[UnitVersion]:
    """Units newest first, past the id `before`, that have every folded word of `words`."""
    wanted = _units(*_having(UnitVersion.folded, words)).order_by(UnitVersion.unit_id.desc()).limit(limit)
    return session.scalars(wanted.where(UnitVersion.unit_id < before) if before else wanted).all()


def count_units(session: Session, *, words: str | None) -> int:
    """How many units have every folded word of `words`."""
    return _count(session, _units(*_having(UnitVersion.folded, words)))


def parents(session: Session) -> dict[str, str | None]:
    """Who stands above whom now, of all units."""
    newest = _units().with_only_columns(UnitVersion.unit_id, UnitVersion.body["parent"].astext)
    return {row[0]: row[1] for row in session.execute(newest)}


def place(session: Session, place_id: str) -> PlaceVersion | None:
    """A place as it is described now, or None."""
    return session.scalar(_places(PlaceVersion.place_id == place_id))


def place_versions(session: Session, place_id: str) -> Sequence[PlaceVersion]:
    """The newest versions of a place, newest first."""
    wanted = select(PlaceVersion).where(PlaceVersion.place_id == place_id).order_by(PlaceVersion.version.desc())
    return session.scalars(wanted.limit(VERSIONS_TOLD)).all()


def place_page(session: Session, *, words: str | None, before: str | None, limit: int) -> Sequence[PlaceVersion]:
    """Places newest first, past the id `before`, that have every folded word of `words`."""
    wanted = _places(*_having(PlaceVersion.folded, words)).order_by(PlaceVersion.place_id.desc()).limit(limit)
    return session.scalars(wanted.where(PlaceVersion.place_id < before) if before else wanted).all()


def count_places(session: Session, *, words: str | None) -> int:
    """How many places have every folded word of `words`."""
    return _count(session, _places(*_having(PlaceVersion.folded, words)))


def attributions(
    session: Session, unit_id: str, *, visible: Collection[str], before: str | None, limit: int
) -> Sequence[Assertion]:
    """What is now said of a unit about items of the sensitivities `visible`, newest first, past the id `before`."""
    wanted = _attributions(unit_id, visible).order_by(Assertion.id.desc()).limit(limit)
    return session.scalars(wanted.where(Assertion.id < before) if before else wanted).all()


def count_attributions(session: Session, unit_id: str, *, visible: Collection[str]) -> int:
    """How much is now said of a unit about items of the sensitivities `visible`."""
    return _count(session, _attributions(unit_id, visible))


def _attributions(unit_id: str, visible: Collection[str]) -> Select[Assertion]:
    return (
        select(Assertion)
        .join(Item, Item.id == Assertion.item_id)
        .where(
            Assertion.kind == AssertionKind.UNIT.value,
            Assertion.body["body"]["unit"].astext == unit_id,
            Item.sensitivity.in_(visible),
            statements.standing(),
        )
    )


def _units(*conditions: ColumnElement[bool]) -> Select[UnitVersion]:
    later = aliased(UnitVersion)
    newest = ~exists().where(later.unit_id == UnitVersion.unit_id, later.version > UnitVersion.version)
    return select(UnitVersion).where(newest, *conditions)


def _places(*conditions: ColumnElement[bool]) -> Select[PlaceVersion]:
    later = aliased(PlaceVersion)
    newest = ~exists().where(later.place_id == PlaceVersion.place_id, later.version > PlaceVersion.version)
    return select(PlaceVersion).where(newest, *conditions)


def _having(folded: Any, words: str | None) -> list[ColumnElement[bool]]:
    """Each word must begin a word of some name; a number must be one."""
    return [
        folded.contains(f" {word} " if word.isdigit() else f" {word}", autoescape=True)
        for word in (words or "").split()
    ]


def _count(session: Session, wanted: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
