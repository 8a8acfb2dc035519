"""The first step of every item: one attempt to bring in what was asked for, by the first source that claims it."""

from collections.abc import Sequence
from dataclasses import dataclass

from workers.sources import SOURCES
from workers.step import Context, Product

ATTEMPT = "attempt"
"""The kind under which the attempt's own record travels beside the products; it is written as the capture's row."""


@dataclass(frozen=True, slots=True)
class Capture:
    """Fetches under a ticket, in a box. Raises: as `Source.fetch` does."""

    name: str = "capture"
    version: str = "1"
    needs: frozenset[str] = frozenset()
    makes: frozenset[str] = frozenset(
        {
            *("original", "merged", "fragments", "info_json", "info_json_scrubbed", "thumbnail", "page"),
            *("connections", "post", "photo", "supplied", ATTEMPT),
        }
    )
    queue: str = "fetch"

    def run(self, context: Context) -> Sequence[Product]:
        """The originals, what came with them, and one `attempt` product: outcome, sentence, tool, identity, record."""
        source = next(source for source in SOURCES if source.claims(context.request))
        fetched = source.fetch(context)
        told = {
            "outcome": fetched.outcome.value,
            "sentence": fetched.sentence,
            "source": source.name,
            "tool": fetched.tool,
            "tool_version": fetched.tool_version,
            "identity": dict(fetched.identity),
            "collection": dict(fetched.collection),
        }
        return [*fetched.products, Product(ATTEMPT, payload=told)]


CAPTURE = Capture()
