"""Checks a package without server, database or network: nine numbered checks, each passed, failed or unknown.

1. form: it is a bag of plain files with safe names. 2. seal: the manifests are the ones that were signed.
3. list: every file is listed, and no other is there. 4. bytes: each file has the bytes that were listed, by SHA-256
and SHA-512. 5. events: each line is one canonical statement, and they form the item's one unbroken chain.
6. ledger: each of them is in the log of the signed checkpoint. 7. files: every original and product is one that an
event names, under its own digest. 8. time: independent authorities saw the checkpoint. 9. witnesses: others cosigned
it. A check that cannot be made because an earlier one failed is unknown; nothing failed is shown as passed.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from storage.errors import Altered, ArchiveError
from storage.integrity import bag
from storage.integrity.canonical import canonical
from storage.integrity.checkpoint import LogKey, cosigned_times, open_checkpoint
from storage.integrity.note import Kind, NoteKey
from storage.integrity.proof import LogProof, verify_proof
from storage.integrity.tree import Tree

LARGEST_TEXT_BYTES = 512 << 20
_CHUNK_BYTES = 1 << 20
EVENTS = "data/events.jsonl"
FILES = "data/files.json"
CHECKPOINT = "data/ledger/checkpoint"
CLAIMED_KEYS = "data/ledger/keys.txt"
PROOFS = "data/ledger/proofs/"


class Verdict(StrEnum):
    """How a check ended; what a package does not claim is unknown and no fault."""

    PASS = "pass"  # noqa: S105 - the end of a check
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check with its end; `subject` is the file or leaf it is about. What is not `claimed` need not be proved."""

    number: int
    name: str
    verdict: Verdict
    sentence: str
    subject: str | None = None
    claimed: bool = True


@dataclass(frozen=True, slots=True)
class Trust:
    """What the one who checks knows from elsewhere: keys of the archive, and keys of witnesses."""

    keys: Sequence[LogKey] = ()
    witnesses: Sequence[NoteKey] = ()


@dataclass(slots=True)
class _Package:
    """What has been learned so far."""

    tree: Tree
    trust: Trust
    listed: dict[str, dict[str, str]] = field(default_factory=dict)
    seal: bag.Seal | None = None
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    claimed_keys: list[LogKey] = field(default_factory=list)

    def read(self, name: str) -> bytes:
        size = self.tree.sizes().get(name)
        if size is None:
            raise Altered(f"{name} is missing")
        if size > LARGEST_TEXT_BYTES:
            raise Altered(f"{name} is larger than any such file can be")
        with self.tree.open(name) as stream:
            return stream.read(LARGEST_TEXT_BYTES + 1)


class _Unknown(Exception):
    """A check whose end cannot be known; `claimed` is whether the package says that it could."""

    def __init__(self, sentence: str, *, claimed: bool = True) -> None:
        super().__init__(sentence)
        self.claimed = claimed


class _Fault(Exception):
    """A check that failed, about one file or leaf."""

    def __init__(self, subject: str, sentence: str) -> None:
        super().__init__(sentence)
        self.subject = subject


def verify(tree: Tree, trust: Trust, progress: Callable[[int], None] = lambda _: None) -> list[Finding]:
    """Check a package; every finding there is, at least one for each number.

    `progress` is told how many more bytes have been read. Raises: nothing of the package's making.
    """
    package = _Package(tree, trust)
    findings: list[Finding] = []
    failed: set[int] = set()
    for number, (name, needs, check) in enumerate(_CHECKS, 1):
        lacking = sorted(failed & needs)
        if lacking:
            sentence = f"not checked, because check {lacking[0]} failed"
            findings.append(Finding(number, name, Verdict.UNKNOWN, sentence))
            failed.add(number)
            continue
        ended = list(_ended(number, name, check(package, progress)))
        findings += ended
        if any(one.verdict is Verdict.FAIL for one in ended):
            failed.add(number)
    return findings


