"""The boundary policy as the build reads it: each disputed place, how it is stated, and what that does to the map."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

Box = tuple[float, float, float, float]
EVERYWHERE: Box = (-180.0, -90.0, 180.0, 90.0)


@dataclass(frozen=True, slots=True)
class Move:
    """The area around `at` (longitude, latitude) goes from one country to another, which the gazetteer calls `code`."""

    at: tuple[float, float]
    source: str
    target: str
    code: str


@dataclass(frozen=True, slots=True)
class Line:
    """The border between two countries is disputed within a box: west, south, east, north."""

    between: frozenset[str]
    box: Box


@dataclass(frozen=True, slots=True)
class Check:
    """A point (longitude, latitude) that must lie in a country."""

    lon: float
    lat: float
    country: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One row of the policy."""

    place: str
    stated_as: str
    reason: str
    move: Move | None
    lines: tuple[Line, ...]
    area: tuple[Box, ...]
    inside: tuple[Check, ...]
    code: tuple[str, str] | None


def read(path: Path) -> list[Statement]:
    """Every row. Raises: KeyError or TypeError for a row that lacks what it must have."""
    return [_statement(row) for row in tomllib.loads(path.read_text(encoding="utf-8"))["place"]]


def _statement(row: dict) -> Statement:
    known = {"place", "stated_as", "reason", "move", "lines", "area", "inside", "code"}
    if unknown := row.keys() - known:
        raise TypeError(f"{row.get('place')}: the policy has no {', '.join(sorted(unknown))}")
    move, code = row.get("move"), row.get("code")
    return Statement(
        place=row["place"],
        stated_as=row["stated_as"],
        reason=row["reason"],
        move=Move(tuple(move["at"]), move["from"], move["to"], move["code"]) if move else None,
        lines=tuple(
            Line(frozenset(line["between"]), tuple(line.get("box", EVERYWHERE))) for line in row.get("lines", ())
        ),
        area=tuple(tuple(box) for box in row.get("area", ())),
        inside=tuple(Check(*check) for check in row.get("inside", ())),
        code=(code["area"], code["is"]) if code else None,
    )
