"""OpenTimestamps: a digest that calendars carry into a public chain of blocks, and the proof of it, grown in time."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from opentimestamps.core.notary import BitcoinBlockHeaderAttestation, PendingAttestation
from opentimestamps.core.op import OpAppend, OpSHA256
from opentimestamps.core.serialize import (
    BytesDeserializationContext,
    BytesSerializationContext,
    DeserializationError,
)
from opentimestamps.core.timestamp import DetachedTimestampFile, Timestamp

from storage.integrity.timestamp import BadStamp

MOST_BYTES = 64 << 10
# What the reference client accepts of one calendar.
MOST_ANSWER_BYTES = 10_000


@dataclass(frozen=True, slots=True)
class Begun:
    """A digest on its way to calendars, hidden behind a random number: they learn nothing of what is stamped."""

    digest: bytes
    nonce: bytes

    @classmethod
    def of(cls, content: bytes) -> "Begun":
        return cls(hashlib.sha256(content).digest(), secrets.token_bytes(16))

    @property
    def commitment(self) -> bytes:
        """What a calendar is sent, 32 bytes."""
        return hashlib.sha256(self.digest + self.nonce).digest()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A promise of a calendar that can be asked about: what it has committed to, and where it answers."""

    calendar: str
    commitment: bytes


def proof_of(begun: Begun, answers: Sequence[bytes]) -> bytes:
    """The proof file from what calendars answered to `begun.commitment`. Raises: BadStamp for a bad or no answer."""
    if not answers:
        raise BadStamp("no calendar has answered")
    root = Timestamp(begun.digest)
    hidden = root.ops.add(OpAppend(begun.nonce)).ops.add(OpSHA256())
    for answer in answers:
        hidden.merge(_tree(answer, begun.commitment))
    return _readable(root)


def waiting(proof: bytes) -> list[Waiting]:
    """The promises in a proof that no block has taken over yet. Raises: BadStamp."""
    found = []
    for node in _nodes(_read(proof).timestamp):
        if not any(isinstance(one, BitcoinBlockHeaderAttestation) for _, one in node.all_attestations()):
            pending = (one for one in node.attestations if isinstance(one, PendingAttestation))
            found += [Waiting(one.uri, bytes(node.msg)) for one in pending]
    return sorted(found, key=lambda one: (one.calendar, one.commitment))


def upgraded(proof: bytes, commitment: bytes, answer: bytes) -> bytes:
    """The proof with what a calendar now says of its commitment; nothing in it is lost. Raises: BadStamp."""
    read = _read(proof)
    for node in _nodes(read.timestamp):
        if bytes(node.msg) == commitment:
            node.merge(_tree(answer, commitment))
            return _readable(read.timestamp)
    raise BadStamp("this proof holds no such commitment")


def digest_of(proof: bytes) -> bytes:
    """The SHA-256 that a proof is about. Raises: BadStamp."""
    return bytes(_read(proof).file_digest)


def heights(proof: bytes) -> list[int]:
    """The blocks that a proof says it leads to; says nothing of whether it does. Raises: BadStamp."""
    return sorted(
        one.height
        for _, one in _read(proof).timestamp.all_attestations()
        if isinstance(one, BitcoinBlockHeaderAttestation)
    )


def verify_blocks(proof: bytes, content: bytes, merkle_roots: Mapping[int, bytes]) -> list[int]:
    """The heights of blocks that commit to `content`, given the roots of blocks somebody looked up for themselves.

    `merkle_roots`: by height, 32 bytes in the order of bytes as in the header. Blocks not given prove nothing.
    Raises: BadStamp when the proof is of other bytes, or contradicts a root that is given.
    """
    read = _read(proof)
    if bytes(read.file_digest) != hashlib.sha256(content).digest():
        raise BadStamp("this proof is of other bytes")
    proved = []
    for message, one in read.timestamp.all_attestations():
        if isinstance(one, BitcoinBlockHeaderAttestation) and one.height in merkle_roots:
            if bytes(message) != merkle_roots[one.height]:
                raise BadStamp(f"block {one.height} does not commit to what this proof says it does")
            proved.append(one.height)
    return sorted(proved)


def _read(proof: bytes) -> DetachedTimestampFile:
    """A proof in its one spelling, over SHA-256."""
    if len(proof) > MOST_BYTES:
        raise BadStamp(f"a proof of {len(proof)} bytes; at most {MOST_BYTES} are read")
    try:
        read = DetachedTimestampFile.deserialize(BytesDeserializationContext(proof))
    except _ERRORS as malformed:
        raise BadStamp(f"not an OpenTimestamps proof: {malformed}") from None
    if not isinstance(read.file_hash_op, OpSHA256):
        raise BadStamp("the proof is not over SHA-256")
    if _written(read.timestamp) != proof:
        raise BadStamp("the proof is not written in its one form")
    return read


def _tree(answer: bytes, commitment: bytes) -> Timestamp:
    if len(answer) > MOST_ANSWER_BYTES:
        raise BadStamp(f"a calendar's answer of {len(answer)} bytes; at most {MOST_ANSWER_BYTES} are read")
    context = BytesDeserializationContext(answer)
    try:
        tree = Timestamp.deserialize(context, commitment)
        context.assert_eof()
    except _ERRORS as malformed:
        raise BadStamp(f"not an answer of a calendar: {malformed}") from None
    return tree


def _readable(tree: Timestamp) -> bytes:
    """A proof that can be read again: a good answer may be too much behind others. Raises: BadStamp."""
    try:
        proof = _written(tree)
    except _ERRORS as malformed:
        raise BadStamp(f"not an answer of a calendar: {malformed}") from None
    _read(proof)
    return proof


def _written(tree: Timestamp) -> bytes:
    context = BytesSerializationContext()
    DetachedTimestampFile(OpSHA256(), tree).serialize(context)
    return bytes(context.getbytes())


def _nodes(tree: Timestamp) -> list[Timestamp]:
    found, open_nodes = [], [tree]
    while open_nodes:
        node = open_nodes.pop()
        found.append(node)
        open_nodes += node.ops.values()
    return found


_ERRORS = (DeserializationError, ValueError, TypeError, RecursionError, OverflowError)
