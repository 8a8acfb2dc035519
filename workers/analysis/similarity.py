"""How much two small pictures differ, allowing for a moving camera."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 64, 32
SIDE = 8
"""Pictures are compared in blocks of 8 by 8 points."""

_ACROSS, _DOWN, _BLOCK = WIDTH // 2, HEIGHT // 2, SIDE // 2
"""The same of halved pictures."""

MAX_REACH = 8
_CEILING = 60.0
_MOST_POINTS = 1 << 18
"""So many are compared at once: what is at hand must fit into a processor's own memory."""

Small = NDArray[np.uint8]
"""Small pictures: (n, 3, HEIGHT, WIDTH) uint8; luma, blue, red."""

Luma = NDArray[np.uint8]
"""Luma of halved pictures: (n, HEIGHT / 2, WIDTH / 2) uint8."""

Tints = NDArray[np.uint8]
"""The mean colour of each block of small pictures: (n, 2, HEIGHT / SIDE, WIDTH / SIDE) uint8; blue, red."""


def differences(
    first: Small, second: Small, reach: int, tints: tuple[Tints, Tints] | None = None
) -> NDArray[np.float32]:
    """How much each `second` differs from its `first`: (n,) float32, 0 the same, 60 the most.

    Each block of luma is sought up to `reach` points around its place (an even number, 0 <= reach <= 8) in steps of
    two, so that a pan or a shake of that much costs nothing; the shift of its mean colour is added. The picture's
    difference is the mean of its blocks. `tints` of the two, where they are known already.

    Luma is compared at half the size of the pictures: that takes a sixteenth of the work, and tells boundaries apart
    as well.
    """
    if not len(first):
        return np.zeros(0, np.float32)
    steps = reach // 2
    before, after = _halved(first), _halved(second)
    at_once = max(1, _MOST_POINTS // ((2 * steps + 1) * _cell(steps) * _ACROSS))
    in_luma = np.concatenate(
        [_least(before[at : at + at_once], after[at : at + at_once], steps) for at in range(0, len(first), at_once)]
    )
    tint, other = tints or (tints_of(first), tints_of(second))
    in_colour = np.abs(tint.astype(np.float32) - other).sum(1)
    return np.asarray(np.minimum(in_luma + in_colour, _CEILING).mean((1, 2)), dtype=np.float32)


def tints_of(small: Small) -> Tints:
    """The mean colour of each block."""
    size = WIDTH // SIDE, len(small) * 2 * HEIGHT // SIDE
    colours = np.ascontiguousarray(small[:, 1:]).reshape(-1, WIDTH)
    tints = cv2.resize(colours, size, interpolation=cv2.INTER_AREA)
    return np.asarray(tints.reshape(len(small), 2, HEIGHT // SIDE, WIDTH // SIDE), dtype=np.uint8)


def _halved(small: Small) -> Luma:
    """The luma of small pictures at half their size: (n, HEIGHT / 2, WIDTH / 2)."""
    luma = np.ascontiguousarray(small[:, 0]).reshape(-1, WIDTH)
    halved = cv2.resize(luma, (_ACROSS, len(luma) // 2), interpolation=cv2.INTER_AREA)
    return np.asarray(halved.reshape(-1, _DOWN, _ACROSS), dtype=np.uint8)


def _cell(steps: int) -> int:
    """The rows of a halved picture with room for its shifts above and below, in whole blocks."""
    return _DOWN + 2 * _room(steps)


def _room(steps: int) -> int:
    return -(-2 * steps // _BLOCK) * _BLOCK // 2


def _least(first: Luma, second: Luma, steps: int) -> NDArray[np.float32]:
    """The least mean difference of each block of halved pictures over all shifts: (n, blocks down, across) float32.

    All pictures lie in one tall picture, a cell of rows each, and that as often below itself as there are shifts to
    the side: so one call of OpenCV does one shift downwards, of all pictures and to all sides.
    """
    count, across, room, cell = len(first), 2 * steps + 1, _room(steps), _cell(steps)
    rows = across * count * cell
    resting = np.zeros((across, count, cell, _ACROSS), np.uint8)
    resting[:, :, :_DOWN] = first
    rest = resting.reshape(rows, _ACROSS)[: rows - 2 * room]
    padded = np.pad(second, ((0, 0), (room, room), (room, room)), "edge") if steps else second
    moving = np.stack([padded[:, :, room - steps + right :][:, :, :_ACROSS] for right in range(across)])
    moving = moving.reshape(rows, _ACROSS)
    best = np.full((rows // _BLOCK, _ACROSS // _BLOCK), 255, np.uint8)
    halved = [np.empty((rows >> n, _ACROSS >> n), np.uint8) for n in (1, 2)]
    distance = np.zeros((rows, _ACROSS), np.uint8)
    for down in range(room - steps, room + steps + 1):
        cv2.absdiff(rest, moving[down : down + len(rest)], dst=distance[: len(rest)])
        for larger, smaller in zip((distance, *halved), halved, strict=False):  # halving is OpenCV's quickest way
            cv2.resize(larger, smaller.shape[::-1], dst=smaller, interpolation=cv2.INTER_AREA)
        cv2.min(best, halved[-1], dst=best)
    least = best.reshape(across, count, cell // _BLOCK, -1).min(0)[:, : _DOWN // _BLOCK]
    return np.asarray(least, dtype=np.float32)


def pair_differences(pairs: Sequence[tuple[Small, Small]], reach: int) -> list[float]:
    """The differences of pairs of pictures, (3, HEIGHT, WIDTH) each, all in one go."""
    first, second = (np.stack(side) for side in zip(*pairs, strict=True))
    found: list[float] = differences(first, second, reach).tolist()
    return found


def relit(small: Small, like: Small) -> Small:
    """`small` with the brightness and contrast of `like`: (3, HEIGHT, WIDTH) each; a lamp or an exposure undone."""
    out = small.copy()
    mean, spread = float(like[0].mean()), float(like[0].std())
    own_mean, own_spread = float(small[0].mean()), float(small[0].std())
    gain = spread / own_spread if own_spread > 1 else 1.0
    out[0] = np.clip((small[0] - own_mean) * gain + mean, 0, 255)
    out[1:] = np.clip((small[1:].astype(np.float32) - 128) * gain + 128, 0, 255)
    return out
