"""The verifier that goes with every package: one HTML file that opens from a disk and asks nobody."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from storage.integrity.digest import Digest

NAME = "verifier.html"
_ROOT = Path(__file__).parents[2]
# In an installed package, and in a checkout.
_PLACES = (_ROOT / "api" / "ui" / NAME, _ROOT / "frontend" / "dist" / NAME)


@dataclass(frozen=True, slots=True)
class Verifier:
    """The file, and the digest that whoever opens it compares first."""

    page: bytes
    digest: Digest


@cache
def verifier() -> Verifier | None:
    """The verifier this installation ships; None where its pages have not been built."""
    for place in _PLACES:
        if place.is_file():
            page = place.read_bytes()
            return Verifier(page, Digest.of(page))
    return None
