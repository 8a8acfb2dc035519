"""The folder that holds everything kept: where its parts lie, and the locks that give it to one supervisor."""

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import signal
import stat
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from storage import whole
from storage.errors import Altered, ArchiveError
from workers.stack.embedded import can_hold_sockets

# Where one machine cannot see another's flock, two supervisors would run on the same files.
_NETWORK_FILESYSTEMS = frozenset(
    {"9p", "afs", "beegfs", "ceph", "cifs", "fuse.glusterfs", "fuse.sshfs", "glusterfs", "lustre", "ncpfs", "nfs"}
    | {"nfs4", "smb3", "smbfs"}
)


class NotStarted(ArchiveError):
    """The stack did not start; `exit_code` follows sysexits.h."""

    code = "not_started"

    def __init__(self, sentence: str, *, exit_code: int) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


class NoVault(ArchiveError):
    """Nobody has kept anything at the place that was named; the exit code is that of wrong usage."""

    code = "no_vault"
    exit_code = 2


ALREADY_RUNNING = 73
UNSAFE_PLACE = 77
PORT_BUSY = 69
BROKEN_PART = 70


@dataclass(frozen=True, slots=True)
class Vault:
    """Every place in one vault that the embedded stack itself uses."""

    root: Path

    @property
    def run(self) -> Path:
        """What is true only while the stack runs."""
        return self.root / "run"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def status(self) -> Path:
        """`{service: {pid, state, restarts}}`, replaced as a whole whenever it changes."""
        return self.run / "status.json"

    @property
    def address(self) -> Path:
        """`{url, pid}` of the running stack; absent when none runs."""
        return self.run / "address.json"

    @property
    def half_restored(self) -> Path:
        """Lies there while a backup is put back, and stays where that was cut short."""
        return self.root / "restore.unfinished"

    def refuse_absent(self, *, own_database: bool) -> None:
        """Raises: NoVault where nothing is kept, or the vault's `own_database` is lost.

        Whoever only looks must not make an archive: an empty one is sound, and its backup would be a success.
        """
        if not self.is_begun:
            raise NoVault(
                f"there is no vault at {self.root}: nothing was looked at, and nothing was made. Name the right folder "
                "with --vault or SVIDOK_VAULT; `svidok up` makes a new archive where there is none"
            )
        if own_database and not (self.root / "pg").is_dir() and not self.address.exists():
            raise NoVault(
                f"the vault {self.root} has no database (`pg`), and nothing was made in its place: "
                f"`svidok rebuild --from {self.root}` writes it again from the ledger, and "
                "SVIDOK_DATABASE_URL names one that is elsewhere"
            )

    @property
    def is_begun(self) -> bool:
        """Whether an archive has begun here, in whatever state it is now."""
        return any(
            (self.root / name).exists() for name in ("pg", "ledger", "keys", "operator.token", "run/address.json")
        )

    def refuse_half_restored(self) -> None:
        """Raises: NotStarted where erased items may be back, because a restore did not come to its end."""
        if self.half_restored.exists():
            raise NotStarted(
                f"a restore into {self.root} was cut short: what was erased since the backup may be there again, and "
                "files may be missing. Restore into a new, empty vault and database, and throw this one away",
                exit_code=UNSAFE_PLACE,
            )

    def make(self) -> None:
        """Make the folders, closed to everybody else. Raises: NotStarted where others could interfere."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.root.stat().st_uid != os.geteuid():
            raise NotStarted(f"the vault {self.root} belongs to another user", exit_code=UNSAFE_PLACE)
        self.root.chmod(0o700)
        for folder in (self.run, self.logs):
            folder.mkdir(mode=0o700, exist_ok=True)
            _refuse_unless_private(folder)

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the vault for one supervisor. Raises: NotStarted, naming the one that holds it."""
        kind = network_filesystem(self.root, _mounts())
        if kind is not None:
            raise NotStarted(
                f"the vault {self.root} lies on a network file system ({kind}), where a lock binds one machine only; "
                "keep the vault on a local disk, or run the roles apart with their own PostgreSQL and Valkey",
                exit_code=UNSAFE_PLACE,
            )
        with (self.root / ".lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = self.holder()
                raise NotStarted(
                    f"{self.root} is in use: svidok already runs as process {holder or 'unknown'}{self._where()}",
                    exit_code=ALREADY_RUNNING,
                ) from None
            lock.truncate(0)
            lock.write(f"{os.getpid()}\n")
            lock.flush()
            yield

    def holder(self) -> int | None:
        """The process that says it holds the lock; a winner of a race gets two seconds to write its number."""
        for _ in range(20):
            with contextlib.suppress(OSError, ValueError):
                pid = int((self.root / ".lock").read_text())
                if psutil.pid_exists(pid):
                    return pid
            time.sleep(0.1)
        return None

    def _where(self) -> str:
        """At which address the stack that has this vault is to be found, where it says so."""
        try:
            return f", at {json.loads(self.address.read_text())['url']}"
        except (OSError, ValueError, KeyError):
            return ""

    @contextlib.contextmanager
    def children(self, *, patience_s: float = 20.0) -> Iterator[int]:
        """A file descriptor for every child to inherit, given out once the children of an earlier life are gone.

        A supervisor that is killed leaves children that are still stopping and would share sockets and files with new
        ones. Each of them keeps a shared lock through the descriptor it inherited: when the exclusive lock is granted,
        nobody is left. Who has not gone after `patience_s` is found by that same descriptor and killed.
        """
        path = self.run / "children.lock"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            deadline = time.monotonic() + patience_s
            while not _locked(descriptor):
                if time.monotonic() > deadline:
                    for pid in _holders(path):
                        with contextlib.suppress(ProcessLookupError):
                            os.kill(pid, signal.SIGKILL)
                time.sleep(0.05)
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            yield descriptor
        finally:
            os.close(descriptor)

    def socket_folder(self) -> Path:
        """A private folder for sockets: in the vault, or in the runtime folder where a socket's name would not fit.

        Raises: NotStarted when somebody else made the folder, or made it so that others may enter.
        """
        if can_hold_sockets(self.run):
            return self.run
        base = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
        digest = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:12]
        folder = base / f"svidok-{os.geteuid()}-{digest}"
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        _refuse_unless_private(folder)
        if not can_hold_sockets(folder):
            raise NotStarted(f"no short folder for sockets: {folder} is too long as well", exit_code=UNSAFE_PLACE)
        return folder

    def secret(self, name: str) -> str:
        """One of the vault's own passwords, made when first asked for; 256 bits."""
        return _keep(self.root / f"{name}.secret", lambda: secrets.token_hex(32))

    def operator_key(self) -> str:
        """The bearer secret that makes its holder the operator, made when first asked for."""
        return _keep(self.root / "operator.token", _new_key)


