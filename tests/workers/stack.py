"""Starts the embedded stack as an operator would, in a process of its own, and looks at it from outside."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

STORES = ("postgres", "valkey")
_PROGRAM = """
import sys
from storage.settings import Settings
from workers.local import Stack
from workers.stack.vault import NotStarted
def say(sentence):
    print(sentence, file=sys.stderr, flush=True)
def ready(link):
    print("READY", link, flush=True)
try:
    Stack(Settings(), say=say, when_ready=ready, services=sys.argv[1].split(",")).run()
except NotStarted as error:
    say(error.sentence)
    sys.exit(error.exit_code)
"""


@dataclass
class Supervised:
    """One supervisor of some services of one vault."""

    vault: Path
    services: Sequence[str] = STORES
    environment: Mapping[str, str] = field(default_factory=dict)
    prefix: Sequence[str] = ()
    port: int = field(default_factory=lambda: free_port())
    setup_link: str = ""
    process: subprocess.Popen[str] = field(init=False)

    def start(self) -> "Supervised":
        environment = {k: v for k, v in os.environ.items() if not k.startswith("SVIDOK_")}
        environment |= {"SVIDOK_VAULT": str(self.vault), "SVIDOK_PORT": str(self.port), **self.environment}
        self.process = subprocess.Popen(
            [*self.prefix, sys.executable, "-c", _PROGRAM, ",".join(self.services)],
            env=environment,
            cwd="/",
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        return self

    def until_ready(self) -> float:
        """Wait for the word; the seconds it took."""
        began, within_s = time.monotonic(), patience(60)
        assert self.process.stdout is not None
        readable, _, _ = select.select([self.process.stdout], [], [], within_s)
        said = self.process.stdout.readline() if readable else ""
        if not said.startswith("READY"):
            self.process.kill()
            raise AssertionError(f"not ready within {within_s} s: {self.process.communicate()[1]}\n{self.log()}")
        self.setup_link = said.removeprefix("READY").strip()
        return time.monotonic() - began

    def log(self) -> str:
        """What this supervisor noted."""
        path = self.vault / "logs" / "up.log"
        return path.read_text() if path.exists() else ""

    def status(self) -> dict[str, Any]:
        try:
            return dict(json.loads((self.vault / "run" / "status.json").read_text()))
        except FileNotFoundError:
            return {}

    def pid(self, name: str) -> int:
        return int(self.status()[name]["pid"])

    def is_ready(self, *names: str, other_than: int | None = None) -> bool:
        """Whether these parts stand, by one reading; `other_than`: and none of them is this process any more."""
        read = self.status()
        status = [read.get(name, {}) for name in names or self.services]
        return all(one.get("state") == "ready" and one["pid"] != other_than for one in status)

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def kill_family(self) -> None:
        """Kill whatever it has started, and not itself."""
        for child in self.family():
            with suppress(psutil.NoSuchProcess):  # one that was ending just now
                child.kill()

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise
        return self.process.returncode

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@contextmanager
def stack(vault: Path, services: Sequence[str] = STORES, **more: Any) -> Iterator[Supervised]:
    """A stack that is ready, and stopped in the end."""
    supervised = Supervised(vault, services, **more).start()
    try:
        supervised.until_ready()
        yield supervised
    finally:
        supervised.stop()


def eventually(holds: Callable[[], Any], within_s: float) -> float:
    """Wait until `holds`; the seconds it took."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < within_s, f"not within {within_s} s"
        time.sleep(0.01)
    return time.monotonic() - began


def patience(seconds: float) -> float:
    """So many seconds of a machine that has time for us, in seconds of the machine as it is now."""
    return seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def lives(pid: int) -> bool:
    """Whether a process still does something; one that nobody has buried does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
