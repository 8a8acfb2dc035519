"""CenterFace: where faces are in one picture, by a small network that an operator brings.

Source: Xu, Yan, Yang, Sun, Chi, "CenterFace: joint face detection and alignment using face as point", 2019.
"""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from workers.analysis.following import Box, Sighting

LEAST_SCORE = 0.3
"""Low, because a face that is missed is shown, and a box too many hides a little of a wall."""

_SAME = 0.3
_STRIDE, _MULTIPLE = 4, 32
# The centres, the sizes, where in its cell a centre is; the fourth, where eyes and mouth are, is dropped unread.
_OUTPUTS = ("537", "538", "539", "540")


class CenterFace:
    """The network in `path` (ONNX). Raises: ValueError for a file that is none."""

    def __init__(self, path: Path) -> None:
        try:
            self._net = cv2.dnn.readNetFromONNX(str(path))
            self.find(np.zeros((_MULTIPLE, _MULTIPLE, 3), np.uint8))
        except (cv2.error, IndexError, ValueError) as error:
            raise ValueError(f"{path.name} is no CenterFace network in the form of ONNX") from error

    def find(self, picture: NDArray[np.uint8]) -> list[Sighting]:
        """Every face in `picture`, (height, width, 3) uint8, BGR, the surest first, in shares of its sides.

        A face needs some ten points to be found. There is no most: whoever draws many could hide another behind them.
        """
        height, width = picture.shape[:2]
        even = [-(-side // _MULTIPLE) * _MULTIPLE for side in (height, width)]
        whole = np.zeros((*even, 3), np.uint8)
        whole[:height, :width] = picture
        self._net.setInput(cv2.dnn.blobFromImage(whole, swapRB=True))
        scores, sizes, offsets, _ = (np.asarray(one)[0] for one in self._net.forward(_OUTPUTS))
        rows, columns = np.nonzero(scores[0] >= LEAST_SCORE)
        heights, widths = np.exp(sizes[:, rows, columns]) * _STRIDE
        middles = np.stack([columns, rows]) + 0.5 + offsets[::-1, rows, columns]
        lefts, tops = middles * _STRIDE - np.stack([widths, heights]) / 2
        boxes = np.stack([lefts, tops, widths, heights], axis=1)
        sure = scores[0][rows, columns]
        kept = cv2.dnn.NMSBoxes(boxes.tolist(), sure.tolist(), LEAST_SCORE, _SAME)
        found = [
            Sighting(Box.within(x / width, y / height, (x + w) / width, (y + h) / height), float(min(1, sure[at])))
            for at in np.asarray(kept, int).ravel()
            for x, y, w, h in [boxes[at].tolist()]
        ]
        return [one for one in found if one.box.area > 0]
