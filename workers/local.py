"""The whole stack on one machine: one supervisor starts every part in order, keeps each alive, stops all in order."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from storage.settings import Settings
from workers.stack.children import spawn
from workers.stack.parts import NOT_INHERITED, Table, connected, embedded_stores, environment, given, url_of
from workers.stack.service import Service, State, end_of, rotate
from workers.stack.vault import BROKEN_PART, PORT_BUSY, NotStarted, Vault, write_json

STORES = ("postgres", "valkey")
ROLES = ("egress", "worker", "keeper", "api")
# First who takes work, last who remembers; parts of one row stop together.
_STOPPING = (("api", "keeper", "worker"), ("egress",), ("valkey",), ("postgres",))
_PREPARATION_TRIES = 3


@dataclass(slots=True)
class Stack:
    """The parts of one vault that run here, or those of them named in `services`.

    `say` hears what goes wrong while it runs; `when_ready` hears the one-time set-up link, or nothing.
    """

    settings: Settings
    say: Callable[[str], None]
    when_ready: Callable[[str], None]
    services: Collection[str] = STORES + ROLES
    _vault: Vault = field(init=False)
    _running: dict[str, Service] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._vault = Vault(self.settings.vault)

    def run(self) -> None:
        """Start everything, keep it alive until SIGINT, SIGTERM or SIGHUP, stop everything. Raises: NotStarted.

        1. own the vault, and wait for what an earlier life left behind
        2. own the port, so that a busy one stops us before anything has started
        3. stores; 4. their accounts and tables; 5. the roles, and the word that all is ready
        6. wait; 7. stop in order, however it ended
        """
        os.umask(0o077)
        for name in [name for name in os.environ if name.startswith(NOT_INHERITED)]:
            del os.environ[name]
        self._vault.make()
        self._vault.refuse_half_restored()
        with self._vault.lock(), self._vault.children() as inherited, _listening(self.settings) as listener:
            write_json(self._vault.address, {"url": url_of(self.settings), "pid": os.getpid()})
            rotate(self._vault.logs / "up.log")
            try:
                asyncio.run(self._live(inherited, listener))
            finally:
                self._vault.address.unlink(missing_ok=True)

    async def _live(self, inherited: int, listener: socket.socket) -> None:
        told = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, told.set)
        told_task = asyncio.create_task(told.wait())
        starting = asyncio.create_task(self._start(self._table(inherited, listener)))
        try:
            await _first_of(told_task, starting)
            await _first_of(told_task, *(service.keeping for service in self._running.values() if service.keeping))
        finally:
            starting.cancel()
            told_task.cancel()
            self.say("Stopping …")
            await self._stop()
            self.say("Stopped.")

    def _table(self, inherited: int, listener: socket.socket) -> Table:
        stores = embedded_stores(self._vault)
        told = environment(connected(self.settings))
        authority = url_of(self.settings).removeprefix("http://")
        return Table(self._vault, stores, told, inherited, listener, authority)

    async def _start(self, table: Table) -> None:
        began = time.monotonic()
        stores = self._embedded()
        self._begin(table, "egress")
        if "valkey" in stores:
            table.stores.valkey.create()
            self._begin(table, "valkey")
        if "postgres" in stores:
            table.stores.postgres.create(inherits=(table.inherited,))
            self._begin(table, "postgres")
        await self._all_ready()
        if "postgres" in stores:
            table.stores.postgres.provision()
        # The API loads meanwhile: until the database is as it must be, it says at /readyz that it is not.
        self._begin(table, "api")
        setup_link = await self._prepare(table) if "api" in self.services else ""
        for name in ("worker", "keeper"):
            self._begin(table, name)
        await self._all_ready()
        while "api" in self.services and not await table.is_serving("/readyz"):
            await asyncio.sleep(0.1)
        self._note("stack", f"ready after {time.monotonic() - began:.1f} s")
        self.when_ready(setup_link)

    def _embedded(self) -> set[str]:
        """The stores that nobody else runs for us."""
        elsewhere = {"postgres": given(self.settings.database_url), "valkey": given(self.settings.broker_url)}
        return {name for name in STORES if name in self.services and not elsewhere[name]}

    def _begin(self, table: Table, name: str) -> None:
        if name in self.services:
            self._running[name] = Service(table.part(name), self._changed)
            self._running[name].start()

    async def _all_ready(self) -> None:
        for service in self._running.values():
            if service.keeping is not None:
                await _first_of(asyncio.create_task(service.ready.wait()), service.keeping)

    async def _prepare(self, table: Table) -> str:
        """Migrate in a child; the set-up link it prints is a secret, so it comes through a pipe and enters no log."""
        log = table.log("migrate")
        rotate(log)
        for attempt in range(_PREPARATION_TRIES):
            await asyncio.sleep(attempt)
            with log.open("ab") as errors:
                child = spawn(table.role("migrate"), stdout=subprocess.PIPE, stderr=errors.fileno())
            try:
                ended_well = await end_of(child) == 0
            finally:
                child.kill()
            said, _ = child.communicate()
            if ended_well:
                return said.decode().strip()
            self._note("migrate", f"ended with {child.returncode}")
        raise NotStarted(f"the database could not be prepared; {log} says why", exit_code=BROKEN_PART)

    async def _stop(self) -> None:
        for row in _STOPPING:
            await asyncio.gather(*(self._running[name].stop() for name in row if name in self._running))
        self._note("stack", "stopped")

    def _changed(self, name: str, sentence: str) -> None:
        service = self._running[name]
        self._note(name, sentence)
        if service.state in {State.PAUSING, State.FAILING}:
            self.say(f"{name} is {service.state}: {sentence}; see {service.part.log}")
        write_json(
            self._vault.status,
            {
                name: {"pid": service.pid, "state": service.state.value, "restarts": service.restarts}
                for name, service in self._running.items()
            },
        )

    def _note(self, name: str, sentence: str) -> None:
        line = {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "service": name, "event": sentence}
        with (self._vault.logs / "up.log").open("a") as log:
            log.write(json.dumps(line) + "\n")


async def _first_of(*tasks: "asyncio.Task[bool] | asyncio.Task[None]") -> None:
    """Wait for the first that ends; what ended badly raises here."""
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()


@contextlib.contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    """The API's port, bound by the supervisor: while the API is born again, callers wait instead of being refused."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
            listener.listen(512)
        except OSError as error:
            raise NotStarted(
                f"cannot listen on {settings.host} port {settings.port}: {error.strerror}; "
                "choose another with --port or SVIDOK_PORT, or end the program that uses it",
                exit_code=PORT_BUSY,
            ) from None
        yield listener
