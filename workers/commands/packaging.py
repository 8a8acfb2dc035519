"""Evidence packages at the command line: written by the vault's operator, checked by anybody."""

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from storage.archive import Archive
from storage.db.session import transaction
from storage.domain.permissions import OPERATOR
from storage.errors import DiskFull, InvalidValue
from storage.integrity.findings import Finding, Verdict, as_document, exit_code
from storage.integrity.timestamp import certificates
from storage.integrity.trust import Trust, split_keys
from storage.integrity.verify import verify_at
from storage.log.opening import open_signer
from storage.log.placing import wait_until_placed
from storage.log.sequencer import Sequencer
from storage.log.shelf import LogShelf
from storage.package.building import Workshop, gather, whole_bytes, write
from storage.package.contents import contents_of
from storage.package.sink import open_sink
from storage.package.verifier import verifier
from storage.settings import Settings
from workers.commands.people import engine_of
from workers.stores import first_store

# What a package needs beside its files, and what the disk keeps free.
_BESIDE_BYTES = 64 << 20
_MARKS = {Verdict.PASS: "passed ", Verdict.FAIL: "FAILED ", Verdict.UNKNOWN: "unknown"}
NO_PACKAGE = 2


def export(settings: Settings, item: str, target: Path) -> str:
    """Write the package of an item; the key that sealed it. The export is an event, and that event is in it.

    Raises: NotFound, Conflict where something lies at `target`, DiskFull, Altered.
    """
    with engine_of(settings) as engine:
        signer = open_signer(engine, settings.ledger_key, settings.ledger_name, settings.ledger_passphrase)
        workshop = Workshop(first_store(settings, engine), LogShelf(settings.ledger), signer)
        with transaction(engine) as session:
            _refuse_without_room(target, whole_bytes(contents_of(session, OPERATOR, item)))
            event = Archive(session, OPERATOR).record_export(item)
        # Where witnesses must be asked first, only the keeper adds to the log.
        if not settings.ledger_witnesses:
            while Sequencer(workshop.shelf, signer).advance(engine):
                pass
        wait_until_placed(engine, event.id)
        with transaction(engine) as session:
            gathered = gather(session, workshop, OPERATOR, item)
        with open_sink(target) as sink, _bar("Writing the package") as bar:
            task = bar.add_task("", total=whole_bytes(gathered.contents))
            for count in write(workshop, gathered, sink):
                bar.advance(task, count)
    return str(signer.public)


def check(package: Path, trust: Trust, *, as_json: bool) -> int:
    """Check a package, tell what was found, and say so by the exit code of `svidok verify`."""
    with _bar("Checking") as bar:
        task = bar.add_task("", total=None)
        findings = verify_at(package, trust, lambda done, whole: bar.update(task, completed=done, total=whole))
    if as_json:
        sys.stdout.write(json.dumps(as_document(findings), ensure_ascii=False, indent=1) + "\n")
    else:
        _tell(findings)
    return exit_code(findings)


def trust_in(key: Path | None, roots: Path | None, blocks: Path | None) -> Trust:
    """What somebody believes, from the files they named. Raises: InvalidValue, naming the file."""
    try:
        trust = split_keys(key.read_text()) if key else Trust()
    except (OSError, ValueError) as wrong:
        raise InvalidValue(f"{key} holds no keys this archive knows how to read: {wrong}") from wrong
    try:
        known = certificates(roots.read_bytes()) if roots else []
    except (OSError, ValueError) as wrong:
        raise InvalidValue(f"{roots} is no file of root certificates (PEM): {wrong}") from wrong
    try:
        pairs = [line.split() for line in blocks.read_text().splitlines() if line.strip()] if blocks else []
        found = {int(height): bytes.fromhex(root)[::-1] for height, root in pairs}
    except (OSError, ValueError) as wrong:
        raise InvalidValue(f"{blocks} does not name a block and its Merkle root on each line: {wrong}") from wrong
    return replace(trust, roots=known, blocks=found)


def _tell(findings: list[Finding]) -> None:
    for one in findings:
        sys.stdout.write(f"{one.number} {one.name:10}{_MARKS[one.verdict]}  {one.sentence}\n")
    ends = {
        0: "Everything this package claims is proved.",
        1: "This package is NOT what was sealed: see what failed above.",
        2: "This is no package of this archive.",
        3: "Intact, as far as it could be checked; not everything is proved.",
    }
    sys.stdout.write(f"\n{ends[exit_code(findings)]}\n")
    if shipped := verifier():
        sys.stdout.write(f"The verifier.html that this version ships has the digest {shipped.digest}.\n")


def _bar(words: str) -> Progress:
    columns = TextColumn(words), BarColumn(), DownloadColumn()
    return Progress(*columns, console=Console(stderr=True), transient=True)


def _refuse_without_room(target: Path, wanted_bytes: int) -> None:
    folder = next(parent for parent in target.absolute().parents if parent.exists())
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < wanted_bytes + _BESIDE_BYTES:
        raise DiskFull(
            f"the package needs {wanted_bytes + _BESIDE_BYTES:,} bytes, and {folder} has room for {free_bytes:,}"
        )