def _ended(number: int, name: str, check: Iterator[str | _Fault]) -> Iterator[Finding]:
    """A check's faults; where there is none, its own sentence."""
    told, faults = "", 0
    try:
        for one in check:
            if isinstance(one, _Fault):
                faults += 1
                yield Finding(number, name, Verdict.FAIL, str(one), one.subject)
            else:
                told = one
    except _Fault as fault:
        yield Finding(number, name, Verdict.FAIL, str(fault), fault.subject)
        return
    except _Unknown as unknown:
        if not faults:
            yield Finding(number, name, Verdict.UNKNOWN, str(unknown), claimed=unknown.claimed)
        return
    except (ArchiveError, OSError, ValueError, KeyError, TypeError, RecursionError) as wrong:
        sentence = wrong.sentence if isinstance(wrong, ArchiveError) else f"cannot be read: {type(wrong).__name__}"
        yield Finding(number, name, Verdict.FAIL, sentence)
        return
    if not faults:
        yield Finding(number, name, Verdict.PASS, told)


def _form(package: _Package, _: Callable[[int], None]) -> Iterator[str | _Fault]:
    if package.read(bag.DECLARATION) != bag.DECLARED:
        raise _Fault(bag.DECLARATION, "this is no bag of BagIt 1.0 in UTF-8, as this archive writes them")
    for name in (*bag.MANIFESTS, *bag.TAG_MANIFESTS, bag.INFO, bag.SEAL):
        if name not in package.tree.sizes():
            yield _Fault(name, f"{name} is missing")
    yield f"a bag of {len(package.tree.sizes())} files"


def _seal(package: _Package, _: Callable[[int], None]) -> Iterator[str | _Fault]:
    try:
        package.claimed_keys = read_keys(package.read(CLAIMED_KEYS).decode())
    except (ArchiveError, ValueError) as wrong:
        raise _Fault(CLAIMED_KEYS, "the package does not say which key signed it") from wrong
    trusted = [one.key for one in package.trust.keys]
    try:
        seal, signer = bag.open_seal(package.read(bag.SEAL), trusted)
        claimed = bag.open_seal(package.read(bag.SEAL), [one.key for one in package.claimed_keys])[1]
    except ArchiveError as wrong:
        raise _Fault(bag.SEAL, wrong.sentence) from wrong
    for name, file in zip(bag.ALGORITHMS, bag.TAG_MANIFESTS, strict=True):
        found = hashlib.new(name, package.read(file)).hexdigest()
        if found != seal.tag_manifests[name]:
            yield _Fault(file, f"signed was a file with the digest {seal.tag_manifests[name]}, this one has {found}")
    package.seal = seal
    if signer is None and (claimed is None or seal.origin in {key.name for key in trusted}):
        raise _Fault(bag.SEAL, f"no key of {seal.origin} that you trust has signed it")
    if signer is None:
        raise _Unknown(f"signed by the key that the package itself names as {seal.origin}'s; name one you trust")
    yield f"signed by {signer.name}, with a key you trust"


def _list(package: _Package, _: Callable[[int], None]) -> Iterator[str | _Fault]:
    for algorithm, manifest, tags in zip(bag.ALGORITHMS, bag.MANIFESTS, bag.TAG_MANIFESTS, strict=True):
        try:
            payload = bag.read_manifest(package.read(manifest), algorithm)
        except ArchiveError as wrong:
            raise _Fault(manifest, wrong.sentence) from wrong
        try:
            beside = bag.read_manifest(package.read(tags), algorithm)
        except ArchiveError as wrong:
            raise _Fault(tags, wrong.sentence) from wrong
        if any(not name.startswith(bag.PAYLOAD) for name in payload) or any(
            name.startswith(bag.PAYLOAD) for name in beside
        ):
            raise _Fault(manifest, "a file is listed where it does not belong")
        package.listed[algorithm] = payload | beside
    there = set(package.tree.sizes()) - {*bag.TAG_MANIFESTS, bag.SEAL}
    for algorithm in bag.ALGORITHMS:
        listed = set(package.listed[algorithm])
        for name in sorted(listed - there):
            yield _Fault(name, f"{name} is listed and missing")
        for name in sorted(there - listed):
            yield _Fault(name, f"{name} is there and not listed: it is none of this package's")
    yield f"{len(there)} files, each listed twice"