def _keep(path: Path, make: Callable[[], str]) -> str:
    """Read the secret in `path`, or make it; only its owner may read, and it is whole or absent.

    Two who begin at once end with one secret: the first counts, since a database may have been made with it already.
    """
    with contextlib.suppress(FileNotFoundError):
        return path.read_text().strip()
    with contextlib.suppress(Altered):
        whole.write_once(path, f"{make()}\n".encode(), mode=0o600)
    return path.read_text().strip()


def write_whole(path: Path, text: str, *, durable: bool = False) -> None:
    """Replace a private file at once: a reader finds the old or the new, never a part. A power cut undoes none that is
    `durable`.
    """
    begun = path.with_name(f".{path.name}.new")
    begun.unlink(missing_ok=True)
    with os.fdopen(os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        if durable:
            file.flush()
            os.fsync(file.fileno())
    begun.replace(path)
    if durable:
        whole.sync(path.parent)


def write_json(path: Path, value: Any) -> None:
    """Replace a file by one JSON document."""
    write_whole(path, json.dumps(value, indent=1) + "\n")


def network_filesystem(path: Path, mounts: Iterable[tuple[str, str]]) -> str | None:
    """The kind of the network file system `path` lies on, or None; `mounts` are (folder, kind) in mounting order."""
    real, found, depth = path.resolve(), "", -1
    for folder, kind in mounts:
        if real.is_relative_to(folder) and len(Path(folder).parts) >= depth:
            found, depth = kind, len(Path(folder).parts)
    return found if found in _NETWORK_FILESYSTEMS else None


def _mounts() -> list[tuple[str, str]]:
    return [(mount.mountpoint, mount.fstype) for mount in psutil.disk_partitions(all=True)]


def _refuse_unless_private(folder: Path) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise NotStarted(
            f"{folder} is not a folder that is ours alone: expected a directory of user {os.geteuid()} with mode 0700, "
            f"found {stat.filemode(found.st_mode)} of user {found.st_uid}",
            exit_code=UNSAFE_PLACE,
        )


def _new_key() -> str:
    from storage.integrity.secret import new_key  # loads password hashing, which the supervisor never needs

    return new_key()


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holders(path: Path) -> Iterator[int]:
    """Processes other than us that have `path` open."""
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            if descriptor.readlink() == path and int(descriptor.parts[2]) != os.getpid():
                yield int(descriptor.parts[2])
