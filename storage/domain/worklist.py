"""Questions to the reviewers' queue: which view, which filters, in which order."""

from dataclasses import dataclass
from enum import StrEnum

from storage.domain.vocab import Sensitivity, Workflow
from storage.errors import BadQuery

_LONGEST = 200
_MOST_WORDS = 8


class View(StrEnum):
    """Which part of the queue is looked at."""

    MINE = "mine"
    UNCLAIMED = "unclaimed"
    HELP = "help"
    FAILED = "failed"
    ALL = "all"


class Order(StrEnum):
    """By birth, newest or oldest first, or by the last change."""

    NEWEST = "newest"
    OLDEST = "oldest"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class QueueQuery:
    """A question to the queue; every one of `words` must be found somewhere in what the item is called."""

    view: View = View.ALL
    workflow: Workflow | None = None
    sensitivity: Sensitivity | None = None
    platform: str | None = None
    words: tuple[str, ...] = ()
    order: Order = Order.NEWEST


def parse_words(text: str) -> tuple[str, ...]:
    """The words of a search, parted by spaces. Raises: BadQuery for none, too many, or too long ones."""
    if len(text) > _LONGEST or "\0" in text:
        raise BadQuery(f"q is at most {_LONGEST} letters long.")
    words = tuple(dict.fromkeys(text.split()))
    if not 1 <= len(words) <= _MOST_WORDS:
        raise BadQuery(f"q is made of 1 to {_MOST_WORDS} words.")
    return words
