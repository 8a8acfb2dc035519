"""How each part of the embedded stack is started, and how one sees that it works."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from storage.settings import Settings
from workers.stack.children import Birth
from workers.stack.embedded import Postgres, Valkey
from workers.stack.service import Part
from workers.stack.vault import Vault

# What the caller's environment would tell our parts behind our back; their settings come from us alone.
NOT_INHERITED = ("SVIDOK_", "PG", "PYTHON", "CELERY_", "UVICORN_")
_ASK_S = 5.0


@dataclass(frozen=True, slots=True)
class Stores:
    """The two embedded stores of one vault."""

    postgres: Postgres
    valkey: Valkey


@dataclass(frozen=True, slots=True)
class Table:
    """The parts by name. `inherited` keeps the next supervisor waiting; `listener` is the API's port, bound by us."""

    vault: Vault
    stores: Stores
    environment: Mapping[str, str]
    inherited: int
    listener: socket.socket
    authority: str

    def part(self, name: str) -> Part:
        """The part called `name`. Raises: KeyError where there is none."""
        return {
            "postgres": self._postgres,
            "valkey": self._valkey,
            "egress": self._egress,
            "worker": self._worker,
            "keeper": self._keeper,
            "api": self._api,
        }[name]()

    def role(self, *arguments: str, orphan_signal: signal.Signals = signal.SIGTERM, listener: bool = False) -> Birth:
        """One of our own commands as a child; `-P` keeps the vault, where it stands, out of the module search."""
        return Birth(
            (sys.executable, "-P", "-m", "workers.cli", *arguments),
            self.environment,
            self.vault.root,
            orphan_signal=orphan_signal,
            inherits=(self.inherited, self.listener.fileno()) if listener else (self.inherited,),
        )

    def log(self, name: str) -> Path:
        return self.vault.logs / f"{name}.log"

    async def is_serving(self, path: str) -> bool:
        """Whether the API answers 200 at `path`."""
        return await _answers(self.listener, self.authority, path)

    def _postgres(self) -> Part:
        store = self.stores.postgres

        async def is_ready() -> bool:
            return store.is_ready()

        return Part(
            "postgres",
            store.birth(inherits=(self.inherited,)),
            self.log("postgres"),
            is_ready,
            before=store.forget_stranger,
            stop_signal=signal.SIGINT,
            stop_within_s=30.0,
        )

    def _valkey(self) -> Part:
        store = self.stores.valkey

        async def is_ready() -> bool:
            return await _pongs(store)

        return Part("valkey", store.birth(inherits=(self.inherited,)), self.log("valkey"), is_ready)

    def _egress(self) -> Part:
        path = self.environment["SVIDOK_EGRESS_SOCKET"]

        async def is_ready() -> bool:
            return await _opens(path)

        return Part("egress", self.role("egress"), self.log("egress"), is_ready)

    def _worker(self) -> Part:
        # A worker without a supervisor would work on beside the next one: its death is immediate.
        return Part("worker", self.role("work", orphan_signal=signal.SIGKILL), self.log("worker"), stop_within_s=20.0)

    def _keeper(self) -> Part:
        return Part("keeper", self.role("keep"), self.log("keeper"))

    def _api(self) -> Part:
        serve = self.role("serve", "--descriptor", str(self.listener.fileno()), listener=True)
        return Part("api", serve, self.log("api"), lambda: self.is_serving("/healthz"))


def embedded_stores(vault: Vault) -> Stores:
    """The two stores of a vault, whether they run or not."""
    sockets = vault.socket_folder()
    return Stores(
        Postgres(vault.root / "pg", sockets, vault.secret("postgres-admin"), vault.secret("postgres")),
        Valkey(vault.root / "valkey", sockets / "valkey.sock", vault.secret("valkey")),
    )


def connected(settings: Settings) -> Settings:
    """The same settings with the vault's embedded stores and way out where none was named."""
    if given(settings.database_url) and given(settings.broker_url) and settings.egress_socket is not None:
        return settings
    stores = embedded_stores(Vault(settings.vault))
    return settings.model_copy(
        update={
            "database_url": settings.database_url if given(settings.database_url) else SecretStr(stores.postgres.url()),
            "broker_url": settings.broker_url if given(settings.broker_url) else SecretStr(stores.valkey.url()),
            "egress_socket": settings.egress_socket or stores.postgres.sockets / "egress.sock",
            "egress_log": settings.way_out_log,
        }
    )


def environment(settings: Settings) -> dict[str, str]:
    """What our own parts are told: every setting as a variable, and little else that speaks to them."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)}
    # Two arenas instead of eight for each core: long-lived workers give memory back.
    return kept | {"PYTHONUNBUFFERED": "1", "MALLOC_ARENA_MAX": "2"} | as_variables(settings)


def as_variables(settings: Settings) -> dict[str, str]:
    """Settings the way the environment spells them."""
    variables = {}
    for name, spoken in settings.model_dump(mode="json").items():
        value = getattr(settings, name)
        match value:
            case None:
                continue
            case SecretStr():
                told = value.get_secret_value()
            case tuple():
                told = json.dumps(spoken)
            case _:
                told = str(value)
        variables[f"SVIDOK_{name.upper()}"] = told
    return variables


def given(secret: SecretStr) -> bool:
    return bool(secret.get_secret_value())


def url_of(settings: Settings) -> str:
    """Where a browser on this machine finds the API."""
    host = "localhost" if settings.host in {"0.0.0.0", "::", ""} else settings.host  # noqa: S104 - compares, binds nothing
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


async def _answers(listener: socket.socket, authority: str, path: str) -> bool:
    """Ask the API at the address of its socket; with plain sockets, because a client library takes long to load."""
    request = f"GET {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n"
    host, port = listener.getsockname()[:2]
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compares, binds nothing
    answer = await _ask(asyncio.open_connection(near, port), request.encode(), 12)
    return answer.startswith(b"HTTP/1.1 200")


async def _pongs(store: Valkey) -> bool:
    question = f"AUTH {store.password}\r\nPING\r\n".encode()
    return await _ask(asyncio.open_unix_connection(str(store.socket)), question, 12) == b"+OK\r\n+PONG\r\n"


async def _opens(path: str) -> bool:
    return await _ask(asyncio.open_unix_connection(path), b"GET /healthz HTTP/1.1\r\nHost: egress\r\n\r\n", 5) != b""


async def _ask(
    connecting: Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]], question: bytes, length: int
) -> bytes:
    """The first `length` bytes of an answer, or nothing where nobody answers in time."""
    try:
        async with asyncio.timeout(_ASK_S):
            reader, writer = await connecting
            try:
                writer.write(question)
                return await reader.readexactly(length)
            finally:
                writer.close()
    except (OSError, asyncio.IncompleteReadError):  # TimeoutError is an OSError
        return b""
