"""Another item's original, as far as looking for copies goes."""

from collections.abc import Callable
from dataclasses import dataclass

from workers.copies.prints import Prints


@dataclass(frozen=True, slots=True)
class Known:
    """An original of another item: `original` is its SHA-256, `prints` reads its fingerprints, or None.

    `is_told`: a match with it was told of before; where nothing is found any more, that is told too.
    """

    item: str
    original: str
    prints: Callable[[], Prints | None]
    is_told: bool = False
