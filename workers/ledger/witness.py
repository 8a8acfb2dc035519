"""A witness: remembers one tree for each log it watches, and cosigns only what goes on from there."""

import base64
import fcntl
import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog

from storage import whole
from storage.errors import Altered
from storage.integrity.checkpoint import Checkpoint
from storage.integrity.merkle import HASH_BYTES, Frontier, verify_consistency
from storage.integrity.note import LARGEST_BYTES, Note, NoteKey, Signer, strict_base64

_LOG = structlog.get_logger()
MOST_HASHES = 63
LARGEST_REQUEST_BYTES = LARGEST_BYTES + MOST_HASHES * 64
_SIZE = "text/x.tlog.size"
_TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Request:
    """What a log asks: that its tree of `old_size` is the beginning of the one it now signs."""

    old_size: int
    proof: Sequence[bytes]
    note: str

    def text(self) -> str:
        lines = [f"old {self.old_size}", *(base64.b64encode(one).decode() for one in self.proof), ""]
        return "\n".join(lines) + "\n" + self.note


@dataclass(frozen=True, slots=True)
class Reply:
    """What the log is answered: an HTTP status, and a body of one kind or another."""

    status: int
    body: str
    media_type: str = _TEXT


class Witness:
    """Keeps, in a folder, the newest tree it has cosigned of each log; several processes may serve one folder."""

    def __init__(self, folder: Path, signer: Signer, logs: Sequence[NoteKey]) -> None:
        self._folder = folder
        self._signer = signer
        self._logs = logs
        for name in ("logs", "conflicts"):
            whole.make_folder(folder / name, folder.parent)

    def add_checkpoint(self, body: bytes, *, at: datetime | None = None) -> Reply:
        """Cosign a checkpoint that goes on from the one remembered; nothing else is ever signed.

        1 the form, 2 the log and its signature, 3 the size it thinks we know, 4 consistency, 5 what is new is durable,
        6 the cosignature. Steps 3 to 5 happen under a lock: two requests cannot both go on from one tree.
        Source: C2SP tlog-witness, section "add-checkpoint".
        """
        try:
            asked = parse_request(body)
            note = Note.parse(asked.note.encode())
            checkpoint = Checkpoint.parse(note.text)
        except Altered as malformed:
            return Reply(400, f"{malformed}\n")
        keys = [key for key in self._logs if key.name == checkpoint.origin]
        if not keys:
            return Reply(404, "this witness does not watch that log\n")
        try:
            signed = any(note.signed_by(key) for key in keys)
        except Altered as bad:
            return Reply(403, f"{bad}\n")
        if not signed:
            return Reply(403, "no key known here has signed this checkpoint\n")
        if asked.old_size > checkpoint.size:
            return Reply(400, "the old tree is larger than the new one\n")
        with self._holding(checkpoint.origin) as path:
            refused = self._refused(path, asked, checkpoint)
            if refused is not None:
                return refused
            whole.replace(path, asked.note.encode())
        return Reply(200, self._signer.sign(note.text, at=at))

    def remembered(self, origin: str) -> Checkpoint | None:
        """The newest tree of a log that was cosigned, or None."""
        return _read(self._path(origin))

    def _refused(self, path: Path, asked: Request, checkpoint: Checkpoint) -> Reply | None:
        known = _read(path)
        size, root = (known.size, known.root) if known else (0, Frontier().root())
        if asked.old_size != size:
            return Reply(409, f"{size}\n", _SIZE)
        if checkpoint.size == size and checkpoint.root != root:
            self._keep_conflict(asked, size)
            return Reply(409, f"{size}\n", _SIZE)
        if not verify_consistency(size, checkpoint.size, root, checkpoint.root, asked.proof):
            self._keep_conflict(asked, size)
            return Reply(422, "this tree does not go on from the one that was cosigned before\n")
        return None

    def _keep_conflict(self, asked: Request, size: int) -> None:
        """A signed checkpoint that does not fit is evidence against whoever signed it, or against a bad copy."""
        _LOG.error("a log shows a tree that does not go on from the one cosigned", size=size)
        name = hashlib.sha256(asked.note.encode()).hexdigest()
        if sum(1 for _ in (self._folder / "conflicts").iterdir()) < _MOST_CONFLICTS:
            whole.write_once(self._folder / "conflicts" / name, asked.note.encode())

    def _path(self, origin: str) -> Path:
        return self._folder / "logs" / hashlib.sha256(origin.encode()).hexdigest()

    @contextmanager
    def _holding(self, origin: str) -> Iterator[Path]:
        path = self._path(origin)
        descriptor = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield path
        finally:
            os.close(descriptor)


_MOST_CONFLICTS = 1000
_SIZE_TOLD = re.compile(rb"(0|[1-9][0-9]{0,18})\n")
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")


def parse_request(body: bytes) -> Request:
    """Read what a log asks. Raises: Altered."""
    if len(body) > LARGEST_REQUEST_BYTES:
        raise Altered(f"a request of {len(body)} bytes; at most {LARGEST_REQUEST_BYTES} are read")
    try:
        head, gap, note = body.decode().partition("\n\n")
    except UnicodeDecodeError:
        raise Altered("a request is UTF-8 text") from None
    first, *lines = head.split("\n")
    old = _OLD.fullmatch(first)
    if not gap or old is None:
        raise Altered("a request is an old size, hashes, an empty line and a checkpoint")
    if len(lines) > MOST_HASHES:
        raise Altered(f"{len(lines)} hashes; at most {MOST_HASHES} are read")
    try:
        proof = tuple(strict_base64(line) for line in lines)
    except ValueError as wrong:
        raise Altered(f"a hash is {wrong}") from None
    if any(len(one) != HASH_BYTES for one in proof):
        raise Altered("a hash is no SHA-256 digest")
    return Request(int(old[1]), proof, note)


def _read(path: Path) -> Checkpoint | None:
    try:
        return Checkpoint.parse(Note.parse(path.read_bytes()).text)
    except FileNotFoundError:
        return None


def read_size(body: bytes) -> int:
    """The size a witness says it knows. Raises: Altered."""
    told = _SIZE_TOLD.fullmatch(body)
    if told is None:
        raise Altered("the witness does not say which size it knows")
    return int(told[1])
