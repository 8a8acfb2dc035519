"""Runs the analysis engine in a box without network, and reads what it wrote there."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from storage.errors import LeaseLost, Rejected
from workers.sandbox import Ending
from workers.step import Context

_REJECTED = 3


class DecoderDied(RuntimeError):
    """The engine was ended by a signal or an unknown exit: our fault until somebody has looked."""


def decode(context: Context, original: Path, name: str, *arguments: str) -> tuple[Path, Mapping[str, Any]]:
    """Run `workers.analysis` on `original`; the folder it wrote to, and the document `name` from there.

    Raises: Rejected when the engine refuses the file or takes too long, LeaseLost, DecoderDied.
    """
    folder = context.scratch / name.removesuffix(".json")
    folder.mkdir(mode=0o700)
    argv = [sys.executable, "-P", "-m", "workers.analysis", *arguments, str(original), "--out", "."]
    ended = context.sandbox.run(argv, folder=folder, read=[original], on_line=_progress(context))
    match ended.ending:
        case Ending.EXITED if ended.returncode == 0:
            return folder, json.loads((folder / name).read_text())
        case Ending.EXITED if ended.returncode == _REJECTED:
            refusal = json.loads((folder / "error.json").read_text())
            raise Rejected(refusal["sentence"], code=refusal["code"])
        case Ending.TIMED_OUT | Ending.FOLDER_FULL:
            raise Rejected(f"decoding was stopped after {ended.wall_s:.0f} s: {ended.ending}", code="too_large")
        case Ending.STOPPED:
            raise LeaseLost("decoding was stopped because the job is not ours any more")
        case _:
            raise DecoderDied(f"the decoder ended with {ended.returncode}: {ended.stderr[-1000:]}")


def _progress(context: Context) -> Any:
    def hear(line: str) -> None:
        try:
            told = json.loads(line)
        except ValueError:
            return
        if isinstance(told, dict) and isinstance(told.get("progress"), int | float):
            context.report({"progress": float(told["progress"])})

    return hear
