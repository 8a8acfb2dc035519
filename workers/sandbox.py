"""Child programs in a box: no network but the egress socket, no file but those named, and hard limits."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from workers.egress_ticket import Ticket


@dataclass(frozen=True, slots=True)
class Limits:
    """What one child tree may use; every limit ends it, none is advice."""

    wall_s: float
    memory_bytes: int
    processes: int
    file_bytes: int
    folder_bytes: int


class Ending(StrEnum):
    """Why a child tree stopped."""

    EXITED = "exited"
    SIGNALLED = "signalled"
    TIMED_OUT = "timed_out"
    FOLDER_FULL = "folder_full"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended: its ending, its exit code where it exited, and the capped ends of what it printed."""

    ending: Ending
    returncode: int
    stdout: str
    stderr: str
    wall_s: float


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A way to run one program in a box; made once per job, so that losing the job's lease stops its children."""

    limits: Limits
    stop: threading.Event = field(default_factory=threading.Event)

    def run(
        self,
        argv: Sequence[str],
        *,
        folder: Path,
        read: Sequence[Path] = (),
        ticket: Ticket | None = None,
        limits: Limits | None = None,
        on_line: Callable[[str], None] | None = None,
    ) -> Ended:
        """Run `argv` with `folder` as its only writable place."""
        raise NotImplementedError
