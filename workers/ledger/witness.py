"""A witness: remembers one tree for each log it watches, and cosigns only what goes on from there."""

import fcntl
import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from storage.blobs import whole
from storage.integrity.checkpoint import Checkpoint, parse_checkpoint
from storage.integrity.merkle import EMPTY_ROOT, verify_consistency
from storage.integrity.note import (
    MOST_BYTES,
    BadSignature,
    Malformed,
    Signer,
    VerifierKey,
    from_base64,
    from_decimal,
    parse_note,
    to_base64,
    verify,
)

_LOG = structlog.get_logger()
MOST_HASHES = 63
LARGEST_REQUEST_BYTES = MOST_BYTES + MOST_HASHES * 64
_SIZE = "text/x.tlog.size"
_TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Request:
    """What a log asks: that its tree of `old_size` is the beginning of the one it now signs."""

    old_size: int
    proof: Sequence[bytes]
    note: str

    def text(self) -> str:
        lines = [f"old {self.old_size}", *(to_base64(one) for one in self.proof), ""]
        return "\n".join(lines) + "\n" + self.note


@dataclass(frozen=True, slots=True)
class Reply:
    """What the log is answered: an HTTP status, and a body of one kind or another."""

    status: int
    body: str
    media_type: str = _TEXT


class Witness:
    """Keeps, in a folder, the newest tree it has cosigned of each log; several processes may serve one folder."""

    def __init__(self, folder: Path, signer: Signer, logs: Sequence[VerifierKey]) -> None:
        self._folder = folder
        self._signer = signer
        self._logs = logs
        for name in ("logs", "conflicts"):
            whole.make_folder(folder / name, folder.parent)

    def add_checkpoint(self, body: bytes, *, at_s: int | None = None) -> Reply:
        """Cosign a checkpoint that goes on from the one remembered; nothing else is ever signed.

        1 the form, 2 the log and its signature, 3 the size it thinks we know, 4 consistency, 5 what is new is durable,
        6 the cosignature. Steps 3 to 5 happen under a lock: two requests cannot both go on from one tree.
        Source: C2SP tlog-witness, section "add-checkpoint".
        """
        try:
            asked = parse_request(body)
            note = parse_note(asked.note.encode())
            checkpoint = parse_checkpoint(note.text)
        except Malformed as malformed:
            return Reply(400, f"{malformed}\n")
        keys = [key for key in self._logs if key.name == checkpoint.origin]
        if not keys:
            return Reply(404, "this witness does not watch that log\n")
        try:
            signed = verify(note, keys)
        except BadSignature as bad:
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
        at = int(time.time()) if at_s is None else at_s
        return Reply(200, self._signer.cosign(note.text, at).line())

    def remembered(self, origin: str) -> Checkpoint | None:
        """The newest tree of a log that was cosigned, or None."""
        return _read(self._path(origin))

    def _refused(self, path: Path, asked: Request, checkpoint: Checkpoint) -> Reply | None:
        known = _read(path)
        size, root = (known.size, known.root) if known else (0, EMPTY_ROOT)
        if asked.old_size != size:
            return Reply(409, f"{size}\n", _SIZE)
        if checkpoint.size == size and checkpoint.root != root:
            self._keep_conflict(asked, size)
            return Reply(409, f"{size}\n", _SIZE)
        if not verify_consistency(size, root, checkpoint.size, checkpoint.root, asked.proof):
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


def parse_request(body: bytes) -> Request:
    """Read what a log asks. Raises: Malformed."""
    if len(body) > LARGEST_REQUEST_BYTES:
        raise Malformed(f"a request of {len(body)} bytes; at most {LARGEST_REQUEST_BYTES} are read")
    try:
        head, gap, note = body.decode().partition("\n\n")
    except UnicodeDecodeError:
        raise Malformed("a request is UTF-8 text") from None
    old, *lines = head.split("\n")
    if not gap or not old.startswith("old "):
        raise Malformed("a request is an old size, hashes, an empty line and a checkpoint")
    if len(lines) > MOST_HASHES:
        raise Malformed(f"{len(lines)} hashes; at most {MOST_HASHES} are read")
    return Request(from_decimal(old.removeprefix("old ")), tuple(from_base64(line) for line in lines), note)


def _read(path: Path) -> Checkpoint | None:
    try:
        return parse_checkpoint(parse_note(path.read_bytes()).text)
    except FileNotFoundError:
        return None
