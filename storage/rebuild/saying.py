"""The rows of what people said and decided: of items, in the registers, in records."""

from datetime import datetime

from storage.db import records, registers
from storage.db.match_tables import MatchDecided
from storage.db.tables import Assertion, PlaceVersion, UnitVersion
from storage.domain import places, units
from storage.domain.places import PlaceDescription
from storage.domain.units import UnitDescription
from storage.domain.vocab import Sensitivity, Workflow
from storage.rebuild.history import Told
from storage.rebuild.rows import Rows


def sensitivity(rows: Rows, event: Told) -> None:
    """For whom an item is, from now on."""
    item = rows.item(event)
    item.sensitivity = Sensitivity(event.detail["to"]).value
    if item.sensitivity == Sensitivity.SEALED:
        published = records.newest_of_item(rows.session, item.id)
        item.sealed_through = published.version if published else 0
    item.version += 1


def assertion(rows: Rows, event: Told) -> None:
    """Something that was said of an item."""
    told = event.detail
    assertion = Assertion(
        id=told["assertion"],
        item_id=str(event.item),
        kind=told["kind"],
        author_id=told["author"],
        body=told["body"],
        supersedes=told["supersedes"],
    )
    assertion.made_at = event.written_at
    rows.session.add(assertion)
    rows.session.flush()


def match_decided(rows: Rows, event: Told) -> None:
    """What somebody decided of a match."""
    told = event.detail
    low, high = told["pair"]
    rows.session.add(
        MatchDecided(
            id=told["decided"],
            item_id=str(event.item),
            other_item_id=told["other_item"],
            low_sha256=low,
            high_sha256=high,
            decision=told["decision"],
            reason=told["reason"],
            author_id=told["author"],
            made_at=datetime.fromisoformat(told["made_at"]),
        )
    )
    rows.session.flush()


def publication(rows: Rows, event: Told) -> None:
    """A version of a record."""
    told = event.detail
    records.add(
        rows.session,
        pid=told["record"],
        version=told["version"],
        item_id=str(event.item),
        sensitivity=Sensitivity(told["sensitivity"]),
        body=told["body"],
        published_at=datetime.fromisoformat(told["body"]["published_at"]),
        published_by=event.agent,
    )
    item = rows.item(event)
    item.workflow = Workflow.PUBLISHED.value
    item.version += 1


def assignment(rows: Rows, event: Told) -> None:
    """That it moved counts; who has it does not come back, because nobody can log in until they are let in anew."""
    item = rows.item(event)
    item.version += 1
    if event.detail["to"] is None:
        rows.assigned.pop(item.id, None)
    else:
        rows.assigned[item.id] = event.detail["to"]


def workflow(rows: Rows, event: Told) -> None:
    """How far work on an item has come."""
    item = rows.item(event)
    item.workflow = Workflow(event.detail["to"]).value
    item.version += 1


def unit(rows: Rows, event: Told) -> None:
    """A version of a unit."""
    told = event.detail
    said = UnitDescription.model_validate(told["body"])
    row = UnitVersion(
        unit_id=told["unit"],
        version=told["version"],
        author_id=told["author"],
        body=told["body"],
        folded=units.folded(said),
    )
    row.made_at = event.written_at
    registers.add(rows.session, row)


def place(rows: Rows, event: Told) -> None:
    """A version of a place."""
    told = event.detail
    said = PlaceDescription.model_validate(told["body"])
    row = PlaceVersion(
        place_id=told["place"],
        version=told["version"],
        author_id=told["author"],
        body=told["body"],
        folded=places.folded(said),
        lat=said.lat,
        lon=said.lon,
    )
    row.made_at = event.written_at
    registers.add(rows.session, row)
