"""One long-lived part of the stack: born, watched, born again after a pause, and ended."""

import asyncio
import contextlib
import itertools
import os
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from workers.stack.children import Birth, end_group, spawn

_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 10.0
# A life this long proves that the part can run; shorter ones count towards `failing`.
_GOOD_LIFE_S = 10.0
_QUICK_DEATHS = 5
_LOG_BYTES = 16 << 20
_LOGS_KEPT = 3


class State(StrEnum):
    """What a part is up to; `failing` stays until it has lived long enough."""

    STARTING = "starting"
    READY = "ready"
    PAUSING = "pausing"
    FAILING = "failing"
    STOPPED = "stopped"


async def _at_once() -> bool:
    return True


def _nothing() -> None: ...


@dataclass(frozen=True, slots=True)
class Part:
    """What a part is: how it is born, how one sees that it works, and how it is asked to end."""

    name: str
    birth: Birth
    log: Path
    is_ready: Callable[[], Awaitable[bool]] = _at_once
    before: Callable[[], None] = _nothing
    stop_signal: signal.Signals = signal.SIGTERM
    stop_within_s: float = 15.0


@dataclass(slots=True)
class Service:
    """A part kept alive; `changed` hears its name and a sentence after every change of its state."""

    part: Part
    changed: Callable[[str, str], None]
    state: State = State.STARTING
    restarts: int = 0
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    keeping: asyncio.Task[None] | None = None
    _child: subprocess.Popen[bytes] | None = None
    _quick_deaths: int = 0

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child is not None and self._child.returncode is None else None

    def start(self) -> None:
        """Begin to keep the part alive, in the background."""
        self.keeping = asyncio.create_task(self._keep(), name=self.part.name)

    async def stop(self) -> None:
        """Ask the part to end, wait as long as it may take, then end it and whatever it left behind."""
        if self.keeping is not None:
            self.keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.keeping
        child = self._child
        if child is not None and child.poll() is None:
            child.send_signal(self.part.stop_signal)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(end_of(child), self.part.stop_within_s)
        if child is not None:
            end_group(child.pid)
            child.wait()
        self._enter(State.STOPPED, "stopped")

    async def _keep(self) -> None:
        """1. give birth; 2. watch till ready; 3. wait for its end; 4. end its orphans; 5. pause, longer each time."""
        pause_s = _FIRST_PAUSE_S
        while True:
            born = time.monotonic()
            self._enter(State.STARTING, "starting")
            self.part.before()
            rotate(self.part.log)
            with self.part.log.open("ab") as output:
                child = self._child = spawn(self.part.birth, stdout=output.fileno())
            watching = asyncio.create_task(self._watch(child))
            try:
                await end_of(child)
            finally:
                watching.cancel()
            self.ready.clear()
            end_group(child.pid)
            lived_s = time.monotonic() - born
            if lived_s > _GOOD_LIFE_S:
                pause_s, self._quick_deaths = _FIRST_PAUSE_S, 0
            self._quick_deaths += 1
            self.restarts += 1
            self._enter(State.PAUSING, f"ended with {child.returncode} after {lived_s:.1f} s; again in {pause_s} s")
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)

    async def _watch(self, child: subprocess.Popen[bytes]) -> None:
        born = time.monotonic()
        while not await self.part.is_ready():
            await asyncio.sleep(0.05)
        if child.poll() is not None:
            return
        self.ready.set()
        self._enter(State.READY, "ready")
        if self._quick_deaths >= _QUICK_DEATHS:
            await asyncio.sleep(born + _GOOD_LIFE_S - time.monotonic())
            self._quick_deaths = 0
            self._enter(State.READY, "ready")

    def _enter(self, state: State, sentence: str) -> None:
        failing = self._quick_deaths >= _QUICK_DEATHS and state is not State.STOPPED
        self.state = State.FAILING if failing else state
        self.changed(self.part.name, sentence)


def rotate(log: Path) -> None:
    """Put a log aside that has grown large: `.1` is the youngest of three."""
    if not log.exists() or log.stat().st_size < _LOG_BYTES:
        return
    names = [log, *(log.with_name(f"{log.name}.{age}") for age in range(1, _LOGS_KEPT + 1))]
    for younger, older in reversed(list(itertools.pairwise(names))):
        if younger.exists():
            younger.replace(older)


async def end_of(child: subprocess.Popen[bytes]) -> int:
    """Wait for a child's end without a thread: threads and code between fork and exec do not mix."""
    if child.poll() is None:
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        descriptor = os.pidfd_open(child.pid)
        loop.add_reader(descriptor, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(descriptor)
            os.close(descriptor)
    return child.wait()
