"""How a stored picture is turned and mirrored to be shown."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from av.sidedata.sidedata import SideData, Type
from av.video.frame import VideoFrame
from numpy.typing import NDArray

_MATRIX = Type.DISPLAYMATRIX


@dataclass(frozen=True, slots=True)
class Orientation:
    """How a stored picture is shown: turned counter-clockwise by a multiple of 90 degrees, then perhaps mirrored.

    The sign is FFmpeg's: -90 is a phone video to be turned clockwise.
    """

    rotation_deg: int = 0
    is_mirrored: bool = False

    def upright(self, picture: NDArray[Any]) -> NDArray[Any]:
        """`picture`: (height, width, ...) as stored, to the same as shown."""
        turned = np.rot90(picture, self.rotation_deg // 90 % 4)
        return np.ascontiguousarray(turned[:, ::-1] if self.is_mirrored else turned)


def orientation_of(picture: VideoFrame) -> Orientation:
    """The orientation a decoded picture carries.

    Source: ISO/IEC 14496-12, 8.3.2 (matrix of the track header): a negative determinant mirrors.
    """
    matrix = next((side for side in picture.side_data if isinstance(side, SideData) and side.type == _MATRIX), None)
    if matrix is None:
        return Orientation()
    a, b, _, c, d = (int(value) for value in np.frombuffer(memoryview(matrix), np.int32)[:5])
    is_mirrored = a * d - b * c < 0
    turn = -round(float(np.degrees(np.arctan2(b, -a if is_mirrored else a))) / 90) * 90
    return Orientation(180 if turn == -180 else turn, is_mirrored)
