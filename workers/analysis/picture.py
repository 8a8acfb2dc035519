"""A decoded picture made fit to be looked at: upright, in true proportions, in the colours of a computer screen."""

from fractions import Fraction
from typing import Any

import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from workers.analysis.orientation import Orientation

_BT709, _BT601, _BT2020 = 1, 5, 9
_UNKNOWN_COLOURSPACES = (0, 2)
_PQ, _HLG = 16, 18
_WHITE_NITS, _PEAK_NITS = 203.0, 1000.0
_WIDEST_ASPECT = Fraction(4)

# Source: ITU-R BT.2087-0, conversion of linear BT.2020 to linear BT.709.
_TO_BT709 = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]])


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
    if picture.color_trc in (_PQ, _HLG):
        deep = picture.reformat(
            width, height, format="rgb48le", src_colorspace=space if space in (_BT709, _BT601) else _BT2020
        )
        shown: NDArray[Any] = _tone_mapped(deep.to_ndarray().astype(np.float32) / 65535, is_pq=picture.color_trc == _PQ)
    else:
        known = space if space in (_BT709, _BT601, _BT2020) else _BT601
        shown = picture.reformat(width, height, format="bgr24", src_colorspace=known).to_ndarray()
    if within is None and (sample_aspect := _believed(sample_aspect)) != 1:
        width = max(1, round(shown.shape[1] * sample_aspect))
        shown = cv2.resize(shown, (width, shown.shape[0]), interpolation=cv2.INTER_AREA)
    return np.asarray(orientation.upright(shown), dtype=np.uint8)


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


def _tone_mapped(signal: NDArray[Any], *, is_pq: bool) -> NDArray[np.uint8]:
    """High dynamic range RGB (0..1, BT.2020) to BGR for a screen (sRGB).

    1. To light in nits (BT.2100, tables 4 and 5). 2. Highlights above reference white are compressed by their brightest
    component, so that colours keep their hue (Reinhard et al. 2002, equation 4; white of 203 nits as in BT.2408).
    3. To BT.709 primaries. 4. The sRGB curve (IEC 61966-2-1).
    """
    light = (_pq_nits(signal) if is_pq else _hlg_nits(signal)) / _WHITE_NITS
    brightest = light.max(axis=2, keepdims=True) + 1e-6
    peak = _PEAK_NITS / _WHITE_NITS
    light = light * ((1 + brightest / peak**2) / (1 + brightest))
    light = np.clip(light @ _TO_BT709.T, 0, 1)
    curve = np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.power(light, 1 / 2.4) - 0.055)
    return np.asarray(np.round(curve[..., ::-1] * 255), dtype=np.uint8)


def _pq_nits(signal: NDArray[Any]) -> NDArray[Any]:
    power = np.power(signal, 32 / 2523)
    return np.asarray(
        10_000 * np.power(np.maximum(power - 107 / 128, 0) / (2413 / 128 - 2392 / 128 * power), 8192 / 1305)
    )


def _hlg_nits(signal: NDArray[Any]) -> NDArray[Any]:
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
    luminance = scene @ np.array([0.2627, 0.6780, 0.0593])
    return np.asarray(_PEAK_NITS * np.power(luminance[..., None] + 1e-6, 0.2) * scene)
