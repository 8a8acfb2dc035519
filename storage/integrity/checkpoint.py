"""Checkpoints: how large the ledger is and what its root is, signed by the archive and cosigned by witnesses."""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from storage.errors import Altered
from storage.integrity.merkle import HASH_BYTES
from storage.integrity.note import Kind, Note, NoteKey, cosigned_at, is_name, strict_base64

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a log at one size. Source: C2SP tlog-checkpoint; without extension lines, which we never write."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read it, strictly. Raises: Altered."""
        lines = text.split("\n")
        if len(lines) != 4 or lines[3] or not is_name(lines[0]) or not _SIZE.fullmatch(lines[1]):
            raise Altered("a checkpoint is three lines: the log's name, its size, its root")
        try:
            root = strict_base64(lines[2])
        except ValueError as wrong:
            raise Altered(f"the root of the checkpoint is {wrong}") from None
        if len(root) != HASH_BYTES:
            raise Altered("the root of the checkpoint is no SHA-256 digest")
        return cls(lines[0], int(lines[1]), root)


@dataclass(frozen=True, slots=True)
class LogKey:
    """A key of the log and the sizes it signs for: from `first_size` until the next key's, so that keys can rotate."""

    key: NoteKey
    first_size: int = 0
    last_size: int | None = None

    def covers(self, size: int) -> bool:
        """Whether this key may sign a checkpoint of that size."""
        return self.first_size <= size and (self.last_size is None or size <= self.last_size)


@dataclass(frozen=True, slots=True)
class Opened:
    """A checkpoint whose signature is good, and the witnesses who cosigned it."""

    checkpoint: Checkpoint
    key: NoteKey
    witnesses: tuple[str, ...]


def open_checkpoint(whole: bytes, keys: Sequence[LogKey], witnesses: Sequence[NoteKey] = ()) -> Opened:
    """Read a signed checkpoint and check it: by a trusted key that covers its size, under that key's name.

    Raises: Altered, with a sentence that says which of it does not hold; also for a cosignature that is not good.
    """
    note = Note.parse(whole)
    checkpoint = Checkpoint.parse(note.text)
    named = [one for one in keys if one.key.kind is Kind.ED25519 and one.key.name == checkpoint.origin]
    signers = [one for one in named if note.signed_by(one.key)]
    if not signers:
        raise Altered(f"no trusted key has signed this checkpoint of {checkpoint.origin}")
    covering = [one.key for one in signers if one.covers(checkpoint.size)]
    if not covering:
        raise Altered(f"the key that signed the checkpoint of size {checkpoint.size} is not one for that size")
    seen = [witness.name for witness in witnesses if note.signed_by(witness)]
    return Opened(checkpoint, covering[0], tuple(seen))


def cosigned_times(whole: bytes, witnesses: Sequence[NoteKey]) -> dict[str, str]:
    """When each of these witnesses saw a checkpoint, by its own word. Raises: Altered."""
    note = Note.parse(whole)
    signed = {witness.name: note.signed_by(witness) for witness in witnesses}
    return {name: cosigned_at(one).isoformat() for name, one in signed.items() if one}
