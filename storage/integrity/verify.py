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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from storage.errors import ArchiveError, Implausible
from storage.integrity import bag, outside
from storage.integrity.canonical import canonical
from storage.integrity.checkpoint import Checkpoint, LogKey, cosigned_times, open_checkpoint
from storage.integrity.digest import Digester, chunks
from storage.integrity.findings import Finding, Verdict
from storage.integrity.note import Note, NoteKey
from storage.integrity.outside import Seen
from storage.integrity.proof import LogProof, verify_proof
from storage.integrity.statement import digest_of_text
from storage.integrity.succession import Succession, chain_of, extended, joined_keys, open_succession
from storage.integrity.tree import Tree, open_tree
from storage.integrity.trust import Trust, read_keys

LARGEST_TEXT_BYTES = 512 << 20
EVENTS = "data/events.jsonl"
FILES = "data/files.json"
CHECKPOINT = "data/ledger/checkpoint"
CLAIMED_KEYS = "data/ledger/keys.txt"
PROOFS = "data/ledger/proofs/"
SUCCESSIONS = "data/ledger/keys/"


@dataclass(slots=True)
class _Package:
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
            raise _Fault(name, f"{name} is missing")
        if size > LARGEST_TEXT_BYTES:
            raise _Fault(name, f"{name} is larger than any such file can be")
        try:
            with self.tree.open(name) as stream:
                return stream.read(LARGEST_TEXT_BYTES + 1)
        except Exception as wrong:  # a damaged archive fails in as many ways as its library has
            raise _Fault(name, f"{name} cannot be read") from wrong

    def document(self, name: str) -> Any:
        """A file that is one JSON document, in UTF-8."""
        try:
            return json.loads(self.read(name).decode(), parse_constant=_refuse)
        except (ValueError, RecursionError) as wrong:
            raise _Fault(name, f"{name} is no JSON document") from wrong


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


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no number of JSON")


def verify_at(
    path: Path, trust: Trust, progress: Callable[[int, int], None] = lambda _done, _whole: None
) -> list[Finding]:
    """Check the package in a folder or an archive; `progress` is told how many bytes were read of how many."""
    try:
        with open_tree(path) as tree:
            whole, done = sum(tree.sizes().values()), 0

            def told(count: int) -> None:
                nonlocal done
                done += count
                progress(done, whole)

            return verify(tree, trust, told)
    except Implausible as wrong:
        return [Finding(1, "form", Verdict.FAIL, wrong.sentence, path.name)]


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
        sentence = wrong.sentence if isinstance(wrong, ArchiveError) else "it does not have the form it must have"
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
    yield f"a bag of {len(package.tree.sizes()):,} files"


def _seal(package: _Package, _: Callable[[int], None]) -> Iterator[str | _Fault]:
    try:
        package.claimed_keys = read_keys(package.read(CLAIMED_KEYS).decode())
    except (ArchiveError, ValueError) as wrong:
        raise _Fault(CLAIMED_KEYS, "the package does not say which key signed it") from wrong
    chain = _successions(package)
    try:
        seal, _nobody = bag.open_seal(package.read(bag.SEAL), [])
        package.keys = _joined(package.trust, seal.origin, chain)
        seal, signer = bag.open_seal(package.read(bag.SEAL), [one.key for one in package.keys])
        claimed = bag.open_seal(package.read(bag.SEAL), [one.key for one in package.claimed_keys])[1]
    except ArchiveError as wrong:
        raise _Fault(bag.SEAL, wrong.sentence) from wrong
    for name, file in zip(bag.ALGORITHMS, bag.TAG_MANIFESTS, strict=True):
        found = hashlib.new(name, package.read(file)).hexdigest()
        if found != seal.tag_manifests[name]:
            yield _Fault(file, f"signed was a file with the digest {seal.tag_manifests[name]}, this one has {found}")
    package.seal, package.signer = seal, signer
    named = [one.key for one in package.trust.keys]
    if signer is None and (claimed is None or seal.origin in {key.name for key in named}):
        raise _Fault(bag.SEAL, f"no key of {seal.origin} that you trust has signed it")
    if signer is None:
        raise _Unknown(f"signed by the key that the package itself names as {seal.origin}'s; name one you trust")
    if signer in named:
        yield f"signed by {signer.name}, with a key you trust"
    else:
        yield f"signed by {signer.name}, with the key {signer.id.hex()}: successions of keys join it to one you trust"


