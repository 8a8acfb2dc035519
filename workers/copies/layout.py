"""How 256 bits are cut into pieces, so that two hashes near each other are nearly equal in one piece at least.

The pigeonhole: if a hash differs in at most r bits, and piece k may differ in t(k) with the sum of all t(k) + 1 greater
than r, then some piece differs in no more than its t(k): else the differences were r + 1 at the least.
Source: Norouzi, Punjani, Fleet 2012, "Fast Search in Hamming Space with Multi-Index Hashing", section 3.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from workers.copies.hashes import BITS

RADIUS = 31
"""What layouts are chosen for; any radius can be asked, and is answered exactly."""

_WIDEST, _NARROWEST = 24, 8
_LOOKUP_COST = 3.0
"""Looking into a bucket costs as much as comparing three hashes."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Bits [begin, begin + width) of a hash, the lowest bit of each of its four words first."""

    begin: int
    width: int


def pieces_for(count: int) -> tuple[Piece, ...]:
    """The cheapest cut of 256 bits for `count` hashes, as far as they are spread evenly."""
    cuts = [_cut(number) for number in range(BITS // _WIDEST + 1, BITS // _NARROWEST + 1)]
    small_enough = [cut for cut in cuts if max(piece.width for piece in cut) <= max(_NARROWEST, math.log2(count + 1))]
    return min(small_enough or cuts[-1:], key=lambda cut: cost(cut, flips_for(cut, RADIUS, count), count))


def flips_for(cut: Sequence[Piece], radius: int, count: int) -> tuple[int, ...]:
    """How many bits of each piece may differ, so that nothing within `radius` is missed; -1: it is not looked at."""
    flips = [-1] * len(cut)
    while sum(flips) + len(cut) <= radius:
        cheapest = min(range(len(cut)), key=lambda k: _buckets_added(cut[k].width, flips[k] + 1, count))
        flips[cheapest] += 1
    return tuple(flips)


@lru_cache(maxsize=128)
def masks(width: int, flips: int) -> NDArray[np.uint32]:
    """Every number of `width` bits with at most `flips` set."""
    return np.asarray(
        [
            sum(1 << place for place in chosen)
            for size in range(flips + 1)
            for chosen in combinations(range(width), size)
        ],
        np.uint32,
    )


def values(words: NDArray[np.uint64], piece: Piece) -> NDArray[np.uint32]:
    """That piece of each hash, `words` (n, 4) uint64: (n,) uint32."""
    word, shift = divmod(piece.begin, 64)
    found = words[:, word] >> np.uint64(shift)
    if shift + piece.width > 64:
        found = found | (words[:, word + 1] << np.uint64(64 - shift))
    return (found & np.uint64((1 << piece.width) - 1)).astype(np.uint32)


def _cut(number: int) -> tuple[Piece, ...]:
    ends = [BITS * place // number for place in range(number + 1)]
    return tuple(Piece(begin, end - begin) for begin, end in pairwise(ends))


def _buckets_added(width: int, flips: int, count: int) -> float:
    if flips > width:
        return float("inf")
    return float(math.comb(width, flips) * (_LOOKUP_COST + count / 2.0**width))


def cost(cut: Sequence[Piece], flips: Sequence[int], count: int) -> float:
    """What a search costs, in comparisons of two hashes, as far as hashes are spread evenly."""
    return math.fsum(
        _buckets_added(piece.width, each, count)
        for piece, most in zip(cut, flips, strict=True)
        for each in range(most + 1)
    )
