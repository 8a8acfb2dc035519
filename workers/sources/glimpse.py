"""Whether a file is media at all: a picture or a piece of sound is decoded, in a box, before we call it captured."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workers.sandbox import Ending, Limits, Sandbox

# Called by its path: as a module it would first import every source there is.
_PROGRAM = Path(__file__).with_name("glimpsed.py")
_WALL_S = 180.0
_FOLDER_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What one look at a file showed.

    `code` is empty when something could be decoded, else `not_media`, `unreadable` or `too_large`, with a sentence.
    """

    code: str
    sentence: str
    media_type: str
    has_video: bool = False
    has_audio: bool = False

    @property
    def decodes(self) -> bool:
        return not self.code


_NOTHING = "application/octet-stream"


def look(file: Path, scratch: Path, sandbox: Sandbox) -> Glimpse:
    """Look at `file` in a box without a network.

    Raises: Unavailable, SandboxMissing as `Sandbox.run` does. A file that kills, fills or hangs the box is unreadable.
    """
    folder = scratch / "glimpse"
    folder.mkdir(exist_ok=True)
    wide = sandbox.limits
    limits = Limits(min(_WALL_S, wide.wall_s), wide.memory_bytes, wide.processes, _FOLDER_BYTES, _FOLDER_BYTES)
    argv = [sys.executable, "-I", str(_PROGRAM), str(file)]
    ended = sandbox.run(argv, folder=folder, read=[file], limits=limits)
    told = _told(ended.stdout)
    if ended.ending is not Ending.EXITED or ended.returncode != 0 or told is None:
        return Glimpse("unreadable", f"The decoder did not survive this file ({ended.ending.value}).", _NOTHING)
    return Glimpse(**told)


def _told(printed: str) -> Mapping[str, Any] | None:
    try:
        told = json.loads(printed.strip().rpartition("\n")[2])
    except ValueError:
        return None
    return told if isinstance(told, dict) else None
