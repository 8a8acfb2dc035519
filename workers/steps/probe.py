"""What kind of file each original is: container, streams, rotation, rate, every presentation time."""

from collections.abc import Sequence
from dataclasses import dataclass

from storage.domain.steps import VERSIONS
from workers import findings
from workers.decoding import decode
from workers.step import Context, Product


@dataclass(frozen=True, slots=True)
class Probe:
    """Reads packets and decodes nothing. Raises: Rejected for what is no media or beyond the limits."""

    name: str = "probe"
    version: str = VERSIONS["probe"]
    needs: frozenset[str] = frozenset({"original"})
    makes: frozenset[str] = frozenset({"probe"})
    queue: str = "media"

    def run(self, context: Context) -> Sequence[Product]:
        """One `probe` product per original: a JSON file, and in the payload what a person asks first.

        Every presentation time is in the file alone.
        """
        products = []
        for original in context.needed("original"):
            if original.digest is None:
                continue
            folder = decode(context, context.open_local(original.digest), "--probe")
            said = findings.read(folder, "probe.json", findings.Probed)
            findings.check_file(said, original.digest)
            told = findings.payload(original.digest, said.model_dump())
            products.append(Product("probe", path=folder / "probe.json", payload=told))
        return products
