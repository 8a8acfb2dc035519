"""How the checks of a package end: passed, failed or unknown, each with a number and a sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


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
