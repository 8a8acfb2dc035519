"""Drawn pictures: scenes that move, and a frame number written so that a program can read it back."""

from collections.abc import Callable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""A picture: (height, width, 3) uint8, RGB."""

Scene = Callable[[int], Picture]
"""The picture of a scene at a step, counted from 0."""

CELLS = 16
_DARK, _BRIGHT = 56, 200
_MARGIN = 300
_DISC = (255, 235, 40)


def scene(seed: int, size: tuple[int, int], *, moving: bool = True) -> Scene:
    """A scene of its own colours and shapes, seen by a slowly panning camera while a disc crosses it.

    `size` is (width, height). Scenes of different seeds differ strongly everywhere; steps of one scene differ little.
    """
    width, height = size
    random = np.random.default_rng(seed)
    canvas = cv2.resize(
        random.integers(0, 256, (5, 9, 3), dtype=np.uint8),
        (width + _MARGIN, height + _MARGIN),
        interpolation=cv2.INTER_CUBIC,
    )
    shapes = canvas.copy()
    for _ in range(24):
        x, y = int(random.integers(0, width + _MARGIN)), int(random.integers(0, height + _MARGIN))
        w, h = (int(side) for side in random.integers(width // 20, width // 4, 2))
        cv2.rectangle(shapes, (x, y), (x + w, y + h), random.integers(0, 256, 3).tolist(), -1)
    canvas = np.asarray(cv2.addWeighted(canvas, 0.6, shapes, 0.4, 0), dtype=np.uint8)
    grey = cv2.cvtColor(cv2.cvtColor(canvas, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    canvas = np.asarray(cv2.addWeighted(canvas, 0.4, grey, 0.6, 0), dtype=np.uint8)  # about as colourful as a street
    pan = random.choice([-1.0, -0.5, 0.5, 1.0], 2) if moving else np.zeros(2)

    def at(step: int) -> Picture:
        x, y = (_bounce(_MARGIN // 2 + int(speed * step)) for speed in pan)
        picture = np.array(canvas[y : y + height, x : x + width], dtype=np.uint8)
        if moving:
            centre = ((2 * step) % width, height // 2 + int(height / 4 * np.sin(step / 12)))
            cv2.circle(picture, centre, max(4, height // 24), _DISC, -1)
        return picture

    return at


def _bounce(position: int) -> int:
    turn = position % (2 * _MARGIN)
    return turn if turn <= _MARGIN else 2 * _MARGIN - turn


def cells(width: int, height: int) -> Iterator[tuple[slice, slice]]:
    """Where the cells of the number lie in a picture, most significant first."""
    strip = max(12, height // 15)
    for cell in range(CELLS):
        yield slice(0, strip), slice(cell * width // CELLS, (cell + 1) * width // CELLS)


def stamp(picture: Picture, number: int) -> Picture:
    """Write `number` (16 bits) across the top of `picture`, in place.

    Gray code: neighbouring numbers differ in one cell, so the number itself never looks like a cut.
    """
    code = number ^ (number >> 1)
    for place, (rows, columns) in enumerate(cells(picture.shape[1], picture.shape[0])):
        picture[rows, columns] = _BRIGHT if code >> (CELLS - 1 - place) & 1 else _DARK
    return picture


def read_number(picture: NDArray[np.uint8]) -> int:
    """The number written in a picture in display orientation, RGB, BGR or grey.

    Raises: ValueError where a cell is neither dark nor bright.
    """
    code = 0
    for rows, columns in cells(picture.shape[1], picture.shape[0]):
        cell = picture[rows, columns]
        inset_y, inset_x = cell.shape[0] // 4, cell.shape[1] // 4
        level = float(cell[inset_y : cell.shape[0] - inset_y, inset_x : cell.shape[1] - inset_x].mean())
        if 104 < level < 152:
            msg = f"no number can be read: a cell of level {level:.0f} is neither dark nor bright"
            raise ValueError(msg)
        code = code << 1 | (level > 128)
    number = 0
    while code:
        number, code = number ^ code, code >> 1
    return number


def mix(first: Picture, second: Picture, share: float) -> Picture:
    """`first` fading into `second`: share 0 is all first, 1 all second."""
    return np.asarray(cv2.addWeighted(first, 1 - share, second, share, 0), dtype=np.uint8)


def wiped(first: Picture, second: Picture, share: float) -> Picture:
    """`second` pushed over `first` from the left: share 0 is all first, 1 all second."""
    edge = round(first.shape[1] * share)
    picture = first.copy()
    picture[:, :edge] = second[:, :edge]
    return picture
