"""The registers of units and of places: each description is a new version, and none is ever edited."""

from storage.db import registers
from storage.db.tables import PlaceVersion, UnitVersion
from storage.deeds.base import Deed
from storage.domain import permissions, places, units
from storage.domain.ids import PlaceId, UnitId, new_id
from storage.domain.places import PlaceDescription
from storage.domain.units import UnitDescription
from storage.domain.vocab import EventType
from storage.errors import InvalidValue, NotFound, Stale


class Registers(Deed):
    """Describing units and places, and describing them better."""

    __slots__ = ()

    def add_unit(self, said: UnitDescription) -> UnitVersion:
        """Enter a unit. Raises: NotAllowed, InvalidValue for a parent that is not there."""
        self._begin("describe units")
        return self._write_unit(new_id(UnitId), 1, said)

    def describe_unit(self, unit_id: str, said: UnitDescription, *, expected: int) -> UnitVersion:
        """Describe a unit anew; `expected` is the version the writer saw.

        Raises: NotAllowed, NotFound, Stale, InvalidValue for a parent that is not there or stands below the unit.
        """
        self._begin("describe units")
        known = registers.unit(self.session, unit_id)
        if known is None:
            raise NotFound("there is no such unit")
        if known.version != expected:
            raise _stale("unit", expected, known.version)
        return self._write_unit(unit_id, known.version + 1, said)

    def add_place(self, said: PlaceDescription) -> PlaceVersion:
        """Enter a place. Raises: NotAllowed."""
        self._begin("describe places")
        return self._write_place(new_id(PlaceId), 1, said)

    def describe_place(self, place_id: str, said: PlaceDescription, *, expected: int) -> PlaceVersion:
        """Describe a place anew; `expected` is the version the writer saw. Raises: NotAllowed, NotFound, Stale."""
        self._begin("describe places")
        known = registers.place(self.session, place_id)
        if known is None:
            raise NotFound("there is no such place")
        if known.version != expected:
            raise _stale("place", expected, known.version)
        return self._write_place(place_id, known.version + 1, said)

    def _begin(self, deed: str) -> None:
        self._require(permitted=permissions.may_describe(self.actor), deed=deed)
        registers.lock(self.session)

    def _write_unit(self, unit_id: str, version: int, said: UnitDescription) -> UnitVersion:
        if said.parent is not None:
            parents = registers.parents(self.session)
            if said.parent not in parents:
                raise InvalidValue(f"there is no unit {said.parent} to be subordinate to")
            if units.makes_circle(unit_id, said.parent, parents):
                raise InvalidValue(f"{said.parent} stands below this unit, and cannot stand above it too")
        row = UnitVersion(
            unit_id=unit_id,
            version=version,
            author_id=self.actor.id,
            body=said.model_dump(mode="json"),
            folded=units.folded(said),
        )
        registers.add(self.session, row)
        detail = {"unit": unit_id, "version": version, "author": row.author_id, "body": row.body}
        self._ledger.record(EventType.UNIT, item_id=None, detail=detail)
        return row

    def _write_place(self, place_id: str, version: int, said: PlaceDescription) -> PlaceVersion:
        row = PlaceVersion(
            place_id=place_id,
            version=version,
            author_id=self.actor.id,
            body=said.model_dump(mode="json"),
            folded=places.folded(said),
            lat=said.lat,
            lon=said.lon,
        )
        registers.add(self.session, row)
        detail = {"place": place_id, "version": version, "author": row.author_id, "body": row.body}
        self._ledger.record(EventType.PLACE, item_id=None, detail=detail)
        return row


def _stale(kind: str, expected: int, found: int) -> Stale:
    return Stale(f"this {kind} has been described anew since you read it: you saw version {expected}, this is {found}")
