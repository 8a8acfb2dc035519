"""Where in the frame the picture proper is: without bars, blurred margins or a frame around it, or as an inset.

What was laid around or over a picture stands still while the picture moves. So edges are looked for that persist over
the samples of half a minute, and margins in which nothing is to see.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Pictures = NDArray[np.uint8]
"""Samples of one stretch: (n, height, width) uint8 luma in display orientation."""

_FLAT_SPREAD = 5.0
_MOVING_SPREAD = 4.0
_MOVING_SHARE = 0.04
_EDGE_STEP = 8
_PERSISTENT = 0.5
_ROUNDING = 0.45
_LEAST_SIDE, _MOST_SIDE = 0.2, 0.97
_SOFTER = 2.2
_SAME = 0.03
_BEND = np.array([[1, -2, 1]], np.float32)
"""The second difference sees grain and fine edges, which no blur leaves; a slope it does not see."""
MOST = 3


@dataclass(frozen=True, slots=True)
class Area:
    """A part of the frame, as shares of its width and height: 0 <= left < right <= 1, 0 <= top < bottom <= 1."""

    left: float
    top: float
    right: float
    bottom: float

    def within(self, outer: "Area") -> "Area":
        """This part of `outer`, as a part of the frame."""
        width, height = outer.right - outer.left, outer.bottom - outer.top
        return Area(
            outer.left + self.left * width,
            outer.top + self.top * height,
            outer.left + self.right * width,
            outer.top + self.bottom * height,
        )

    def sides(self) -> tuple[float, float, float, float]:
        return self.left, self.top, self.right, self.bottom


WHOLE = Area(0, 0, 1, 1)


def active_areas(pictures: Pictures) -> list[Area]:
    """At most three parts of the frame in which a picture of its own may be, the surest first; often none."""
    found: list[Area] = []
    height, width = pictures.shape[1:]
    for top, bottom, left, right in (
        _between_bars(pictures),
        _between_soft(pictures),
        _moving(pictures),
        *_insets(pictures),
    ):
        area = Area(left / width, top / height, right / width, bottom / height)
        sides = area.right - area.left, area.bottom - area.top
        if min(sides) < _LEAST_SIDE or min(sides) > _MOST_SIDE:
            continue
        if not any(_is_same(area, other) for other in found):
            found.append(area)
    return found[:MOST]


Box = tuple[int, int, int, int]
"""Rows from top to bottom, columns from left to right, ends exclusive."""


def _is_same(one: Area, other: Area) -> bool:
    return all(abs(a - b) <= _SAME for a, b in zip(one.sides(), other.sides(), strict=True))


def _between_bars(pictures: Pictures) -> Box:
    """What remains without the rows and columns at the edges that are of one grey in all samples."""
    some = [picture.astype(np.float32) for picture in _some(pictures)]
    rows = _span(np.median([one.std(1) for one in some], axis=0) > _FLAT_SPREAD)
    columns = _span(np.median([one[rows[0] : rows[1]].std(0) for one in some], axis=0) > _FLAT_SPREAD)
    return *rows, *columns


def _some(pictures: Pictures) -> Pictures:
    """Some sixteen of the pictures, where one stands for those after it."""
    return pictures[:: max(1, len(pictures) // 16)]


def _between_soft(pictures: Pictures) -> Box:
    """The sharp band between two margins that are much softer: a picture before its own enlarged, blurred self."""
    height, width = pictures.shape[1:]
    some = _some(pictures)
    rows = _sharp_band(_bends(some, _BEND)[:, 1:-1].mean(1))
    if rows != (0, height):
        return *rows, 0, width
    return 0, height, *_sharp_band(_bends(some, _BEND.T)[1:-1].mean(0))


def _bends(pictures: Pictures, kernel: NDArray[np.float32]) -> NDArray[np.float32]:
    """How large the second difference is at each point, in the mean: (height, width); its ends have none."""
    total = np.zeros(pictures.shape[1:], np.float32)
    for picture in pictures:
        total += np.abs(cv2.filter2D(picture, cv2.CV_16S, kernel))
    return total / np.float32(len(pictures))


def _sharp_band(sharpness: NDArray[np.float32]) -> tuple[int, int]:
    """The middle band whose every margin is less than half as sharp, or all of it."""
    # A blurred margin of 8 bits still has its rounding.
    sharpness = np.maximum(sharpness - _ROUNDING, 0)
    size = len(sharpness)
    totals = np.concatenate([[0.0], np.cumsum(sharpness)])
    middle = size // 2
    best, found = _SOFTER, (0, size)
    for begin in range(max(2, size // 20), middle - size // 12):
        end = size - begin
        outer, outer_end = totals[begin] / begin, (totals[size] - totals[end]) / begin
        inner = (totals[middle] - totals[begin]) / (middle - begin)
        ratio = inner / (max(outer, outer_end) + 0.1)
        if ratio <= best:  # nearly always, and what is nearest takes longer to tell
            continue
        beyond = sharpness[begin - size // 20 : begin].mean() + 0.1
        ratio = min(ratio, sharpness[begin + 1 : begin + 1 + size // 16].mean() / beyond)
        if ratio > best:
            best, found = ratio, (begin, end)
    return found


def _moving(pictures: Pictures) -> Box:
    """The box around all that changes, where the rest stands still: a screen recording with its frame."""
    height, width = pictures.shape[1:]
    if len(pictures) < 4:
        return 0, height, 0, width
    moving = _spread(pictures) > _MOVING_SPREAD
    rows = _span(moving.mean(1) > _MOVING_SHARE)
    columns = _span(moving[rows[0] : rows[1]].mean(0) > _MOVING_SHARE)
    return *rows, *columns


def _insets(pictures: Pictures) -> list[Box]:
    """Upright boxes whose sides are edges that persist: a picture in the picture, a window on a screen."""
    height, width = pictures.shape[1:]
    upright = _steps(pictures[:, :, 1:], pictures[:, :, :-1])
    level = _steps(pictures[:, 1:], pictures[:, :-1])
    # Here and there what is on both sides of an edge is of one grey, so it is looked at over a length.
    lines = _runs(cv2.blur(upright, (1, height // 12 | 1)) >= _PERSISTENT, int(_LEAST_SIDE * height))
    near = height // 12
    found: list[tuple[float, Box]] = []
    for at, (left, top, bottom) in enumerate(lines):
        for right, other_top, other_bottom in lines[at + 1 :]:
            if right - left < _LEAST_SIDE * width or max(abs(top - other_top), abs(bottom - other_bottom)) > 2 * near:
                continue
            between = level[:, left + 1 : right].mean(1)
            first, upper = _strongest(between, (top + other_top) // 2, near)
            last, lower = _strongest(between, (bottom + other_bottom) // 2, near)
            if max(upper, lower) >= _PERSISTENT and last - first >= _LEAST_SIDE * height:
                found.append((upper + lower, (first, last, left + 1, right + 1)))
    return [box for _, box in sorted(found, key=lambda one: (-one[0], one[1]))[:MOST]]


def _spread(pictures: Pictures) -> NDArray[np.float64]:
    """(height, width) standard deviation of each point over all pictures; of a few hundred, the sums are exact."""
    total, squares = (np.zeros(pictures.shape[1:], np.float32) for _ in range(2))
    for picture in pictures:
        cv2.accumulate(picture, total)
        cv2.accumulateSquare(picture, squares)
    count = len(pictures)
    variance = squares / np.float64(count) - (total / np.float64(count)) ** 2
    return np.asarray(np.sqrt(np.maximum(variance, 0)), dtype=np.float64)


def _steps(here: Pictures, there: Pictures) -> NDArray[np.float32]:
    """(height, width) in which share of the pictures, at most 255, two points differ by an edge's step."""
    count = np.zeros(here.shape[1:], np.uint8)
    for one, other in zip(here, there, strict=True):
        cv2.add(count, cv2.threshold(cv2.absdiff(one, other), _EDGE_STEP - 1, 1, cv2.THRESH_BINARY)[1], dst=count)
    return np.asarray(count / np.float32(len(here)), dtype=np.float32)


