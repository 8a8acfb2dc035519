"""What a step is: a name and a version, what it needs, what it makes, and the order that follows from that."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from storage.domain.vocab import FileRole
from storage.integrity.digest import Digest
from workers.sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class Made:
    """A product that exists already: its kind, its bytes' digest when it has bytes, and what it says."""

    kind: str
    digest: Digest | None
    media_type: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Product:
    """Something a step made: a file at `path`, or only a `payload` of canonical JSON values, or both.

    `role` original is for bytes as served; context is what came with them; the rest are products.
    """

    kind: str
    media_type: str = "application/json"
    path: Path | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)
    role: FileRole = FileRole.PRODUCT
    sealed: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """All a step may know: the products it needs, a folder of its own, and the tools to work safely."""

    inputs: Sequence[Made]
    scratch: Path
    sandbox: Sandbox
    open_local: Callable[[Digest], Path]
    report: Callable[[Mapping[str, Any]], None]
    request: Mapping[str, Any]

    def needed(self, kind: str) -> list[Made]:
        """The needed products of one kind, in the order they were made."""
        return [made for made in self.inputs if made.kind == kind]


class Step(Protocol):
    """One piece of work: products in, products out; running it twice equals running it once.

    `run` raises Unavailable (try again) or Rejected (never will); anything else counts as our fault.
    """

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def needs(self) -> frozenset[str]: ...
    @property
    def makes(self) -> frozenset[str]: ...
    @property
    def queue(self) -> str: ...
    def run(self, context: Context) -> Sequence[Product]: ...
