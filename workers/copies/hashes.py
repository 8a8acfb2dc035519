"""Hashes of 256 bits as arrays: how far apart they are, and how they would be in a mirror."""

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint8]
"""Hashes: (n, 32) uint8, the first bit the highest of the first byte, as PDQ writes them:
bit 255 - (16 i + j) is frequency (i + 1, j + 1), i down and j across."""

BITS, BYTES = 256, 32

# In a mirror, every odd horizontal frequency changes its sign; those are the even j.
_MIRROR = np.packbits(np.arange(BITS) % 2 == 1)


def mirrored(hashes: Hashes) -> Hashes:
    """The hashes of the same pictures with left and right exchanged; twice is once.

    A bit says whether its frequency is above the median of all, which a mirror moves a little: some bits are off.
    """
    return hashes ^ _MIRROR


def distances(one: Hashes, others: Hashes) -> NDArray[np.int64]:
    """How many bits differ, each of `one` from each of `others`: (n, m)."""
    apart = _words(one)[:, None] ^ _words(others)[None]
    return np.asarray(np.bitwise_count(apart).sum(2), dtype=np.int64)


def _words(hashes: Hashes) -> NDArray[np.uint64]:
    return np.ascontiguousarray(hashes).view(np.uint64)
