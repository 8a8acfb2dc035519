"""How a program of the engine answers from its box: how far it is, and one document, or why there is none."""

import json
import sys
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from storage.errors import Rejected

REJECTED = 3
"""The exit code for a file that can never be read; `error.json` {"code", "sentence"} says why."""


def say(share: float | Fraction) -> None:
    """Print how far it is, 0 to 1."""
    sys.stdout.write(json.dumps({"progress": round(min(1.0, float(share)), 4)}) + "\n")
    sys.stdout.flush()


def write(out: Path, name: str, make: Callable[[], Mapping[str, Any]]) -> int:
    """Write what `make` returns into `out`, or why the file is refused; the exit code."""
    try:
        _write(out / name, make())
    except Rejected as rejected:
        _write(out / "error.json", {"code": rejected.code, "sentence": rejected.sentence})
        return REJECTED
    return 0


def _write(path: Path, document: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
