"""Which other items show the same: compares an original's fingerprints with those of what may be alike."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from storage.domain.matches import COMPARISON, MATCH
from storage.integrity.digest import Digest
from workers import findings
from workers.comparing import compare
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
    makes: frozenset[str] = frozenset({MATCH, COMPARISON})
    queue: str = "media"

    def run(self, context: Context) -> Sequence[Product]:
        """One `match` product for each original of another item that is the same, overlaps, or shows the same scene.

        One of relation `none` takes back a match that was told of before and is found no more. One `comparison` for
        each original says with how many it was compared; its file, where there is one, lists the marks of those that
        are left when the turn is over, for the turn that is owed then. All originals share the time of one analysis.

        Raises: Implausible for fingerprints that are none.
        """
        kept = [made.digest for made in context.needed("fingerprints") if made.digest is not None]
        lasts_s = context.sandbox.limits.wall_s / max(1, len(kept))
        return [product for digest in kept for product in _compared(context, digest, lasts_s)]


def _compared(context: Context, prints: Digest, lasts_s: float) -> Iterator[Product]:
    own = _read(context, prints)
    turn = compare(context, MATCH, own, lasts_s)
    yield from turn.found
    told = {"version": matching.VERSION, **turn.compared.model_dump()}
    payload = findings.payload(Digest(bytes.fromhex(own.header.original)), told)
    path = None
    if turn.left:
        path = context.scratch / f"left-{own.header.original}.json"
        path.write_text(json.dumps({"left": [other.mark for other in turn.left]}))
    yield Product(COMPARISON, path=path, payload=payload)


def _read(context: Context, digest: Digest) -> Prints:
    with context.open_local(digest).open("rb") as file:
        return decode(file.read(LIMIT_BYTES + 1))
