"""A decoded picture made fit to be looked at: upright, in true proportions, in the colours of a computer screen."""

from fractions import Fraction
from typing import Any

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from workers.analysis.orientation import Orientation
from workers.analysis.tones import curve_of, tone_mapped

_BT709, _BT601, _BT2020 = 1, 5, 9
_UNKNOWN_COLOURSPACES = (0, 2)
_WIDEST_ASPECT = Fraction(4)


def displayable(
    picture: VideoFrame, orientation: Orientation, sample_aspect: Fraction, within: tuple[int, int] | None = None
) -> NDArray[np.uint8]:
    """`picture` as it is meant to be seen: (height, width, 3) uint8, BGR, rotated, with square points.

    `within` (width, height) shrinks it as much as is needed to fit, and then without converting more than remains.
    High dynamic range (PQ, HLG) is tone mapped; without a stated colour space, BT.709 is taken from 720 rows on and
    BT.601 below, as players do. A sample aspect beyond 4:1 is taken for a mistake and ignored.
    """
    space = picture.colorspace
    if space in _UNKNOWN_COLOURSPACES:
        space = _BT709 if min(picture.width, picture.height) >= 720 else _BT601
    width, height = _fitting(picture, orientation, sample_aspect, within)
    if (curve := curve_of(picture)) is not None:
        known = space if space in (_BT709, _BT601) else _BT2020
        deep = converted(picture, "rgb48le", (width, height), known)
        shown: NDArray[Any] = tone_mapped(deep.to_ndarray().astype(np.float32) / 65535, curve)[..., ::-1]
    else:
        known = space if space in (_BT709, _BT601, _BT2020) else _BT601
        shown = converted(picture, "bgr24", (width, height), known).to_ndarray()
    if within is None and (sample_aspect := _believed(sample_aspect)) != 1:
        width = max(1, round(shown.shape[1] * sample_aspect))
        shown = cv2.resize(shown, (width, shown.shape[0]), interpolation=cv2.INTER_AREA)
    return np.asarray(orientation.upright(shown), dtype=np.uint8)


def converted(
    picture: VideoFrame, form: str, size: tuple[int | None, int | None] = (None, None), space: int | None = None
) -> VideoFrame:
    """`picture` in another `form` (FFmpeg's name), at another `size` (width, height), out of the colour `space`.

    Unlike its own `reformat`, a picture that is held on to holds no converter, nor a converter's threads.
    """
    return VideoReformatter().reformat(picture, *size, format=form, src_colorspace=space, threads=1)


def square_size(
    size: tuple[int, int], sample_aspect: Fraction, within: tuple[int, int] | None = None
) -> tuple[int, int]:
    """`size` (width, height) as stored, in square points, shrunk to fit `within` where it is larger."""
    width, height = Fraction(size[0]) * _believed(sample_aspect), Fraction(size[1])
    share = (
        min(Fraction(1), *(Fraction(most) / side for most, side in zip(within, (width, height), strict=True)))
        if (within)
        else Fraction(1)
    )
    return max(1, round(width * share)), max(1, round(height * share))


def _believed(sample_aspect: Fraction) -> Fraction:
    return sample_aspect if 1 / _WIDEST_ASPECT <= sample_aspect <= _WIDEST_ASPECT else Fraction(1)


def _fitting(
    picture: VideoFrame, orientation: Orientation, sample_aspect: Fraction, within: tuple[int, int] | None
) -> tuple[int, int]:
    """The size to convert to, as stored: the picture's own, or what fits in square points once it is turned."""
    size = picture.width, picture.height
    if within is None:
        return size
    sideways = orientation.rotation_deg % 180 != 0
    return square_size(size, sample_aspect, (within[1], within[0]) if sideways else within)
