"""Which other items show the same: compares an original's fingerprints with those of what may be alike."""

from collections.abc import Sequence
from dataclasses import dataclass

from storage.domain.matches import MATCH
from storage.integrity.digest import Digest
from workers.comparing import compared
from workers.copies import matching
from workers.copies.prints import LIMIT_BYTES, Prints, decode
from workers.step import Context, Product


@dataclass(frozen=True, slots=True)
class Matching:
    """Reads fingerprints, never pictures; whom to compare with is for the context to say.

    What is found is a computation: reviewers confirm or reject it.
    """

    name: str = "match"
    version: str = matching.VERSION
    needs: frozenset[str] = frozenset({"fingerprints"})
    makes: frozenset[str] = frozenset({MATCH})
    queue: str = "media"

    def run(self, context: Context) -> Sequence[Product]:
        """One `match` product for each original of another item that is the same, overlaps, or shows the same scene.

        One of relation `none` takes back a match that was told of before and is found no more.

        Raises: Implausible for fingerprints that are none.
        """
        kept = [made.digest for made in context.needed("fingerprints") if made.digest is not None]
        return [product for digest in kept for product in compared(context, MATCH, _read(context, digest))]


def _read(context: Context, digest: Digest) -> Prints:
    with context.open_local(digest).open("rb") as file:
        return decode(file.read(LIMIT_BYTES + 1))
