"""Pictures for those who need not see everything: a line drawing, and a blur in grey; pure functions on arrays."""

from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""A picture: (height, width, 3) uint8 BGR, or (height, width) grey."""

WIDEST = 640
"""A shielded copy is at most this wide: what is told by detail stays in the original."""

_GROUND, _INK = 232, 40
_LINE_GAIN = 1.0
_CALM_SHARE = 1 / 320
_BLUR_SHARE = 1 / 24
_BLURRED_AT = 96


class Shield(StrEnum):
    """How a picture is made bearable; neither is a cure, and neither is evidence."""

    SKETCH = "sketch"
    BLUR = "blur"


def shielded(picture: Picture, how: Shield) -> Picture:
    """`picture`, (height, width, 3) BGR, behind a shield: (height, width) uint8, grey."""
    return sketch(picture) if how is Shield.SKETCH else blurred(picture)


def sketch(picture: Picture) -> Picture:
    """A line drawing on a light ground: (height, width) uint8.

    Edges of light alone: outlines of people, vehicles, houses and signs stay; colour, and what only colour shows, goes.
    1. Grey, with grain calmed. 2. Gradient magnitude (Sobel). 3. Inverted on grey paper, dark lines never quite black.
    """
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    calm = cv2.GaussianBlur(grey, (0, 0), max(0.6, picture.shape[1] * _CALM_SHARE))
    across, down = (cv2.Sobel(calm, cv2.CV_16S, *axes) for axes in ((1, 0), (0, 1)))
    steepness = cv2.addWeighted(cv2.convertScaleAbs(across), 1.0, cv2.convertScaleAbs(down), 1.0, 0)
    drawn = np.minimum(steepness * np.float32(_LINE_GAIN), _GROUND - _INK)
    return np.asarray(_GROUND - drawn, dtype=np.uint8)


def blurred(picture: Picture) -> Picture:
    """Blurred beyond reading, and grey: (height, width) uint8; the blur's sigma is a 24th of the longer side.

    It is computed on a small copy: what the blur takes away is then not even there to be brought back.
    """
    height, width = picture.shape[:2]
    longer = max(height, width)
    share = min(1.0, _BLURRED_AT / longer)
    size = (max(1, round(width * share)), max(1, round(height * share)))
    small = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), size, interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (0, 0), max(1.0, longer * share * _BLUR_SHARE), borderType=cv2.BORDER_REFLECT)
    return np.asarray(cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def narrowed(picture: Picture, widest: int = WIDEST) -> Picture:
    """`picture`, at most `widest` points wide, in its proportions."""
    height, width = picture.shape[:2]
    if width <= widest:
        return picture
    size = (widest, max(1, round(height * widest / width)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
