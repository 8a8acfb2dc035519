"""Compares an original's fingerprints with those of other items that may show the same, for as long as a turn lasts."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

from storage.domain.matches import Compared, Relation
from storage.integrity.digest import Digest
from workers import findings
from workers.copies import matching
from workers.copies.known import Known
from workers.copies.prints import Prints
from workers.step import Context, Product

MOST_FOUND = 60
"""As many as one turn tells of: all of them stand in one event."""


class _OutOfTimeError(Exception):
    """The turn is over in the middle of a comparison."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What one turn found, how far the search has come by then, and who is left for another turn, likeliest first."""

    found: Sequence[Product]
    compared: Compared
    left: Sequence[Known]


def compare(context: Context, kind: str, own: Prints, lasts_s: float) -> Comparison:
    """One product of `kind` for each original of another item that is the same, overlaps, or shows the same scene.

    One of relation `none` says of a match that was told of before that it is found no more.
    Whom to compare with, and in which order, is for the context to say. Nobody is passed over: the turn ends after
    `lasts_s` seconds of comparing, or with so many found, and names who is left. One that takes a whole turn for
    itself is given up, else it would do so every time.
    What is found is a computation: reviewers confirm or reject it. Raises: LeaseLost.
    """
    asked = context.relatives(own)
    turn = _Turn(context, own, len(asked.known), monotonic() + lasts_s)
    found: list[Product] = []
    unreadable = given_up = reached = 0
    try:
        for other in asked.known:
            turn.go_on(reached)
            product, is_readable = _compared(turn, kind, other, reached)
            reached += 1
            unreadable += not is_readable
            found += [product] if product is not None else []
            if len(found) == MOST_FOUND:
                break
    except _OutOfTimeError:
        given_up = int(reached == 0)
    left = asked.known[reached + given_up :]
    before = asked.before
    compared = Compared(
        compared=before.compared + reached - unreadable,
        unreadable=before.unreadable + unreadable,
        given_up=before.given_up + given_up,
        left=len(left),
    )
    return Comparison(found, compared, left)


@dataclass(frozen=True, slots=True)
class _Turn:
    context: Context
    own: Prints
    count: int
    until: float

    def go_on(self, reached: int) -> None:
        """Say how far it is. Raises: LeaseLost, _OutOfTimeError."""
        self.context.report({"progress": reached / self.count})
        if monotonic() > self.until:
            raise _OutOfTimeError


def _compared(turn: _Turn, kind: str, other: Known, reached: int) -> tuple[Product | None, bool]:
    """What is to be told of another, and whether its fingerprints could be read."""
    theirs = other.prints()
    if theirs is None:
        return None, False
    found = matching.match(turn.own, theirs, lambda: turn.go_on(reached))
    if found.relation is Relation.NONE and not other.is_told:
        return None, True
    about = {"other_item": other.item, "other_original": other.original, "version": matching.VERSION}
    told = findings.payload(Digest(bytes.fromhex(turn.own.header.original)), about | found.model_dump(mode="json"))
    return Product(kind, payload=told), True
