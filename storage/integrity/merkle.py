"""A Merkle tree over the ledger: its root, growing it, and proving that an entry or an older tree is inside."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

HASH_BYTES = 32
# Trees have fewer than 2^63 leaves, and a consistency proof may use two hashes a level.
LONGEST_PROOF = 126
# The hash of a full subtree: of level `level` (a leaf's is 0), the `index`-th from the left.
Node = Callable[[int, int], bytes]


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry. Source: RFC 9162 section 2.1.1."""
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node. Source: RFC 9162 section 2.1.1."""
    return hashlib.sha256(b"\1" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Grown:
    """A full subtree that a new leaf has completed: the leaf itself is the one at level 0."""

    level: int
    index: int
    hash: bytes


class Frontier:
    """The right edge of a tree: all that growing it needs. `peaks` are the full subtrees, the largest first."""

    __slots__ = ("peaks", "size")

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        if size < 0 or len(peaks) != size.bit_count() or any(len(peak) != HASH_BYTES for peak in peaks):
            raise ValueError(f"a tree of {size} leaves has {max(size, 0).bit_count()} peaks, not {len(peaks)}")
        self.size = size
        self.peaks = list(peaks)

    def add(self, leaf: bytes) -> Iterator[Grown]:
        """Append the hash of a leaf; every full subtree that it completes, the smallest first."""
        level, index, grown = 0, self.size, leaf
        completed = [Grown(0, index, leaf)]
        while index & 1:
            grown = node_hash(self.peaks.pop(), grown)
            level, index = level + 1, index >> 1
            completed.append(Grown(level, index, grown))
        self.peaks.append(grown)
        self.size += 1
        return iter(completed)

    def root(self) -> bytes:
        """The root of the tree. Source: RFC 9162 section 2.1.1."""
        if not self.peaks:
            return hashlib.sha256(b"").digest()
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root


def inclusion_proof(node: Node, index: int, size: int) -> list[bytes]:
    """Proof that leaf `index` is in the tree of `size` leaves, nearest sibling first. Source: RFC 9162 section 2.1.3.1.

    Raises: ValueError for a leaf that is not in that tree.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    proof: list[bytes] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            proof.append(_subtree(node, middle, high))
            high = middle
        else:
            proof.append(_subtree(node, low, middle))
            low = middle
    return proof[::-1]


def consistency_proof(node: Node, older: int, newer: int) -> list[bytes]:
    """Proof that the tree of `older` leaves is a beginning of that of `newer`. Source: RFC 9162 section 2.1.4.1.

    Raises: ValueError when `older` is none or more than `newer`.
    """
    if not 0 < older <= newer:
        raise ValueError(f"a tree of {older} leaves is no beginning of one of {newer}")
    proof: list[bytes] = []
    low, high, is_known = 0, newer, True
    while older - low != high - low:
        middle = low + _split(high - low)
        if older <= middle:
            proof.append(_subtree(node, middle, high))
            high = middle
        else:
            proof.append(_subtree(node, low, middle))
            low, is_known = middle, False
    if not is_known:
        proof.append(_subtree(node, low, high))
    return proof[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the leaf with this hash is number `index` of the tree of `size` leaves with this root.

    Source: RFC 9162 section 2.1.3.2, steps numbered there.
    """
    if not 0 <= index < size or not _are_hashes([leaf, root, *proof]) or len(proof) > LONGEST_PROOF:
        return False  # step 1
    first, last, reckoned = index, size - 1, leaf  # steps 2, 3
    for sibling in proof:  # step 4
        if last == 0:
            return False
        if first & 1 or first == last:
            reckoned = node_hash(sibling, reckoned)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            reckoned = node_hash(reckoned, sibling)
        first, last = first >> 1, last >> 1
    return last == 0 and reckoned == root  # step 5


def verify_consistency(older: int, newer: int, older_root: bytes, newer_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the tree of `older` leaves and root is a beginning of that of `newer` leaves and root.

    Every tree begins with the empty one; of equal sizes the roots are equal and the proof is empty.
    Source: RFC 9162 section 2.1.4.2, steps numbered there.
    """
    if not 0 <= older <= newer or not _are_hashes([older_root, newer_root, *proof]) or len(proof) > LONGEST_PROOF:
        return False
    if older in (0, newer):
        empty = hashlib.sha256(b"").digest()
        return not proof and older_root == (newer_root if older == newer else empty)
    path = list(proof)
    if not path:
        return False  # step 1
    if older & (older - 1) == 0:
        path.insert(0, older_root)  # step 2
    first, last = older - 1, newer - 1  # step 3
    while first & 1:
        first, last = first >> 1, last >> 1  # step 4
    old, new = path[0], path[0]  # step 5
    for sibling in path[1:]:  # step 6
        if last == 0:
            return False
        if first & 1 or first == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        first, last = first >> 1, last >> 1
    return last == 0 and old == older_root and new == newer_root  # step 7


def _split(count: int) -> int:
    """The largest power of two smaller than `count`, which is at least 2."""
    return 1 << ((count - 1).bit_length() - 1)


def _subtree(node: Node, low: int, high: int) -> bytes:
    """The hash of the leaves from `low`, a multiple of a power of two no smaller than their count, until `high`.

    Its left parts are full subtrees, which `node` knows.
    """
    parts: list[bytes] = []
    while low < high:
        level = (high - low).bit_length() - 1
        parts.append(node(level, low >> level))
        low += 1 << level
    whole = parts[-1]
    for part in reversed(parts[:-1]):
        whole = node_hash(part, whole)
    return whole


def _are_hashes(values: Sequence[bytes]) -> bool:
    return all(len(value) == HASH_BYTES for value in values)
