"""What kind of file each original is: container, streams, rotation, rate, every presentation time."""

from collections.abc import Sequence
from dataclasses import dataclass

from workers.decoding import decode
from workers.step import Context, Product

# What the payload repeats of the probe's document; all of it, with every presentation time, is in the file.
_SHOWN = ("file", "streams", "notes", "versions")


@dataclass(frozen=True, slots=True)
class Probe:
    """Reads packets and decodes nothing. Raises: Rejected for what is no media or beyond the limits."""

    name: str = "probe"
    version: str = "1"
    needs: frozenset[str] = frozenset({"original"})
    makes: frozenset[str] = frozenset({"probe"})
    queue: str = "media"

    def run(self, context: Context) -> Sequence[Product]:
        """One `probe` product per original: a JSON file, and in the payload what a person asks first."""
        products = []
        for number, original in enumerate(context.needed("original")):
            if original.digest is None:
                continue
            path = context.open_local(original.digest)
            folder, document = decode(context, path, "probe.json", "--probe")
            kept = (folder / "probe.json").rename(context.scratch / f"probe-{number}.json")
            folder.rmdir()
            shown = {name: document[name] for name in _SHOWN}
            products.append(Product("probe", path=kept, payload={"original": original.digest.hex, **shown}))
        return products
