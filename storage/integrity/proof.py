"""One file that proves, offline, that an entry is in the ledger: its place, its path to the root, the checkpoint."""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from storage.errors import Altered
from storage.integrity.checkpoint import LogKey, Opened, open_checkpoint
from storage.integrity.merkle import HASH_BYTES, LONGEST_PROOF, leaf_hash, verify_inclusion
from storage.integrity.note import LARGEST_BYTES, NoteKey, strict_base64

_HEAD = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class LogProof:
    """Entry `index` with its siblings up to the root of a signed checkpoint.

    Source: C2SP tlog-proof, version 1, without its `extra` line.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes

    def written(self) -> bytes:
        """The file."""
        hashes = "".join(f"{base64.b64encode(one).decode()}\n" for one in self.hashes)
        return f"{_HEAD}\nindex {self.index}\n{hashes}\n".encode() + self.checkpoint

    @classmethod
    def parse(cls, whole: bytes) -> Self:
        """Read it, strictly. Raises: Altered."""
        if len(whole) > LARGEST_BYTES:
            raise Altered("a proof is larger than any can be")
        head, gap, checkpoint = whole.partition(b"\n\n")
        try:
            lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError:
            raise Altered("a proof begins with plain lines") from None
        index = _INDEX.fullmatch(lines[1]) if len(lines) > 1 else None
        if not gap or lines[0] != _HEAD or not index or len(lines) - 2 > LONGEST_PROOF:
            raise Altered("a proof is its heading, an index, hashes, an empty line and a checkpoint")
        try:
            hashes = tuple(strict_base64(line) for line in lines[2:])
        except ValueError as wrong:
            raise Altered(f"a hash of the proof is {wrong}") from None
        if any(len(one) != HASH_BYTES for one in hashes):
            raise Altered("a hash of the proof has another length than a SHA-256 digest")
        return cls(int(index[1]), hashes, checkpoint)


def verify_proof(whole: bytes, entry: bytes, keys: Sequence[LogKey], witnesses: Sequence[NoteKey] = ()) -> Opened:
    """Check that `entry` is in the log of a checkpoint that a trusted key has signed; that checkpoint.

    Raises: Altered, with a sentence that says what does not hold.
    """
    proof = LogProof.parse(whole)
    opened = open_checkpoint(proof.checkpoint, keys, witnesses)
    size, root = opened.checkpoint.size, opened.checkpoint.root
    if not verify_inclusion(leaf_hash(entry), proof.index, size, proof.hashes, root):
        raise Altered(f"the entry is not leaf {proof.index} of the log of size {size}")
    return opened
