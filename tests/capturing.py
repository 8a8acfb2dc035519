"""Everything a source needs in a test: a real egress proxy, a real box, and a folder; nothing is pretended."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from storage.integrity.digest import Digest
from tests.workers.stack import patience
from workers.outgoing.ticket import Ticket
from workers.sandbox import Limits, Sandbox
from workers.step import Context

LIMITS = Limits(wall_s=40.0, memory_bytes=2 << 30, processes=256, file_bytes=64 << 20, folder_bytes=256 << 20)
_PROXY = """
import json, sys
from pathlib import Path
from workers.egress import run
socket, log, exceptions = json.loads(sys.argv[1])
run(Path(socket), Path(log), frozenset((host, port) for host, port in exceptions))
"""


@dataclass(frozen=True, slots=True)
class Exit:
    """A running egress proxy."""

    socket: Path
    log: Path

    def ticket(self) -> Ticket:
        return Ticket.issue(self.socket, self.log)


@contextmanager
def egress(folder: Path, *exceptions: tuple[str, int]) -> Iterator[Exit]:
    """A proxy of its own process that lets through the public web and `exceptions`."""
    folder.mkdir(parents=True, exist_ok=True)
    out = Exit(folder / "egress.sock", folder / "log")
    asked = json.dumps([str(out.socket), str(out.log), exceptions])
    proxy = subprocess.Popen([sys.executable, "-c", _PROXY, asked])
    try:
        deadline = time.monotonic() + patience(20)
        while not out.socket.exists():
            assert proxy.poll() is None, "the egress proxy did not start"
            assert time.monotonic() < deadline, "the egress proxy takes too long to start"
            time.sleep(0.02)
        yield out
    finally:
        proxy.terminate()
        proxy.wait(10)


@dataclass(slots=True)
class Desk:
    """Where one attempt is made: hands out a context, and keeps what was reported."""

    out: Exit
    folder: Path
    reports: list[Mapping[str, Any]] = field(default_factory=list)
    files: dict[Digest, Path] = field(default_factory=dict)

    def context(self, request: Mapping[str, Any], **narrower: Any) -> Context:
        """A context for `request`, with some of `LIMITS` replaced."""
        scratch = self.folder / "scratch"
        scratch.mkdir(parents=True)
        return Context(
            inputs=(),
            scratch=scratch,
            sandbox=Sandbox(replace(LIMITS, **narrower)),
            open_local=self.files.__getitem__,
            report=self.reports.append,
            request=request,
            ticket=self.out.ticket(),
        )
