"""Puts what `make setup` has built, the pages and the map, into the wheel; an editable install finds both in place."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_BUILT = {"frontend/dist": "api/ui", "frontend/basemap/build": "api/map_files"}


class BuiltFiles(BuildHookInterface):  # type: ignore[type-arg]  # hatchling ships no types for its configuration
    """Adds the built folders that are there; without them the archive serves its API, and says what is missing."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "standard":
            there = {folder: inside for folder, inside in _BUILT.items() if (Path(self.root) / folder).is_dir()}
            build_data["force_include"].update(there)