def _successions(package: _Package) -> tuple[Succession, ...]:
    """How the archive says its keys followed one another."""
    names = sorted(name for name in package.tree.sizes() if name.startswith(SUCCESSIONS))
    chain: tuple[Succession, ...] = ()
    for ordinal, name in enumerate(names, 1):
        if name != f"{SUCCESSIONS}{ordinal:04}":
            raise _Fault(name, f"{name} is no succession of keys in its place")
        try:
            chain = extended(chain, open_succession(package.read(name)))
        except ArchiveError as wrong:
            raise _Fault(name, wrong.sentence) from wrong
    return chain


def _joined(trust: Trust, origin: str, chain: Sequence[Succession]) -> list[LogKey]:
    """The keys that are trusted, and those which the successions of this archive, from here or there, join to them."""
    known = [one for one in trust.successions if one.last.origin == origin]
    return joined_keys(trust.keys, chain_of([*chain, *known]))


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
    yield f"{len(there):,} files, each listed twice"


def _bytes(package: _Package, progress: Callable[[int], None]) -> Iterator[str | _Fault]:
    read_bytes = 0
    for name in sorted(package.listed["sha256"]):
        digester = Digester()
        try:
            with package.tree.open(name) as stream:
                for chunk in chunks(stream):
                    digester.update(chunk)
                    read_bytes += len(chunk)
                    progress(len(chunk))
        except Exception:  # noqa: BLE001 - a damaged archive fails in as many ways as its library has
            yield _Fault(name, f"{name} cannot be read")
            continue
        for algorithm, found in (("sha256", digester.digest.hex), ("sha512", digester.sha512)):
            wanted = package.listed[algorithm][name]
            if found != wanted:
                yield _Fault(name, f"{name}: {algorithm} {wanted} was signed, the bytes here have {found}")
                break
    yield f"{read_bytes:,} bytes are the ones that were listed"


def _events(package: _Package, _: Callable[[int], None]) -> Iterator[str | _Fault]:
    try:
        *lines, rest = package.read(EVENTS).decode().split("\n")
    except UnicodeDecodeError:
        raise _Fault(EVENTS, "the events are no text") from None
    if rest or not lines:
        raise _Fault(EVENTS, "the events are cut short")
    previous: str | None = None
    seen: set[str] = set()
    # A record's events are some of its item's: those between them are not for its readers.
    is_record = package.seal is not None and package.seal.is_of_record
    for number, line in enumerate(lines, 1):
        subject = f"{EVENTS} line {number}"
        event = _event(line, subject)
        if event["id"] in seen or (package.seal and _whose(event, package.seal) != package.seal.subject):
            raise _Fault(subject, f"event {event['id']} is here twice, or is another item's")
        if event["previous"] != previous and not is_record:
            raise _Fault(
                subject,
                f"event {event['id']} follows {event['previous'] or '-'}, and {previous or '-'} stands before it",
            )
        seen.add(event["id"])
        previous = digest_of_text(line)
        package.events.append((previous, event))
    first, last = package.events[0][1]["at"], package.events[-1][1]["at"]
    if is_record:
        yield f"{len(lines):,} events of the record, from {first} to {last}; the others of its item are not given out"
    else:
        yield f"{len(lines):,} events in one unbroken chain, from {first} to {last}"


def _whose(event: dict[str, Any], seal: bag.Seal) -> Any:
    """The item that an event is of, or in a record's package the record that it is about."""
    if not seal.is_of_record:
        return event.get("item")
    detail = event.get("detail")
    return detail.get("record") if isinstance(detail, dict) else None


def _event(line: str, subject: str) -> dict[str, Any]:
    """One event, in the one spelling it was digested in, with what the checks look at."""
    try:
        event = json.loads(line, parse_constant=_refuse)
        is_canonical = isinstance(event, dict) and canonical(event).decode() == line
    except (ValueError, RecursionError):
        is_canonical = False
    if not is_canonical or not _is_event(event):
        raise _Fault(subject, "this event is not spelled as it was written")
    return dict(event)


def _is_event(event: dict[str, Any]) -> bool:
    objects = event.get("objects")
    return (
        isinstance(event.get("id"), str)
        and isinstance(event.get("at"), str)
        and isinstance(event.get("item"), str | None)
        and isinstance(event.get("previous", 0), str | None)
        and isinstance(objects, list)
        and all(isinstance(one, str) for one in objects)
    )


