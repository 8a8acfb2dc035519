"""Whether a file is media at all: a picture or a piece of sound is decoded, in a box, before we call it captured."""

import sys
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workers.brought import check_ours
from workers.sandbox import Ending, Limits, Sandbox

# Called by its path: as a module it would first import every source there is.
_PROGRAM = Path(__file__).with_name("glimpsed.py")
_WALL_S = 180.0
_FOLDER_BYTES = 64 << 20


class Glimpse(BaseModel):
    """What one look at a file showed.

    `code` is empty when something could be decoded, else it says why not, with a sentence. The look decodes a hostile
    file, and may be what its attacker says: it can lie within this form, and not beyond it.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    code: Literal["", "not_media", "unreadable", "too_large"]
    sentence: Annotated[str, Field(max_length=1000, pattern=r"^[^\x00-\x1f\x7f]*\z")]
    media_type: Annotated[str, Field(pattern=r"^((video|audio)/[a-z0-9][a-z0-9_.+-]{0,60}|application/octet-stream)\z")]
    has_video: bool = False
    has_audio: bool = False

    @property
    def decodes(self) -> bool:
        return not self.code


_NOTHING = "application/octet-stream"


def look(file: Path, scratch: Path, sandbox: Sandbox) -> Glimpse:
    """Look at `file` in a box without a network.

    Raises: LeaseLost, DiskFull, and Unavailable or SandboxMissing as `Sandbox.run` does. A file that
    kills, fills or hangs the box is unreadable.
    """
    folder = scratch / "glimpse"
    folder.mkdir(exist_ok=True)
    wide = sandbox.limits
    limits = Limits(min(_WALL_S, wide.wall_s), wide.memory_bytes, wide.processes, _FOLDER_BYTES, _FOLDER_BYTES)
    argv = [sys.executable, "-I", str(_PROGRAM), str(file)]
    ended = sandbox.run(argv, folder=folder, read=[file], limits=limits)
    check_ours(ended)
    seen = _seen(ended.stdout)
    if ended.ending is not Ending.EXITED or ended.returncode != 0 or seen is None:
        sentence = f"The decoder did not survive this file ({ended.ending.value})."
        return Glimpse(code="unreadable", sentence=sentence, media_type=_NOTHING)
    return seen


def _seen(printed: str) -> Glimpse | None:
    try:
        return Glimpse.model_validate_json(printed.strip().rpartition("\n")[2])
    except ValidationError:
        return None
