"""Which other items show the same: compares an original's fingerprints with those of what may be alike."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from storage.domain.matches import MATCH, Relation
from storage.integrity.digest import Digest
from workers import findings
from workers.copies import matching
from workers.copies.prints import LIMIT_BYTES, Prints, decode
from workers.step import Context, Made, Product


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
        return [product for made in context.needed("fingerprints") for product in _matches(context, made)]


def _matches(context: Context, made: Made) -> Iterator[Product]:
    if made.digest is None:
        return
    own = _read(context, made.digest)
    known = context.relatives(own)
    for number, other in enumerate(known):
        context.report({"progress": number / len(known)})
        theirs = other.prints()
        found = matching.match(own, theirs) if theirs is not None else None
        if found is not None and (found.relation is not Relation.NONE or other.is_told):
            about = {"other_item": other.item, "other_original": other.original, "version": matching.VERSION}
            told = findings.payload(Digest.parse(made.payload["original"]), about | found.model_dump(mode="json"))
            yield Product(MATCH, payload=told)


def _read(context: Context, digest: Digest) -> Prints:
    with context.open_local(digest).open("rb") as file:
        return decode(file.read(LIMIT_BYTES + 1))
