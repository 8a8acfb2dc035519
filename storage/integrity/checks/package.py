"""A package that is being checked: where its parts lie, what has been learned so far, and how a check ends."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from storage.integrity import bag
from storage.integrity.checkpoint import LogKey
from storage.integrity.note import NoteKey
from storage.integrity.tree import Tree
from storage.integrity.trust import Trust

LARGEST_TEXT_BYTES = 512 << 20
EVENTS = "data/events.jsonl"
FILES = "data/files.json"
CHECKPOINT = "data/ledger/checkpoint"
CLAIMED_KEYS = "data/ledger/keys.txt"
PROOFS = "data/ledger/proofs/"
SUCCESSIONS = "data/ledger/keys/"


@dataclass(slots=True)
class Package:
    """What has been learned so far."""

    tree: Tree
    trust: Trust
    listed: dict[str, dict[str, str]] = field(default_factory=dict)
    seal: bag.Seal | None = None
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    claimed_keys: list[LogKey] = field(default_factory=list)
    keys: list[LogKey] = field(default_factory=list)
    signer: NoteKey | None = None

    def read(self, name: str) -> bytes:
        size = self.tree.sizes().get(name)
        if size is None:
            raise Fault(name, f"{name} is missing")
        if size > LARGEST_TEXT_BYTES:
            raise Fault(name, f"{name} is larger than any such file can be")
        try:
            with self.tree.open(name) as stream:
                return stream.read(LARGEST_TEXT_BYTES + 1)
        except Exception as wrong:  # a damaged archive fails in as many ways as its library has
            raise Fault(name, f"{name} cannot be read") from wrong

    def document(self, name: str) -> Any:
        """A file that is one JSON document, in UTF-8."""
        try:
            return json.loads(self.read(name).decode(), parse_constant=refuse_constant)
        except (ValueError, RecursionError) as wrong:
            raise Fault(name, f"{name} is no JSON document") from wrong


class Unknown(Exception):
    """A check whose end cannot be known; `claimed` is whether the package says that it could."""

    def __init__(self, sentence: str, *, claimed: bool = True) -> None:
        super().__init__(sentence)
        self.claimed = claimed


class Fault(Exception):
    """A check that failed, about one file or leaf."""

    def __init__(self, subject: str, sentence: str) -> None:
        super().__init__(sentence)
        self.subject = subject


Progress = Callable[[int], None]
Ended = Iterator[str | Fault]
"""How a check ends: with each fault that it finds, or with the sentence that tells what it has seen."""


def refuse_constant(constant: str) -> Any:
    """NaN and Infinity are read by our library and by nobody else. Raises: ValueError."""
    raise ValueError(f"{constant} is no number of JSON")
