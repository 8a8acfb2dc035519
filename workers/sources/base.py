"""What every source must do: bring one thing that was asked for, and tell exactly how it went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from storage.domain.vocab import Outcome
from workers.step import Context, Product


@dataclass(frozen=True, slots=True)
class Fetched:
    """One attempt that brought media: the files, and the collection record (Berkeley Protocol, paragraph 155).

    `identity` is what the platform calls it: `platform`, `post_id`, `account`, `addresses` (canonical, leading to the
    same post), title, times. `collection` is how it was collected. Both hold canonical JSON values.
    """

    outcome: Outcome
    sentence: str
    products: Sequence[Product]
    tool: str
    tool_version: str
    collection: Mapping[str, Any]
    identity: Mapping[str, Any] = field(default_factory=dict)


class Source(Protocol):
    """A way to bring bytes in; the first in `SOURCES` that claims a request gets it.

    A request holds a `url`, or an `upload` (`sha256`, `size_bytes`, `name`) with `supplied_by`.

    `fetch` returns what came, whole or in part. Where nothing came it raises Rejected, Unavailable or Throttled: the
    `code` is a capture outcome, the sentence is for the submitter, and `detail` holds `tool`, `tool_version`,
    `identity` and `collection` as far as they got. DiskFull and LeaseLost are not outcomes and carry nothing.
    """

    @property
    def name(self) -> str: ...
    def claims(self, request: Mapping[str, Any]) -> bool: ...
    def fetch(self, context: Context) -> Fetched: ...
