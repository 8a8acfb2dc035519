"""What every source must do: fetch one address and tell exactly how it went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from storage.domain.vocab import Outcome
from workers.step import Context, Product


@dataclass(frozen=True, slots=True)
class Fetched:
    """One attempt that brought media: the files, and the collection record (Berkeley Protocol, paragraph 155)."""

    outcome: Outcome
    products: Sequence[Product]
    tool: str
    tool_version: str
    collection: Mapping[str, Any]
    sentence: str = ""
    identity: Mapping[str, Any] = field(default_factory=dict)


class Source(Protocol):
    """A way to fetch; the first in `SOURCES` that claims an address gets it.

    `fetch` returns what came, or raises Rejected or Unavailable whose `code` is a capture outcome and whose
    `detail` is the collection record as far as it got.
    """

    @property
    def name(self) -> str: ...
    def claims(self, url: str) -> bool: ...
    def fetch(self, url: str, context: Context) -> Fetched: ...
