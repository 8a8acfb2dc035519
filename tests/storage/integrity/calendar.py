"""An OpenTimestamps calendar of our own: it promises, and when told so it shows how a block commits to its promises."""

import hashlib

from opentimestamps.core.notary import BitcoinBlockHeaderAttestation, PendingAttestation
from opentimestamps.core.op import OpAppend, OpPrepend, OpSHA256
from opentimestamps.core.serialize import BytesSerializationContext
from opentimestamps.core.timestamp import Timestamp


class Calendar:
    """Keeps promises by commitment; `blocks` are the Merkle roots of the blocks it made, by height."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.blocks: dict[int, bytes] = {}
        self._promised: dict[bytes, Timestamp] = {}

    def promise(self, digest: bytes) -> bytes:
        """What a calendar answers to a digest that is handed in."""
        tree = Timestamp(digest)
        kept = tree.ops.add(OpPrepend(self.url.encode())).ops.add(OpSHA256())
        kept.attestations.add(PendingAttestation(self.url))
        self._promised[bytes(kept.msg)] = Timestamp(kept.msg)
        return written(tree)

    def make_block(self, height: int) -> None:
        """Carry every promise into one block."""
        for tree in self._promised.values():
            block = tree.ops.add(OpAppend(height.to_bytes(4))).ops.add(OpSHA256()).ops.add(OpSHA256())
            block.attestations.add(BitcoinBlockHeaderAttestation(height))
            self.blocks[height] = bytes(block.msg)

    def answer(self, commitment: bytes) -> bytes | None:
        """What is known of a promise: None until a block carries it."""
        tree = self._promised.get(commitment)
        return None if tree is None or not self.blocks else written(tree)


def written(tree: Timestamp) -> bytes:
    context = BytesSerializationContext()
    tree.serialize(context)
    return bytes(context.getbytes())


def block_of(commitment: bytes, height: int) -> bytes:
    """The Merkle root that `make_block` gives a block with one promise."""
    return hashlib.sha256(hashlib.sha256(commitment + height.to_bytes(4)).digest()).digest()
