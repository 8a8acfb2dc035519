"""What a map is drawn from: the built map's folder, and an operator's own layers, files of tiles on this machine."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from storage.domain.fields import Line
from storage.domain.vocab import Role

DEEPEST_ZOOM = 24


class LayerKind(StrEnum):
    """What a layer is made of."""

    PMTILES = "pmtiles"
    RASTER = "raster"


class MapLayer(BaseModel):
    """One layer, as the operator writes it into the setting."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
    name: Line
    kind: LayerKind = LayerKind.PMTILES
    path: Path
    attribution: Line
    min_zoom: Annotated[int, Field(ge=0, le=DEEPEST_ZOOM)] = 0
    max_zoom: Annotated[int, Field(ge=0, le=DEEPEST_ZOOM)] = 14
    min_role: Role = Role.REVIEWER

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.kind is not LayerKind.PMTILES:
            raise ValueError(
                f"the layer {self.id} is fetched from outside, and this archive asks nobody for maps: "
                "give it a PMTiles file on this machine"
            )
        if not self.path.is_absolute():
            raise ValueError(f"the layer {self.id} names its file from the root, such as /srv/maps/{self.path.name}")
        if self.min_zoom > self.max_zoom:
            raise ValueError(f"the layer {self.id} starts at zoom {self.min_zoom} and ends before, at {self.max_zoom}")
        return self


@dataclass(frozen=True, slots=True)
class MapFiles:
    """The folder of the built map, and the operator's own layers."""

    folder: Path
    layers: Sequence[MapLayer] = ()