def _bytes(package: _Package, progress: Callable[[int], None]) -> Iterator[str | _Fault]:
    read_bytes = 0
    for name in sorted(package.listed["sha256"]):
        digests = {algorithm: hashlib.new(algorithm) for algorithm in bag.ALGORITHMS}
        try:
            with package.tree.open(name) as stream:
                while chunk := stream.read(_CHUNK_BYTES):
                    for digest in digests.values():
                        digest.update(chunk)
                    read_bytes += len(chunk)
                    progress(len(chunk))
        except Exception as wrong:  # noqa: BLE001 - a damaged archive fails in as many ways as its library has
            yield _Fault(name, f"{name} cannot be read: {type(wrong).__name__}")
            continue
        for algorithm, digest in digests.items():
            wanted = package.listed[algorithm][name]
            if digest.hexdigest() != wanted:
                yield _Fault(name, f"{name}: {algorithm} {wanted} was signed, the bytes here have {digest.hexdigest()}")
                break
    yield f"{read_bytes:,} bytes are the ones that were listed"


def _events(package: _Package, _: Callable[[int], None]) -> Iterator[str | _Fault]:
    *lines, rest = package.read(EVENTS).decode().split("\n")
    if rest or not lines:
        raise _Fault(EVENTS, "the events are cut short")
    previous: str | None = None
    seen: set[str] = set()
    for number, line in enumerate(lines, 1):
        subject = f"{EVENTS} line {number}"
        event = json.loads(line)
        if not isinstance(event, dict) or canonical(event).decode() != line:
            raise _Fault(subject, "this event is not spelled as it was written")
        if event["id"] in seen or (package.seal and event["item"] != package.seal.item):
            raise _Fault(subject, f"event {event['id']} is here twice, or is another item's")
        if event["previous"] != previous:
            raise _Fault(subject, f"event {event['id']} follows {event['previous']}, and {previous} stands before it")
        seen.add(event["id"])
        previous = digest_of(line)
        package.events.append((previous, event))
    first, last = package.events[0][1]["at"], package.events[-1][1]["at"]
    yield f"{len(lines)} events in one unbroken chain, from {first} to {last}"


def _ledger(package: _Package, _: Callable[[int], None]) -> Iterator[str | _Fault]:
    whole = package.read(CHECKPOINT)
    for keys, is_trusted in ((package.trust.keys, True), (package.claimed_keys, False)):
        try:
            opened = open_checkpoint(whole, keys)
        except ArchiveError as wrong:
            if not is_trusted:
                raise _Fault(CHECKPOINT, wrong.sentence) from wrong
            continue
        break
    for digest, event in package.events:
        name = f"{PROOFS}{event['id']}.tlog-proof"
        try:
            proof = package.read(name)
            if LogProof.parse(proof).checkpoint != whole:
                raise _Fault(name, "this proof is one for another checkpoint")
            verify_proof(proof, digest.encode(), [LogKey(opened.key)])
        except ArchiveError as wrong:
            raise _Fault(name, wrong.sentence) from wrong
    size, root = opened.checkpoint.size, opened.checkpoint.root.hex()
    if not is_trusted:
        raise _Unknown(f"all events are in the log of size {size}, root {root}, signed by the key the package names")
    yield f"all events are in the log of {opened.checkpoint.origin} of size {size}, root {root}"


