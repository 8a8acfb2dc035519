"""The tree over the custody ledger: its root, and short proofs that a line stands in it and nothing was rewritten."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

HASH_BYTES = 32
# 2^63 leaves is more than any log will see, and what fits a signed 64-bit integer everywhere.
LARGEST_SIZE = (1 << 63) - 1
EMPTY_ROOT = hashlib.sha256(b"").digest()

Nodes = Callable[[int, int], bytes]
"""Gives the hash of a complete subtree: (level, index) covers the leaves [index << level, (index + 1) << level)."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry. Source: RFC 9162, section 2.1.1."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees side by side. Source: RFC 9162, section 2.1.1."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(slots=True)
class Frontier:
    """All that is needed to append: the size, and the roots of the complete subtrees from the left, largest first.

    There is one such subtree for each bit set in `size`, so a log of a billion lines needs at most thirty hashes.
    """

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not 0 <= self.size <= LARGEST_SIZE or len(self.peaks) != self.size.bit_count():
            msg = f"a tree of {self.size} leaves has {self.size.bit_count()} peaks, not {len(self.peaks)}"
            raise ValueError(msg)
        if any(len(peak) != HASH_BYTES for peak in self.peaks):
            msg = "a peak is a SHA-256 hash of 32 bytes"
            raise ValueError(msg)

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash on the right."""
        joined, carry = leaf, self.size
        while carry & 1:
            joined = node_hash(self.peaks.pop(), joined)
            carry >>= 1
        self.peaks.append(joined)
        self.size += 1

    def root(self) -> bytes:
        """The root of the tree so far. Source: RFC 9162, section 2.1.1."""
        if not self.peaks:
            return EMPTY_ROOT
        joined = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            joined = node_hash(peak, joined)
        return joined


def frontier_of(leaves: Iterable[bytes]) -> Frontier:
    """The frontier after these leaf hashes."""
    grown = Frontier()
    for leaf in leaves:
        grown.append(leaf)
    return grown


def kept_nodes(leaves: Sequence[bytes]) -> Nodes:
    """Nodes of a small tree whose leaf hashes are at hand; each node is computed once."""
    kept: dict[tuple[int, int], bytes] = {}

    def node(level: int, index: int) -> bytes:
        if level == 0:
            return leaves[index]
        if (level, index) not in kept:
            kept[level, index] = node_hash(node(level - 1, 2 * index), node(level - 1, 2 * index + 1))
        return kept[level, index]

    return node


def root_of(nodes: Nodes, size: int) -> bytes:
    """The root of the first `size` leaves."""
    return EMPTY_ROOT if size == 0 else _range_hash(nodes, 0, size)


def inclusion_proof(nodes: Nodes, index: int, size: int) -> list[bytes]:
    """The hashes that lead from leaf `index` to the root of `size` leaves, from the leaf's sibling upwards.

    Raises: ValueError when the leaf is not in the tree.
    Source: RFC 9162, section 2.1.3.1.
    """
    if not 0 <= index < size:
        msg = f"leaf {index} does not stand in a tree of {size}"
        raise ValueError(msg)
    proof: list[bytes] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            proof.append(_range_hash(nodes, middle, high))
            high = middle
        else:
            proof.append(_range_hash(nodes, low, middle))
            low = middle
    return proof[::-1]


def consistency_proof(nodes: Nodes, old_size: int, new_size: int) -> list[bytes]:
    """The hashes that show that a tree of `new_size` begins with the tree of `old_size`.

    Empty when the sizes are equal or the old tree is.
    Raises: ValueError when the old tree is the larger one.
    Source: RFC 9162, section 2.1.4.1.
    """
    if not 0 <= old_size <= new_size:
        msg = f"a tree of {new_size} cannot have begun with {old_size} leaves"
        raise ValueError(msg)
    if old_size in (0, new_size):
        return []
    proof: list[bytes] = []
    low, high, whole = 0, new_size, True
    while old_size < high:
        middle = low + _split(high - low)
        if old_size <= middle:
            proof.append(_range_hash(nodes, middle, high))
            high = middle
        else:
            proof.append(_range_hash(nodes, low, middle))
            low, whole = middle, False
    # Where the old tree is a complete subtree of the new one, its root is known to whoever asks.
    if not whole:
        proof.append(_range_hash(nodes, low, high))
    return proof[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the leaf hash `leaf` is number `index`, from zero, of the `size` leaves under `root`.

    Source: RFC 9162, section 2.1.3.2.
    """
    if not 0 <= index < size <= LARGEST_SIZE or not _are_hashes(leaf, root, *proof):
        return False
    node, last, joined = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            joined = node_hash(sibling, joined)
            node, last = _up_to_right_child(node, last)
        else:
            joined = node_hash(joined, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and joined == root


def verify_consistency(old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the tree under `new_root` begins with every leaf of the tree under `old_root`, in the same order.

    A tree of no leaves is the beginning of every tree; its root is that of the empty tree.
    Source: RFC 9162, section 2.1.4.2.
    """
    if not 0 <= old_size <= new_size <= LARGEST_SIZE or not _are_hashes(old_root, new_root, *proof):
        return False
    if old_size == new_size:
        return not proof and old_root == new_root and (old_size > 0 or old_root == EMPTY_ROOT)
    if old_size == 0:
        return not proof and old_root == EMPTY_ROOT
    path = list(proof) if old_size & (old_size - 1) else [old_root, *proof]
    if not path:
        return False
    node, last = old_size - 1, new_size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            node, last = _up_to_right_child(node, last)
        else:
            new = node_hash(new, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and old == old_root and new == new_root


def _up_to_right_child(node: int, last: int) -> tuple[int, int]:
    """Climb past the levels at which the last node has no sibling."""
    while node and not node & 1:
        node, last = node >> 1, last >> 1
    return node, last


def _are_hashes(*hashes: bytes) -> bool:
    return all(len(one) == HASH_BYTES for one in hashes)


def _split(width: int) -> int:
    """The largest power of two smaller than `width`."""
    return 1 << ((width - 1).bit_length() - 1)


def _range_hash(nodes: Nodes, low: int, high: int) -> bytes:
    """The hash over leaves [low, high), which is a subtree as RFC 9162 cuts them."""
    width = high - low
    if width & (width - 1) == 0:
        level = width.bit_length() - 1
        return nodes(level, low >> level)
    middle = low + _split(width)
    return node_hash(_range_hash(nodes, low, middle), _range_hash(nodes, middle, high))
