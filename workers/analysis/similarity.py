"""How much two small pictures differ, allowing for a moving camera."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 64, 32
SIDE = 8
"""Pictures are compared in blocks of 8 by 8 points."""

MAX_REACH = 8
_CEILING = 60.0

Small = NDArray[np.uint8]
"""Small pictures: (n, 3, HEIGHT, WIDTH) uint8; luma, blue, red."""


def differences(first: Small, second: Small, reach: int) -> NDArray[np.float32]:
    """How much each `second` differs from its `first`: (n,) float32, 0 the same, 60 the most.

    Each block of luma is sought within `reach` points around its place (0 <= reach <= 8), so that a pan or a shake of
    that much costs nothing; the shift of its mean colour is added. The picture's difference is the mean of its blocks.

    All pictures lie in one tall picture, a cell of rows each, so that one call of OpenCV does one shift of all.
    """
    count = len(first)
    if not count:
        return np.zeros(0, np.float32)
    room = SIDE // 2 if reach <= SIDE // 2 else SIDE  # cells of whole blocks
    cell = HEIGHT + 2 * room
    rows = count * cell
    resting = np.zeros((count, cell, WIDTH), np.uint8)
    resting[:, :HEIGHT] = first[:, 0]
    rest = resting.reshape(rows, WIDTH)[: rows - 2 * room]
    padded = np.pad(second[:, 0], ((0, 0), (room, room), (room, room)), "edge").reshape(rows, WIDTH + 2 * room)
    best = np.full((rows // SIDE, WIDTH // SIDE), 255, np.uint8)
    halved = [np.empty((rows >> n, WIDTH >> n), np.uint8) for n in (1, 2, 3)]
    distance = np.zeros((rows, WIDTH), np.uint8)
    for down in range(room - reach, room + reach + 1):
        for right in range(room - reach, room + reach + 1):
            moved = padded[down : down + len(rest), right : right + WIDTH]
            cv2.absdiff(rest, moved, dst=distance[: len(rest)])
            for larger, smaller in zip((distance, *halved), halved, strict=False):  # halving is OpenCV's quickest way
                cv2.resize(larger, smaller.shape[::-1], dst=smaller, interpolation=cv2.INTER_AREA)
            np.minimum(best, halved[-1], out=best)
    in_luma = best.reshape(count, cell // SIDE, -1)[:, : HEIGHT // SIDE].astype(np.float32)
    total = in_luma + _colour_shift(first, second)
    return np.asarray(np.minimum(total, _CEILING).mean((1, 2)), dtype=np.float32)


def pair_differences(pairs: Sequence[tuple[Small, Small]], reach: int) -> list[float]:
    """The differences of pairs of pictures, (3, HEIGHT, WIDTH) each, all in one go."""
    first, second = (np.stack(side) for side in zip(*pairs, strict=True))
    found: list[float] = differences(first, second, reach).tolist()
    return found


def _colour_shift(first: Small, second: Small) -> NDArray[np.float32]:
    """The shift of the mean colour of each block: (n, HEIGHT / 8, WIDTH / 8) float32."""
    size = (WIDTH // SIDE, len(first) * 2 * HEIGHT // SIDE)
    before, after = (
        cv2.resize(np.ascontiguousarray(small[:, 1:]).reshape(-1, WIDTH), size, interpolation=cv2.INTER_AREA).reshape(
            len(first), 2, HEIGHT // SIDE, WIDTH // SIDE
        )
        for small in (first, second)
    )
    return np.asarray(np.abs(before.astype(np.float32) - after).sum(1), dtype=np.float32)


def relit(small: Small, like: Small) -> Small:
    """`small` with the brightness and contrast of `like`: (3, HEIGHT, WIDTH) each; a lamp or an exposure undone."""
    out = small.copy()
    mean, spread = float(like[0].mean()), float(like[0].std())
    own_mean, own_spread = float(small[0].mean()), float(small[0].std())
    gain = spread / own_spread if own_spread > 1 else 1.0
    out[0] = np.clip((small[0] - own_mean) * gain + mean, 0, 255)
    out[1:] = np.clip((small[1:].astype(np.float32) - 128) * gain + 128, 0, 255)
    return out
