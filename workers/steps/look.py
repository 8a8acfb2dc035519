"""A look at a source again: whether the post is still there, without fetching it a second time."""

from collections.abc import Sequence
from dataclasses import dataclass

from storage.errors import Rejected
from workers.sources import again
from workers.step import Context, Product

SIGHTING = "sighting"


@dataclass(frozen=True, slots=True)
class Look:
    """Asks under a ticket, in a box, for the page alone. Raises: Unavailable, Throttled while the site is not there."""

    name: str = "look"
    version: str = "1"
    needs: frozenset[str] = frozenset()
    makes: frozenset[str] = frozenset({SIGHTING})
    queue: str = "fetch"

    def run(self, context: Context) -> Sequence[Product]:
        """One `sighting`: the outcome a capture would have, and its sentence."""
        try:
            told = again.look(context)
        except Rejected as refused:
            told = {"outcome": refused.code, "sentence": str(refused)}
        return [Product(SIGHTING, payload=told)]


LOOK = Look()
