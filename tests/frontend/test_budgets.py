"""What a browser has to download stays small: before the first page, for the map, for the symbols."""

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

DIST = Path(__file__).parents[2] / "frontend" / "dist"


@cache
def manifest() -> dict[str, dict[str, Any]]:
    """Vite's own account of which file needs which."""
    assert (DIST / "index.html").exists(), "`make setup` builds the UI"
    return dict(json.loads((DIST / ".vite" / "manifest.json").read_text()))


def needed(*names: str) -> set[str]:
    """The files that come with these chunks, those they import at once included."""
    chunks: set[str] = set()
    left = list(names)
    while left:
        name = left.pop()
        if name not in chunks:
            chunks.add(name)
            left += manifest()[name].get("imports", [])
    files = {manifest()[name]["file"] for name in chunks}
    return files | {css for name in chunks for css in manifest()[name].get("css", [])}


def kilobytes(files: set[str], ending: str) -> float:
    return sum(len(gzip.compress((DIST / file).read_bytes(), 9)) for file in files if file.endswith(ending)) / 1000


def chunk(part: str) -> str:
    """The one chunk whose source or name ends with `part`."""
    (found,) = [name for name, made in manifest().items() if name.endswith(part) or made.get("name") == part]
    return found


@pytest.fixture(scope="module")
def first_load() -> set[str]:
    """What every page needs: the entry, and one language's words."""
    return needed("index.html") | {manifest()[chunk("words-en")]["file"]}


def test_the_first_load_is_small(first_load: set[str]) -> None:
    assert kilobytes(first_load, ".js") <= 220
    assert kilobytes(first_load, ".css") <= 45


def test_the_map_comes_when_it_is_needed_and_is_small(first_load: set[str]) -> None:
    map_files = needed(chunk("shared/map/map-view.tsx")) - first_load
    assert 100 < kilobytes(map_files, ".js") <= 350


def test_the_symbols_come_when_they_are_needed_and_are_small(first_load: set[str]) -> None:
    assert 100 < kilobytes(needed(chunk("shared/symbol/drawing.ts")) - first_load, ".js") <= 210


def test_nothing_that_is_built_names_another_site() -> None:
    for file in DIST.rglob("*.html"):
        text = file.read_text()
        assert "http://" not in text, file
        assert "https://" not in text, file
    for file in DIST.rglob("*.css"):
        for address in file.read_text().split("url(")[1:]:
            assert address.lstrip("'\"").startswith(("/assets/", "data:", "#")), (file, address[:80])