def _ledger(package: _Package, _: Callable[[int], None]) -> Iterator[str | _Fault]:
    whole = package.read(CHECKPOINT)
    for keys, is_trusted in ((package.keys, True), (package.claimed_keys, False)):
        try:
            opened = open_checkpoint(whole, keys)
        except ArchiveError as wrong:
            # Who trusts the seal's key need not hear what the package says of keys.
            if not is_trusted or package.signer is not None:
                raise _Fault(CHECKPOINT, wrong.sentence) from wrong
            continue
        break
    if is_trusted and opened.key != package.signer:
        raise _Fault(CHECKPOINT, "the checkpoint is signed by another key than the package")
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
    told = f"all events are in the log of {opened.checkpoint.origin} of size {size}, root {root}"
    if not is_trusted:
        raise _Unknown(f"{told}, signed by the key the package names")
    yield told


def _files(package: _Package, _: Callable[[int], None]) -> Iterator[str | _Fault]:
    named = {one for _, event in package.events for one in event["objects"]}
    held = _held(package.document(FILES))
    present: set[str] = set()
    for name, digest in held:
        if name is None:
            continue
        present.add(name)
        if package.listed["sha256"].get(name) != digest:
            yield _Fault(name, f"{name} is not the file with the digest {digest}")
        elif f"sha256:{digest}" not in named:
            yield _Fault(name, f"no event of this item names {digest}")
    for name in sorted(package.tree.sizes()):
        if name.startswith(("data/originals/", "data/products/", "data/context/")) and name not in present:
            yield _Fault(name, f"{name} is none of the item's files")
    withheld = sum(name is None for name, _ in held)
    yield f"{len(present):,} files, each named by an event of the item; {withheld:,} withheld"


def _held(document: Any) -> list[tuple[str | None, str]]:
    files = document.get("files") if isinstance(document, dict) else None
    if not isinstance(files, list):
        raise _Fault(FILES, f"{FILES} does not list the item's files")
    held: list[tuple[str | None, str]] = []
    for one in files:
        name, digest = (one.get("path", 0), one.get("sha256")) if isinstance(one, dict) else (0, None)
        if not isinstance(name, str | None) or not isinstance(digest, str):
            raise _Fault(FILES, f"{FILES} does not list the item's files")
        held.append((name, digest))
    return held


def _seen(package: _Package) -> list[Seen]:
    newest = Checkpoint.parse(Note.parse(package.read(CHECKPOINT)).text)
    try:
        return list(outside.seen(package.tree.sizes(), package.read, newest))
    except outside.Contradiction as wrong:
        raise _Fault(wrong.subject, wrong.sentence) from wrong


def _covered(package: _Package, size: int) -> str:
    """How many of the events were in the log at a size."""
    ids = [event["id"] for _, event in package.events]
    places = [LogProof.parse(package.read(f"{PROOFS}{one}.tlog-proof")).index for one in ids]
    return f"{sum(place < size for place in places):,} of {len(ids):,} events"


def _time(package: _Package, _: Callable[[int], None]) -> Iterator[str | _Fault]:
    seen = _seen(package)
    count = sum(len(one.tokens) for one in seen)
    if not count:
        raise _Unknown("no independent authority's time stamp is in this package", claimed=False)
    # Only where there is one: what reads them takes longer to load than a small package to check.
    from storage.integrity.stamped import moment
    from storage.integrity.timestamp import BadStamp

    proved = []
    for one in seen:
        for name in one.tokens:
            token = package.read(name)
            try:
                at = moment(package.trust, name, token, one.text)
            except BadStamp as wrong:
                yield _Fault(name, f"{name} is no time stamp of its checkpoint: {wrong}")
                continue
            if at is not None:
                proved.append(f"{_covered(package, one.size)} were there {at}")
    if not package.trust.roots and not package.trust.blocks:
        raise _Unknown(f"{count:,} time stamps are in this package; `svidok verify --roots` checks them")
    if not proved:
        raise _Unknown(f"{count:,} time stamps are in this package, none of them by an authority you trust")
    yield "; ".join(proved)


def _witnesses(package: _Package, _: Callable[[int], None]) -> Iterator[str | _Fault]:
    seen = _seen(package)
    if not package.trust.witnesses:
        raise _Unknown("you have named no witness", claimed=False)
    told: dict[str, str] = {}
    for whole in (*(one.whole for one in seen), package.read(CHECKPOINT)):
        told |= cosigned_times(whole, package.trust.witnesses)
    if not told:
        raise _Unknown("none of the witnesses you named has cosigned the checkpoint", claimed=False)
    yield "cosigned by " + ", ".join(f"{name} ({at})" for name, at in sorted(told.items()))


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
