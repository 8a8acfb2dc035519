"""The planes of a decoded picture, read in place and shrunk cheaply; never a per-frame colour conversion."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from numpy.typing import NDArray

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
    name = picture.format.name
    is_upside_down = any(plane.line_size <= 0 for plane in picture.planes)
    if is_upside_down or not name.startswith(_DIRECT) or name.endswith("be") or name == "gray8a":
        picture = picture.reformat(format="yuv420p")
        name = "yuv420p"
    bits = picture.format.components[0].bits
    planes = picture.planes
    if name.startswith("gray"):
        return Planes(_view(planes[0], bits), None, None, bits)
    return Planes(_view(planes[0], bits), _view(planes[1], bits), _view(planes[2], bits), bits)


def _view(plane: VideoPlane, bits: int) -> NDArray[Any]:
    # More than 8 bits are stored as little-endian words: reading them as bytes would be noise.
    width = 1 if bits == 8 else 2
    samples: NDArray[Any] = np.frombuffer(memoryview(plane), np.uint8 if width == 1 else np.dtype("<u2"))
    return samples.reshape(-1, plane.line_size // width)[: plane.height, : plane.width]


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
    kept, step = max(
        ((cell * height * (rows // (cell * height)), -cell), rows // (cell * height))
        for cell in range(1, rows_per_cell + 1)
        if rows >= cell * height
    )
    cell = -kept[1]
    breadth = columns // width * width
    top, left = (rows - step * cell * height) // 2, (columns - breadth) // 2
    chosen = plane[top::step][: cell * height, left : left + breadth]
    return _to_bytes(cv2.resize(chosen, (width, height), interpolation=cv2.INTER_AREA), bits)


def _to_bytes(small: NDArray[Any], bits: int) -> NDArray[np.uint8]:
    return small if bits == 8 else (small >> (bits - 8)).astype(np.uint8)
