"""Checks a package without server, database or network: nine numbered checks, each passed, failed or unknown.

1. form: it is a bag of plain files with safe names. 2. seal: the manifests are the ones that were signed.
3. list: every file is listed, and no other is there. 4. bytes: each file has the bytes that were listed, by SHA-256
and SHA-512. 5. events: each line is one canonical statement, and they form the item's one unbroken chain.
6. ledger: each of them is in the log of the signed checkpoint. 7. files: every original and product is one that an
event names, under its own digest. 8. time: independent authorities saw the checkpoint. 9. witnesses: others cosigned
it. A check that cannot be made because an earlier one failed is unknown; nothing failed is shown as passed.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from storage.errors import ArchiveError, Implausible
from storage.integrity.checks import bagged, custody, others
from storage.integrity.checks.package import Ended, Fault, Package, Progress, Unknown
from storage.integrity.findings import Finding, Verdict
from storage.integrity.tree import Tree, open_tree
from storage.integrity.trust import Trust


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


def verify(tree: Tree, trust: Trust, progress: Progress = lambda _: None) -> list[Finding]:
    """Check a package; every finding there is, at least one for each number.

    `progress` is told how many more bytes have been read. Raises: nothing of the package's making.
    """
    package = Package(tree, trust)
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


def _ended(number: int, name: str, check: Ended) -> Iterator[Finding]:
    """A check's faults; where there is none, its own sentence."""
    told, faults = "", 0
    try:
        for one in check:
            if isinstance(one, Fault):
                faults += 1
                yield Finding(number, name, Verdict.FAIL, str(one), one.subject)
            else:
                told = one
    except Fault as fault:
        yield Finding(number, name, Verdict.FAIL, str(fault), fault.subject)
        return
    except Unknown as unknown:
        if not faults:
            yield Finding(number, name, Verdict.UNKNOWN, str(unknown), claimed=unknown.claimed)
        return
    except (ArchiveError, OSError, ValueError, KeyError, TypeError, RecursionError) as wrong:
        sentence = wrong.sentence if isinstance(wrong, ArchiveError) else "it does not have the form it must have"
        yield Finding(number, name, Verdict.FAIL, sentence)
        return
    if not faults:
        yield Finding(number, name, Verdict.PASS, told)


_CHECKS: tuple[tuple[str, set[int], Callable[[Package, Progress], Ended]], ...] = (
    ("form", set(), bagged.form),
    ("seal", {1}, bagged.seal),
    ("list", {1}, bagged.listing),
    ("bytes", {3}, bagged.digests),
    ("events", {4}, custody.events),
    ("ledger", {2, 5}, custody.ledger),
    ("files", {4, 5}, custody.files),
    ("time", {6}, others.time),
    ("witnesses", {6}, others.witnesses),
)
