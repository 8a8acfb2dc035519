"""The whole examination, and how it is told."""

import importlib.metadata
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict

from storage.settings import Settings
from workers.doctor import machine, stack, tools
from workers.doctor.finding import Condition, Finding

CHECKS: Sequence[Callable[[Settings], Iterator[Finding]]] = (
    tools.versions,
    tools.ytdlp,
    tools.javascript,
    tools.impersonation,
    tools.ffmpeg,
    tools.browser,
    tools.tesseract,
    machine.sandbox,
    machine.egress,
    machine.vault,
    machine.item_keys,
    machine.clock,
    stack.stack,
)


def examine(settings: Settings) -> list[Finding]:
    """Look at everything; a check that cannot be made is a finding too."""
    return [finding for check in CHECKS for finding in check(settings)]


def is_unsafe(findings: Sequence[Finding]) -> bool:
    """Whether any finding means that nobody should trust this installation with evidence."""
    return any(finding.state is Condition.UNSAFE for finding in findings)


def as_json(findings: Sequence[Finding]) -> str:
    """One JSON document."""
    whole = {
        "version": importlib.metadata.version("svidok"),
        "safe": not is_unsafe(findings),
        "findings": [asdict(finding) for finding in findings],
    }
    return json.dumps(whole, indent=1)


def as_text(findings: Sequence[Finding]) -> str:
    """One line for each finding."""
    width = max((len(finding.name) for finding in findings), default=0) + 2
    return "\n".join(f"{finding.state:8}{finding.name:{width}}{finding.sentence}" for finding in findings)
