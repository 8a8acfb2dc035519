"""The planes of a decoded picture, read in place and shrunk cheaply; never a per-frame colour conversion."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from numpy.typing import NDArray

from workers.analysis.picture import converted

_DIRECT = ("yuv4", "yuvj4", "yuva4", "gray")
_ROWS_PER_CELL = 4


@dataclass(frozen=True, slots=True)
class Planes:
    """Views of the luma, blue and red planes, as stored (not rotated): (height, width) uint8, or uint16 of `bits`.

    They are valid as long as the picture is held. Without colour, blue and red are None.
    """

    luma: NDArray[Any]
    blue: NDArray[Any] | None
    red: NDArray[Any] | None
    bits: int = 8


def planes_of(picture: VideoFrame) -> Planes:
    """The planes of `picture`; formats without separate planes (RGB, palettes, NV12) are converted first."""
    form, planes = _form_of(picture.format.name), picture.planes
    if form is None or any(plane.line_size <= 0 for plane in planes):
        picture = converted(picture, "yuv420p")
        form, planes = _Form(8, has_colour=True), picture.planes
    if not form.has_colour:
        return Planes(_view(planes[0], form.bits), None, None, form.bits)
    luma, blue, red = (_view(plane, form.bits) for plane in planes[:3])
    return Planes(luma, blue, red, form.bits)


@dataclass(frozen=True, slots=True)
class _Form:
    """How samples are stored in planes of their own."""

    bits: int
    has_colour: bool


@lru_cache(maxsize=64)
def _form_of(name: str) -> _Form | None:
    """How FFmpeg's pixel format `name` stores them; None where planes cannot be read as they are."""
    if not name.startswith(_DIRECT) or name.endswith("be") or name == "gray8a":
        return None
    return _Form(VideoFormat(name).components[0].bits, has_colour=not name.startswith("gray"))


def _view(plane: VideoPlane, bits: int) -> NDArray[Any]:
    # More than 8 bits are stored as little-endian words: reading them as bytes would be noise.
    kind = np.dtype(np.uint8) if bits == 8 else np.dtype("<u2")
    strides = plane.line_size, kind.itemsize
    return np.ndarray((plane.height, plane.width), kind, memoryview(plane), strides=strides)


def shrink(
    plane: NDArray[Any], bits: int, width: int, height: int, *, rows_per_cell: int = _ROWS_PER_CELL
) -> NDArray[np.uint8]:
    """Area means of `plane`: (height, width) uint8.

    Rows are skipped so that about `rows_per_cell` remain per cell, and up to a cell's breadth is cut off at the edges
    so that the factors are whole numbers: OpenCV is five to ten times as fast on those.
    """
    rows, columns = plane.shape
    if rows < height or columns < width:
        small = cv2.resize(np.ascontiguousarray(plane), (width, height), interpolation=cv2.INTER_LINEAR)
        return _to_bytes(small, bits)
    chosen = plane[_chosen(rows, columns, width, height, rows_per_cell)]
    return _to_bytes(cv2.resize(chosen, (width, height), interpolation=cv2.INTER_AREA), bits)


@lru_cache(maxsize=64)
def _chosen(rows: int, columns: int, width: int, height: int, rows_per_cell: int) -> tuple[slice, slice]:
    """Which rows and columns of a plane are looked at."""
    kept, step = max(
        ((cell * height * (rows // (cell * height)), -cell), rows // (cell * height))
        for cell in range(1, rows_per_cell + 1)
        if rows >= cell * height
    )
    cell = -kept[1]
    breadth = columns // width * width
    top, left = (rows - step * cell * height) // 2, (columns - breadth) // 2
    return slice(top, top + step * cell * height, step), slice(left, left + breadth)


def _to_bytes(small: NDArray[Any], bits: int) -> NDArray[np.uint8]:
    return small if bits == 8 else (small >> (bits - 8)).astype(np.uint8)
