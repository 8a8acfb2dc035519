"""A place as the register describes it: a circle on the Earth that items are compared with, and its names over time."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from storage.domain.assertions import FARTHEST_RADIUS_M
from storage.domain.fields import Line, Number, Paragraph
from storage.domain.registered import RegisteredName, folded_names


class PlaceDescription(BaseModel):
    """All that is said of a place at one time: WGS 84 degrees, metres; each change is a new version of the whole."""

    model_config = ConfigDict(extra="forbid", frozen=True, serialize_by_alias=True)

    name: Line
    names: Annotated[list[RegisteredName], Field(max_length=100)] = Field(default_factory=list)
    lat: Annotated[Number, Field(ge=-90, le=90)]
    lon: Annotated[Number, Field(ge=-180, le=180)]
    radius_m: Annotated[Number, Field(gt=0, le=FARTHEST_RADIUS_M)]
    kind: Line | None = Field(None, description="what is there: barracks, school, bridge")
    note: Paragraph | None = None


def folded(place: PlaceDescription) -> str:
    """What a place is found by: every name it has or had."""
    return folded_names([place.name, *(one.name for one in place.names)])