def _strongest(between: NDArray[np.float32], around: int, near: int) -> tuple[int, float]:
    """The row after the strongest level edge within `near` rows, and how strong; at the frame's border, the border."""
    begin = max(0, around - near)
    place = begin + int(np.argmax(between[begin : around + near]))
    strength = float(between[place])
    if strength < _PERSISTENT and (begin == 0 or around + near >= len(between)):
        return (0 if begin == 0 else len(between) + 1), 0.0
    return place + 1, strength


def _runs(edges: NDArray[np.bool_], least: int) -> list[tuple[int, int, int]]:
    """(column, first row, row after the last) of the longest run of edge in each column that has one, at most 24."""
    found: list[tuple[int, int, int]] = []
    for column in range(edges.shape[1]):
        ends = np.flatnonzero(np.diff(np.concatenate([[0], edges[:, column].view(np.int8), [0]])))
        if not len(ends):
            continue
        lengths = ends[1::2] - ends[::2]
        longest = int(np.argmax(lengths))
        if lengths[longest] >= least:
            found.append((column, int(ends[2 * longest]), int(ends[2 * longest + 1])))
    return sorted(sorted(found, key=lambda run: run[1] - run[2])[:24])


def _span(marked: NDArray[np.bool_]) -> tuple[int, int]:
    """From the first marked to after the last; all where none is."""
    places = np.flatnonzero(marked)
    return (int(places[0]), int(places[-1]) + 1) if len(places) else (0, len(marked))
