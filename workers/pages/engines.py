"""Which engines this machine can look at a kept page with, and which of them looks."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from workers.pages import chromium, firefox


class Engine(StrEnum):
    """An engine, as it begins its own name."""

    CHROMIUM = "Chromium"
    FIREFOX = "Firefox"


@dataclass(frozen=True, slots=True)
class Eyes:
    """An engine, and its program on this machine."""

    engine: Engine
    program: Path


def in_order(wrote: str) -> list[Eyes]:
    """What there is to look with: another engine than `wrote` the archive before the same.

    `wrote`: name and version, as the capture told them.
    """
    found = ((Engine.FIREFOX, firefox.find()), (Engine.CHROMIUM, chromium.find()))
    here = [Eyes(engine, program) for engine, program in found if program]
    return sorted(here, key=lambda eyes: is_same(eyes.engine, wrote))


def is_same(one: str, other: str) -> bool:
    """Whether two names with versions are of one engine."""
    return one.partition(" ")[0] == other.partition(" ")[0]


def outside(program: Path) -> list[Path]:
    """What of the machine a box must be shown beside /usr for `program` to run there."""
    return [] if program.is_relative_to("/usr") else [program.parent]
