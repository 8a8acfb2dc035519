"""Others' originals, as far as looking for copies goes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from storage.domain.matches import Compared
from workers.copies.prints import Prints


@dataclass(frozen=True, slots=True)
class Known:
    """An original of another item: `original` is its SHA-256, `prints` reads its fingerprints, or None.

    `mark` names it to a later turn of the same search, and says nothing to who does not know it.
    `is_told`: a match with it was told of before; where nothing is found any more, that is told too.
    """

    item: str
    original: str
    mark: str
    prints: Callable[[], Prints | None]
    is_told: bool = False


@dataclass(frozen=True, slots=True)
class Relatives:
    """Whom to compare an original with, the likeliest first; and how far earlier turns of the same search came."""

    known: Sequence[Known] = ()
    before: Compared = field(default_factory=Compared)