def _files(package: _Package, _: Callable[[int], None]) -> Iterator[str | _Fault]:
    named = {one for _, event in package.events for one in event["objects"]}
    files = json.loads(package.read(FILES))
    present: set[str] = set()
    for one in files["files"]:
        name, digest = one["path"], one["sha256"]
        if name is None:
            continue
        present.add(name)
        if package.listed["sha256"].get(name) != digest:
            yield _Fault(name, f"{name} is not the file with the digest {digest}")
        elif f"sha256:{digest}" not in named:
            yield _Fault(name, f"no event of this item names {digest}")
    for name in package.tree.sizes():
        if name.startswith(("data/originals/", "data/products/", "data/context/")) and name not in present:
            yield _Fault(name, f"{name} is none of the item's files")
    withheld = sum(one["path"] is None for one in files["files"])
    yield f"{len(present)} files, each named by an event of the item" + (f"; {withheld} withheld" if withheld else "")


def _time(package: _Package, _: Callable[[int], None]) -> Iterator[str | _Fault]:
    yield from ()
    raise _Unknown("no independent authority's time stamp is in this package", claimed=False)


def _witnesses(package: _Package, _: Callable[[int], None]) -> Iterator[str | _Fault]:
    if not package.trust.witnesses:
        raise _Unknown("you have named no witness", claimed=False)
    times = cosigned_times(package.read(CHECKPOINT), package.trust.witnesses)
    if not times:
        raise _Unknown("none of the witnesses you named has cosigned the checkpoint", claimed=False)
    yield "cosigned by " + ", ".join(f"{name} at {at}" for name, at in sorted(times.items()))


_CHECKS: tuple[tuple[str, set[int], Callable[..., Iterator[str | _Fault]]], ...] = (
    ("form", set(), _form),
    ("seal", {1}, _seal),
    ("list", {1}, _list),
    ("bytes", {3}, _bytes),
    ("events", {4}, _events),
    ("ledger", {2, 5}, _ledger),
    ("files", {4, 5}, _files),
    ("time", {6}, _time),
    ("witnesses", {6}, _witnesses),
)


def digest_of(line: str) -> str:
    """The digest of an event's text, as the next one in the chain names it."""
    return f"sha256:{hashlib.sha256(line.encode()).hexdigest()}"


def read_keys(text: str) -> list[LogKey]:
    """Keys of a log, one a line: a `vkey`, the first size it signs for, and the last one if there is one.

    Empty lines and those that begin with `#` say nothing; sizes may be left out. Raises: ValueError.
    """
    keys = []
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        key, *sizes = line.split()
        first, last = [*(int(size) for size in sizes), *([0, None] if not sizes else [None])][:2]
        keys.append(LogKey(NoteKey.parse(key), first or 0, last))
    return keys


def split_keys(text: str) -> Trust:
    """Keys as somebody wrote them down: the archive's, and among them those of witnesses. Raises: ValueError."""
    keys = read_keys(text)
    witnesses = [one.key for one in keys if one.key.kind is Kind.COSIGNATURE]
    return Trust([one for one in keys if one.key.kind is Kind.ED25519], witnesses)


def exit_code(findings: Sequence[Finding]) -> int:
    """0: everything that is claimed is proved; 1: altered or missing; 2: no package; 3: intact, and unproved."""
    if any(one.number == 1 and one.verdict is Verdict.FAIL for one in findings):
        return 2
    if any(one.verdict is Verdict.FAIL for one in findings):
        return 1
    return 3 if any(one.verdict is Verdict.UNKNOWN and one.claimed for one in findings) else 0


def as_document(findings: Sequence[Finding]) -> Mapping[str, Any]:
    """The findings as one JSON document."""
    told = [
        {
            "number": one.number,
            "name": one.name,
            "verdict": one.verdict.value,
            "sentence": one.sentence,
            "subject": one.subject,
            "claimed": one.claimed,
        }
        for one in findings
    ]
    return {"proved": exit_code(findings) == 0, "exit_code": exit_code(findings), "findings": told}
