"""Runs the analysis engine in a box without network; what it wrote there is for `findings` to believe or not."""

import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from storage.errors import Rejected
from workers import findings
from workers.analysis.program import REJECTED
from workers.brought import check_ours
from workers.sandbox import Ended, Ending
from workers.step import Context


class DecoderDied(RuntimeError):
    """The engine was ended by a signal or an unknown exit: our fault until somebody has looked.

    `folder` is where it wrote, `ended` how it went.
    """

    def __init__(self, sentence: str, folder: Path, ended: Ended) -> None:
        super().__init__(sentence)
        self.folder = folder
        self.ended = ended


def decode(context: Context, original: Path, *arguments: str, also: Sequence[Path] = ()) -> Path:
    """Run `workers.analysis` on `original`; the folder it wrote to, not one file of which has been looked at.

    `also`: other files that the arguments name.

    Raises: Rejected when the engine refuses the file or takes too long, LeaseLost, DiskFull, DecoderDied, Implausible.
    """
    argv = ["workers.analysis", *arguments, str(original)]
    return run_engine(context, argv, [original, *also], lambda share: context.report({"progress": share}))


def run_engine(context: Context, argv: Sequence[str], read: Sequence[Path], on_share: Callable[[float], None]) -> Path:
    """Run a program of the engine, its module before its arguments, where it may `read`; the folder it wrote to.

    `on_share` hears how far it is, 0 to 1. Raises: as `decode`.
    """
    folder = Path(tempfile.mkdtemp(prefix="decoded-", dir=context.scratch))
    call = [sys.executable, "-P", "-m", *argv, "--out", "."]
    ended = context.sandbox.run(call, folder=folder, read=read, on_line=_heard(on_share))
    match ended.ending:
        case Ending.EXITED if ended.returncode == 0:
            return folder
        case Ending.EXITED if ended.returncode == REJECTED:
            refusal = findings.read(folder, "error.json", findings.Refusal)
            raise Rejected(refusal.sentence, code=refusal.code)
        case Ending.TIMED_OUT:
            sentence = f"This file was ended after {ended.wall_s:.0f} s: no one file is given longer."
            raise Rejected(sentence, code="took_too_long")
        case Ending.FOLDER_FULL:
            sentence = "What is made of this file takes more room than may be made of one file."
            raise Rejected(sentence, code="too_large")
        case _:
            check_ours(ended)
            said = ended.stderr[-1000:].encode(errors="replace").decode().replace("\0", "")
            raise DecoderDied(f"the decoder ended with {ended.returncode}: {said}", folder, ended)


def _heard(on_share: Callable[[float], None]) -> Callable[[str], None]:
    def hear(line: str) -> None:
        try:
            told = json.loads(line)
        except (ValueError, RecursionError):
            return
        share = told.get("progress") if isinstance(told, dict) else None
        if isinstance(share, int | float) and 0 <= share <= 1:
            on_share(float(share))

    return hear
