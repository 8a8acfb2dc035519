"""Compares an original's fingerprints with those of other items that may show the same."""

from collections.abc import Iterator

from storage.domain.matches import Relation
from storage.integrity.digest import Digest
from workers import findings
from workers.copies import matching
from workers.copies.prints import Prints
from workers.step import Context, Product


def compared(context: Context, kind: str, own: Prints) -> Iterator[Product]:
    """One product of `kind` for each original of another item that is the same, overlaps, or shows the same scene.

    One of relation `none` says of a match that was told of before that it is found no more.
    Whom to compare with is for the context to say. What is found is a computation: reviewers confirm or reject it.
    """
    known = context.relatives(own)
    for number, other in enumerate(known):
        context.report({"progress": number / len(known)})
        theirs = other.prints()
        found = matching.match(own, theirs) if theirs is not None else None
        if found is not None and (found.relation is not Relation.NONE or other.is_told):
            about = {"other_item": other.item, "other_original": other.original, "version": matching.VERSION}
            told = findings.payload(Digest(bytes.fromhex(own.header.original)), about | found.model_dump(mode="json"))
            yield Product(kind, payload=told)
