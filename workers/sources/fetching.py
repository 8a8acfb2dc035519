"""Runs the fetching program in a box and reads what it tells, trusting neither its words nor its files."""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workers.brought import check_ours, is_plain_file
from workers.outgoing.ticket import Ticket
from workers.sandbox import Ended, Ending, Sandbox

_PROGRAM = Path(__file__).with_name("fetch.py")
_MARGIN_S = 3.0

WINDOW_S = 60.0
"""A site that brings next to nothing over any such time is given up."""
LEAST_BYTES_PER_S = 1024.0
"""What must come on average over it; the slowest mobile network brings more."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to fetch and how far to go for it."""

    url: str
    limit_bytes: int
    wall_s: float
    tries: int = 3
    idle_s: float = 20.0


@dataclass(frozen=True, slots=True)
class Answer:
    """How it went: `ending` is complete, empty, answered (another status than 200), broken, busy, refused (a redirect
    nobody should follow), size, time or slow (our limits), or unreachable; `file` is the longest run of bytes that
    came.
    """

    ending: str
    hops: tuple[Mapping[str, Any], ...] = ()
    tries: tuple[Mapping[str, Any], ...] = ()
    file: Path | None = None
    expected_bytes: int | None = None
    encoding: str | None = None

    @property
    def status(self) -> int | None:
        """The last HTTP status seen."""
        return int(self.hops[-1]["status"]) if self.hops else None

    def header(self, name: str) -> str | None:
        """A header of the last answer."""
        headers = self.hops[-1]["headers"] if self.hops else []
        return next((str(text) for known, text in headers if str(known).lower() == name), None)


def get(
    order: Order, folder: Path, sandbox: Sandbox, ticket: Ticket, report: Callable[[Mapping[str, Any]], None]
) -> Answer:
    """Fetch one file into `folder`, which is made.

    Raises: LeaseLost when the job was stopped, DiskFull without room, and what `Sandbox.run` raises.
    """
    folder.mkdir()
    told: dict[str, Any] = {}

    def hear(line: str) -> None:
        said = _said(line)
        if isinstance(said.get("told"), dict):
            told.update(said["told"])
        elif "received_bytes" in said:
            report({"received_bytes": said["received_bytes"], "expected_bytes": said.get("expected_bytes")})

    asked = {
        "url": order.url,
        "limit_bytes": order.limit_bytes,
        "wall_s": max(1.0, order.wall_s - _MARGIN_S),
        "tries": order.tries,
        "idle_s": order.idle_s,
        "window_s": WINDOW_S,
        "least_bytes_per_s": LEAST_BYTES_PER_S,
    }
    # The program keeps the limits itself and says so; the box's own, a little wider, are for when it does not.
    wider = replace(
        sandbox.limits,
        wall_s=min(sandbox.limits.wall_s, order.wall_s + _MARGIN_S),
        file_bytes=order.limit_bytes + (1 << 20),
    )
    argv = [sys.executable, "-I", str(_PROGRAM), json.dumps(asked)]
    ended = sandbox.run(argv, folder=folder, ticket=ticket, limits=wider, on_line=hear)
    check_ours(ended)
    return _answer(told, ended, folder)


def _said(line: str) -> dict[str, Any]:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _answer(told: Mapping[str, Any], ended: Ended, folder: Path) -> Answer:
    if not told:
        cut = {Ending.TIMED_OUT: "time", Ending.FOLDER_FULL: "size"}.get(ended.ending, "crashed")
        longest = max(filter(is_plain_file, folder.glob("body.*")), key=lambda path: path.stat().st_size, default=None)
        return Answer(cut, file=longest if longest and longest.stat().st_size else None)
    file = folder / Path(str(told.get("file") or "none")).name
    return Answer(
        ending=str(told["ending"]),
        hops=tuple(told["hops"]),
        tries=tuple(told["tries"]),
        file=file if is_plain_file(file) and file.stat().st_size else None,
        expected_bytes=told.get("expected_bytes") or told.get("announced_bytes"),
        encoding=told.get("encoding"),
    )
