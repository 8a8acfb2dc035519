"""One file that shows, without asking anybody, that an event stands in the log."""

from collections.abc import Sequence
from dataclasses import dataclass

from storage.integrity.checkpoint import Opened, Trust, Untrusted, open_checkpoint
from storage.integrity.merkle import HASH_BYTES, leaf_hash, verify_inclusion
from storage.integrity.note import MOST_BYTES, Malformed, from_base64, from_decimal, to_base64

SUFFIX = ".tlog-proof"
_FIRST_LINE = "c2sp.org/tlog-proof@v1"
_MOST_HASHES = 63


@dataclass(frozen=True, slots=True)
class Proof:
    """An index, the hashes that lead from it to the root, and the checkpoint that signs the root.

    `extra` is anything at all, and proves nothing. Source: C2SP tlog-proof, section "Format".
    """

    index: int
    hashes: Sequence[bytes]
    checkpoint: str
    extra: bytes | None = None

    def text(self) -> str:
        extra = [] if self.extra is None else [f"extra {to_base64(self.extra)}"]
        lines = [_FIRST_LINE, *extra, f"index {self.index}", *(to_base64(one) for one in self.hashes), ""]
        return "\n".join(lines) + "\n" + self.checkpoint


def parse_proof(raw: bytes) -> Proof:
    """Read a proof; checks its form only, not even that of its checkpoint. Raises: Malformed."""
    if len(raw) > 2 * MOST_BYTES:
        raise Malformed(f"a proof of {len(raw)} bytes; at most {2 * MOST_BYTES} are read")
    try:
        whole = raw.decode()
    except UnicodeDecodeError:
        raise Malformed("a proof is UTF-8 text") from None
    head, gap, checkpoint = whole.partition("\n\n")
    first, *lines = head.split("\n")
    if not gap or first != _FIRST_LINE:
        raise Malformed(f"a proof begins with {_FIRST_LINE!r} and ends with a checkpoint")
    extra = from_base64(lines.pop(0).removeprefix("extra ")) if lines and lines[0].startswith("extra ") else None
    if not lines or not lines[0].startswith("index "):
        raise Malformed("a proof names the index of its entry")
    hashes = [from_base64(line) for line in lines[1:]]
    if len(hashes) > _MOST_HASHES or any(len(one) != HASH_BYTES for one in hashes):
        raise Malformed(f"a proof holds at most {_MOST_HASHES} hashes of {HASH_BYTES} bytes")
    return Proof(from_decimal(lines[0].removeprefix("index ")), tuple(hashes), checkpoint, extra)


def verify_proof(proof: Proof, entry: bytes, trust: Trust) -> Opened:
    """Check that `entry` stands in the log at the proof's index; the checkpoint that says so, with its signers.

    `entry` is what `tiles.entry_of` makes of an event's canonical text.
    Raises: Malformed, BadSignature or Untrusted, with a sentence for whoever must act.
    """
    opened = open_checkpoint(proof.checkpoint.encode(), trust)
    head = opened.checkpoint
    if not verify_inclusion(leaf_hash(entry), proof.index, head.size, proof.hashes, head.root):
        raise Untrusted(f"this entry is not number {proof.index} of {head.origin} at size {head.size}")
    return opened
