"""Evidence packages at the command line, checked by anybody: nothing is loaded that this does not take."""

import json
import sys
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from storage.errors import InvalidValue
from storage.integrity.findings import Finding, Verdict, as_document, exit_code
from storage.integrity.trust import Trust, split_keys
from storage.integrity.verify import verify_at
from storage.package.verifier import verifier

_MARKS = {Verdict.PASS: "passed ", Verdict.FAIL: "FAILED ", Verdict.UNKNOWN: "unknown"}


def check(package: Path, trust: Trust, *, as_json: bool) -> int:
    """Check a package, tell what was found, and say so by the exit code of `svidok verify`."""
    with bar("Checking") as shown:
        task = shown.add_task("", total=None)
        findings = verify_at(package, trust, lambda done, whole: shown.update(task, completed=done, total=whole))
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
        known = _certificates(roots.read_bytes()) if roots else []
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
        1: "This package is NOT what was signed: see what failed above.",
        2: "This is no package of this archive.",
        3: "Intact, as far as it could be checked; not everything is proved.",
    }
    sys.stdout.write(f"\n{ends[exit_code(findings)]}\n")
    if shipped := verifier():
        sys.stdout.write(f"The verifier.html that this version ships has the digest {shipped.digest}.\n")


def _certificates(pem: bytes) -> list[bytes]:
    # What reads them takes longer to load than a small package to check.
    from storage.integrity.timestamp import certificates

    return certificates(pem)


def bar(words: str) -> Progress:
    """What is shown on standard error while bytes go by."""
    columns = TextColumn(words), BarColumn(), DownloadColumn()
    return Progress(*columns, console=Console(stderr=True), transient=True)
