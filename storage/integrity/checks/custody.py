"""Checks 5 to 7: events in one unbroken chain, each of them in the signed log, and every file named by one."""

import json
from typing import Any

from storage.errors import ArchiveError
from storage.integrity import bag
from storage.integrity.canonical import canonical
from storage.integrity.checkpoint import LogKey, open_checkpoint
from storage.integrity.checks.package import (
    CHECKPOINT,
    EVENTS,
    FILES,
    PROOFS,
    Ended,
    Fault,
    Package,
    Progress,
    Unknown,
    refuse_constant,
)
from storage.integrity.proof import LogProof, verify_proof
from storage.integrity.statement import digest_of_text


def events(package: Package, _: Progress) -> Ended:
    """Each line is one canonical statement, and they form the item's one unbroken chain."""
    try:
        *lines, rest = package.read(EVENTS).decode().split("\n")
    except UnicodeDecodeError:
        raise Fault(EVENTS, "the events are no text") from None
    if rest or not lines:
        raise Fault(EVENTS, "the events are cut short")
    previous: str | None = None
    seen: set[str] = set()
    # A record's events are some of its item's: those between them are not for its readers.
    is_record = package.seal is not None and package.seal.is_of_record
    for number, line in enumerate(lines, 1):
        subject = f"{EVENTS} line {number}"
        event = _event(line, subject)
        if event["id"] in seen or (package.seal and _whose(event, package.seal) != package.seal.subject):
            raise Fault(subject, f"event {event['id']} is here twice, or is another item's")
        if event["previous"] != previous and not is_record:
            raise Fault(
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
        event = json.loads(line, parse_constant=refuse_constant)
        is_canonical = isinstance(event, dict) and canonical(event).decode() == line
    except (ValueError, RecursionError):
        is_canonical = False
    if not is_canonical or not _is_event(event):
        raise Fault(subject, "this event is not spelled as it was written")
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


def ledger(package: Package, _: Progress) -> Ended:
    """Each event is in the log of the signed checkpoint."""
    whole = package.read(CHECKPOINT)
    for keys, is_trusted in ((package.keys, True), (package.claimed_keys, False)):
        try:
            opened = open_checkpoint(whole, keys)
        except ArchiveError as wrong:
            # Who trusts the seal's key need not hear what the package says of keys.
            if not is_trusted or package.signer is not None:
                raise Fault(CHECKPOINT, wrong.sentence) from wrong
            continue
        break
    if is_trusted and opened.key != package.signer:
        raise Fault(CHECKPOINT, "the checkpoint is signed by another key than the package")
    for digest, event in package.events:
        name = f"{PROOFS}{event['id']}.tlog-proof"
        try:
            proof = package.read(name)
            if LogProof.parse(proof).checkpoint != whole:
                raise Fault(name, "this proof is one for another checkpoint")
            verify_proof(proof, digest.encode(), [LogKey(opened.key)])
        except ArchiveError as wrong:
            raise Fault(name, wrong.sentence) from wrong
    size, root = opened.checkpoint.size, opened.checkpoint.root.hex()
    told = f"all events are in the log of {opened.checkpoint.origin} of size {size}, root {root}"
    if not is_trusted:
        raise Unknown(f"{told}, signed by the key the package names")
    yield told


def files(package: Package, _: Progress) -> Ended:
    """Every original and product is one that an event names, under its own digest."""
    named = {one for _, event in package.events for one in event["objects"]}
    held = _held(package.document(FILES))
    present: set[str] = set()
    for name, digest in held:
        if name is None:
            continue
        present.add(name)
        if package.listed["sha256"].get(name) != digest:
            yield Fault(name, f"{name} is not the file with the digest {digest}")
        elif f"sha256:{digest}" not in named:
            yield Fault(name, f"no event of this item names {digest}")
    for name in sorted(package.tree.sizes()):
        if name.startswith(("data/originals/", "data/products/", "data/context/")) and name not in present:
            yield Fault(name, f"{name} is none of the item's files")
    withheld = sum(name is None for name, _ in held)
    yield f"{len(present):,} files, each named by an event of the item; {withheld:,} withheld"


def _held(document: Any) -> list[tuple[str | None, str]]:
    files = document.get("files") if isinstance(document, dict) else None
    if not isinstance(files, list):
        raise Fault(FILES, f"{FILES} does not list the item's files")
    held: list[tuple[str | None, str]] = []
    for one in files:
        name, digest = (one.get("path", 0), one.get("sha256")) if isinstance(one, dict) else (0, None)
        if not isinstance(name, str | None) or not isinstance(digest, str):
            raise Fault(FILES, f"{FILES} does not list the item's files")
        held.append((name, digest))
    return held
