"""The PDQ hashes of pictures and of parts of them, computed from small luma planes by two matrix products each.

PDQ blurs the picture by two box filters, which together are a tent, takes 64x64 samples of it, of these the 16x16
lowest frequencies of the cosine transform but the constant ones, and of each whether it is above their median. All but
the last is linear, so it is one matrix for the rows and one for the columns; a part of the picture has other matrices.

Source: facebook/ThreatExchange, pdq, "hashing.pdf". Differs from the reference by the shrinking before, a few bits.
"""

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from workers.copies.hashes import Hashes

_SIDE, _FREQUENCIES = 64, 16
_QUALITY_DIVISOR = 90
_AT_ONCE = 8
"""So many pictures are worked on at once: as floats they must fit into a processor's own memory."""

_PERCENT = (np.arange(256) * 100 // 255).astype(np.uint8)
"""Of each difference of two points, how many percent it is of the largest."""

Part = tuple[float, float, float, float]
"""Left, top, right, bottom, as shares of width and height."""

WHOLE: Part = (0.0, 0.0, 1.0, 1.0)


def hashes_of(pictures: NDArray[np.uint8], parts: Sequence[Part] = (WHOLE,)) -> Hashes:
    """The hashes of some parts of all `pictures` (n, height, width) luma: (parts, n, 32) uint8, as PDQ writes them."""
    count, height, width = pictures.shape
    # Along the rows first: that is one product for all pictures and parts, of which little remains to be done along
    # the columns, where one product does all pictures.
    columns = sorted({(left, right) for left, _, right, _ in parts})
    across = np.concatenate([_transform(width, left, right) for left, right in columns])
    between = np.empty((height, count, len(columns), _FREQUENCIES), np.float32)
    for at in range(0, count, _AT_ONCE):
        some = between[:, at : at + _AT_ONCE]
        rows = pictures[at : at + _AT_ONCE].transpose(1, 0, 2).astype(np.float32).reshape(-1, width)
        some[:] = (rows @ across.T).reshape(some.shape)
    hashes = np.empty((len(parts), count, 32), np.uint8)
    for number, (left, top, right, bottom) in enumerate(parts):
        chosen = between[:, :, columns.index((left, right))].reshape(height, -1)
        each = (_transform(height, top, bottom) @ chosen).reshape(_FREQUENCIES, count, _FREQUENCIES)
        spectra = each.transpose(1, 0, 2).reshape(count, -1)
        middle = spectra.shape[1] // 2
        median = np.sort(spectra, axis=1)[:, middle - 1 : middle + 1].mean(1, keepdims=True)  # quicker than to select
        hashes[number] = np.packbits((spectra > median)[:, ::-1], axis=1)
    return hashes


def qualities_of(pictures: NDArray[np.uint8], parts: Sequence[Part] = (WHOLE,)) -> NDArray[np.uint8]:
    """How much there is to see in the same parts: (parts, n), 0 nothing, 100 plenty. PDQ's own measure, scaled."""
    # All pictures lie in one tall picture; what is summed of a part of each stands in a table of running sums.
    tall = np.concatenate([cv2.resize(one, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA) for one in pictures])
    down, across = (
        np.asarray(cv2.integral(cv2.LUT(cv2.absdiff(one, other), _PERCENT)), dtype=np.int32)
        for one, other in ((tall[1:], tall[:-1]), (tall[:, 1:], tall[:, :-1]))
    )
    found = np.empty((len(parts), len(pictures)), np.uint8)
    for number, part in enumerate(parts):
        left, top, right, bottom = (round(_SIDE * side) for side in part)
        right, bottom = max(right, left + 2), max(bottom, top + 2)
        total = _summed(down, (top, bottom - 1), (left, right)) + _summed(across, (top, bottom), (left, right - 1))
        share = (right - left) * (bottom - top) / _SIDE**2
        found[number] = np.minimum(100, total.astype(np.float32) / share // _QUALITY_DIVISOR)
    return found


def _summed(table: NDArray[np.int32], rows: tuple[int, int], columns: tuple[int, int]) -> NDArray[np.int32]:
    """(n,) the sums over [begin, end) of `rows` and `columns` of each picture, by the running sums of all."""
    upper, lower = (table[row::_SIDE, columns] for row in rows)
    return np.asarray(np.diff(lower[: len(upper)] - upper[: len(lower)])[:, 0], dtype=np.int32)


@lru_cache(maxsize=256)
def _transform(size: int, begin: float, end: float) -> NDArray[np.float32]:
    """(16, size): from `size` points, of which those between the shares `begin` and `end` count, to frequencies."""
    frequencies = np.arange(1, _FREQUENCIES + 1)[:, None]
    cosines = np.sqrt(2 / _SIDE) * np.cos(np.pi / (2 * _SIDE) * frequencies * (2 * np.arange(_SIDE) + 1))
    cell = (end - begin) * size / _SIDE
    centres = begin * size + (np.arange(_SIDE)[:, None] + 0.5) * cell
    reach = max(cell / 2, 1.0)  # never finer than the points themselves
    edges = _under_tent((np.arange(size + 1) - centres) / reach)
    weights = np.diff(edges, axis=1)
    weights /= weights.sum(1, keepdims=True)
    return np.asarray(cosines @ weights, dtype=np.float32)


def _under_tent(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share of a tent over [-1, 1] that lies left of `x`."""
    inside = np.clip(x, -1, 1)
    return np.where(inside < 0, (1 + inside) ** 2 / 2, 1 - (1 - inside) ** 2 / 2)
