"""What a step is: a name and a version, what it needs, what it makes, and the order that follows from that."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any, Protocol

from storage.domain.kept import StepKey
from storage.domain.vocab import FileRole
from storage.integrity.canonical import digest_of
from storage.integrity.digest import Digest
from workers.copies.known import Relatives
from workers.copies.prints import Prints
from workers.instruments import Instruments
from workers.loan import AccountLoan, Loan
from workers.outgoing.ticket import Ticket
from workers.sandbox import Sandbox
from workers.trust_list import TrustList


@dataclass(frozen=True, slots=True)
class Made:
    """A product that exists already: its kind, its bytes' digest when it has bytes, and what it says."""

    kind: str
    digest: Digest | None
    media_type: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Product:
    """Something a step made: a file at `path`, bytes kept already under `digest`, only a `payload`, or a mixture.

    `role` original is for bytes as served; context is what came with them; the rest are products. A payload holds
    canonical JSON values and is small; what grows with the video goes into a file.
    """

    kind: str
    media_type: str = "application/json"
    path: Path | None = None
    digest: Digest | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)
    role: FileRole = FileRole.PRODUCT
    sealed: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """All a step may know: the products it needs, a folder of its own, and the tools to work safely.

    `ticket` is there only for steps on the fetch queue: the right to leave the machine through the egress proxy.
    `trust_list` holds those whose signatures in Content Credentials the operator trusts; None: nobody.
    `loan` or `account` is a session of the site, where there is one, for whoever is refused as a guest.
    `comments_most` is the ceiling for what people wrote below a post; 0: none of it is asked for.
    `keeps_pages` is the operator's word whether the pages around videos are kept at all.
    `instruments` are the optional programs and models that are here.
    `relatives` finds the originals of other items that may show the same.
    """

    inputs: Sequence[Made]
    scratch: Path
    sandbox: Sandbox
    open_local: Callable[[Digest], Path]
    report: Callable[[Mapping[str, Any]], None]
    relatives: Callable[[Prints], Relatives] = lambda own: Relatives()
    request: Mapping[str, Any] = field(default_factory=dict)
    ticket: Ticket | None = None
    trust_list: TrustList | None = None
    loan: Loan | None = None
    account: AccountLoan | None = None
    comments_most: int = 500
    keeps_pages: bool = True
    instruments: Instruments = field(default_factory=Instruments)

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


class Unordered(Exception):
    """The declared needs and makes of the steps admit no order."""


def order(steps: Sequence[Step]) -> list[Step]:
    """The steps, each after those that make what it needs. Checked when a worker starts.

    Raises: Unordered for a need that nobody makes, a kind that two make, two steps of one name, or a circle.
    """
    makers: dict[str, Step] = {}
    for step in steps:
        for kind in step.makes:
            if other := makers.get(kind):
                raise Unordered(f"{kind!r} is made by both {other.name} and {step.name}")
            makers[kind] = step
    by_name = {step.name: step for step in steps}
    if len(by_name) != len(steps):
        raise Unordered("two steps share a name")
    before: dict[str, set[str]] = {}
    for step in steps:
        if unmade := step.needs - makers.keys():
            raise Unordered(f"{step.name} needs {sorted(unmade)}, which no step makes")
        before[step.name] = {makers[kind].name for kind in step.needs}
    try:
        return [by_name[name] for name in TopologicalSorter(before).static_order()]
    except CycleError as circle:
        raise Unordered(f"steps wait for each other: {' -> '.join(circle.args[1])}") from circle


def ready(steps: Sequence[Step], made: Collection[str]) -> list[Step]:
    """The steps whose every need is made. Whether they have run already is for the queue's keys to say."""
    return [step for step in steps if step.needs and step.needs <= set(made)]


def key_of(step: Step, inputs: Sequence[Made], parameters: Mapping[str, Any] | None = None) -> StepKey:
    """Name the work by step, version, parameters and inputs: equal names mean equal work."""
    names = tuple(sorted(_name(made) for made in inputs))
    work = {"step": step.name, "version": step.version, "parameters": dict(parameters or {}), "inputs": list(names)}
    return StepKey(step.name, step.version, digest_of(work).hex, names)


def _name(made: Made) -> str:
    """A product by its bytes, or by what it says."""
    content = str(made.digest) if made.digest else str(digest_of(made.payload))
    return f"{made.kind} {content}"
