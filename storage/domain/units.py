"""A military unit as the register describes it: its names over time, its place in the order, and where that is from."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from storage.domain.fields import Line, Paragraph
from storage.domain.registered import RegisteredName, folded_names


class Echelon(StrEnum):
    """How large a unit is, in the words of MIL-STD-2525."""

    TEAM = "team"
    SQUAD = "squad"
    SECTION = "section"
    PLATOON = "platoon"
    COMPANY = "company"
    BATTALION = "battalion"
    REGIMENT = "regiment"
    BRIGADE = "brigade"
    DIVISION = "division"
    CORPS = "corps"
    ARMY = "army"
    ARMY_GROUP = "army_group"
    REGION = "region"
    COMMAND = "command"


class UnitDescription(BaseModel):
    """All that is said of a unit at one time; each change is a new version of the whole."""

    model_config = ConfigDict(extra="forbid", frozen=True, serialize_by_alias=True)

    name: Line
    names: Annotated[list[RegisteredName], Field(max_length=100)] = Field(default_factory=list)
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2")] | None = None
    parent: Annotated[str, Field(pattern=r"^unt_[0-9a-z]{26}$")] | None = Field(
        None, description="the unit it is subordinate to"
    )
    sidc: (
        Annotated[
            str,
            Field(
                pattern=r"^([0-9]{20}|[A-Z][A-Z*-][A-Z*-][A-Z*-][A-Z0-9*-]{11})$",
                description="symbol code of MIL-STD-2525 or APP-6: 20 digits, or 15 letters",
            ),
        ]
        | None
    ) = None
    echelon: Echelon | None = None
    military_number: Line | None = Field(None, description="the number it goes by in the post, such as 95383")
    garrison: Line | None = None
    note: Paragraph | None = None
    sources: Annotated[list[Line], Field(max_length=50)] = Field(default_factory=list)


def folded(unit: UnitDescription) -> str:
    """What a unit is found by: every name it has or had, and its number."""
    number = [unit.military_number] if unit.military_number else []
    return folded_names([unit.name, *(one.name for one in unit.names), *number])


def makes_circle(unit_id: str, parent: str | None, parents: Mapping[str, str | None]) -> bool:
    """Whether `unit_id` under `parent` would be above itself; `parents` says who stands above whom now."""
    met: set[str] = set()
    above = parent
    while above is not None and above not in met:
        if above == unit_id:
            return True
        met.add(above)
        above = parents.get(above)
    return False


def names_of(body: Mapping[str, Any]) -> list[str]:
    """Every name of a unit as its body is kept, the present one first, none twice."""
    return list(dict.fromkeys([body["name"], *(one["name"] for one in body["names"])]))
