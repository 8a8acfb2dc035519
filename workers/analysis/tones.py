"""High dynamic range brought to the range of a usual screen: one mapping for stills and for moving pictures."""

from enum import IntEnum
from functools import cache
from typing import Any

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

_WHITE_NITS, _PEAK_NITS = 203.0, 1000.0
_POINTS = 33

# Source: ITU-R BT.2087-0, conversion of linear BT.2020 to linear BT.709.
_TO_BT709 = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]])


class Curve(IntEnum):
    """How a signal of high dynamic range stands for light; numbered as in ITU-T H.273."""

    PQ = 16
    HLG = 18


def curve_of(picture: VideoFrame) -> Curve | None:
    """The curve of a picture of high dynamic range, or None for another."""
    return Curve(picture.color_trc) if picture.color_trc in (Curve.PQ, Curve.HLG) else None


def tone_mapped(signal: NDArray[Any], curve: Curve) -> NDArray[np.uint8]:
    """High dynamic range, (..., 3) RGB from 0 to 1 of BT.2020, to RGB for a screen (sRGB), uint8.

    1. To light in nits (BT.2100, tables 4 and 5). 2. Highlights above reference white are compressed by their brightest
    component, so that colours keep their hue (Reinhard et al. 2002, equation 4; white of 203 nits as in BT.2408).
    3. To BT.709 primaries. 4. The sRGB curve (IEC 61966-2-1).
    """
    return np.asarray(np.round(_mapped(signal, curve) * 255), dtype=np.uint8)


def _mapped(signal: NDArray[Any], curve: Curve) -> NDArray[Any]:
    light = (_pq_nits(signal) if curve is Curve.PQ else _hlg_nits(signal)) / _WHITE_NITS
    brightest = light.max(axis=-1, keepdims=True) + 1e-6
    peak = _PEAK_NITS / _WHITE_NITS
    light = light * ((1 + brightest / peak**2) / (1 + brightest))
    light = np.clip(light @ _TO_BT709.T, 0, 1)
    shown: NDArray[Any] = np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.power(light, 1 / 2.4) - 0.055)
    return shown


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


@cache
def cube_of(curve: Curve) -> str:
    """The mapping as a table for FFmpeg's `lut3d`: 33 points along each of red, green and blue.

    Source: Adobe Cube LUT Specification 1.0; red runs fastest.
    """
    points = np.linspace(0, 1, _POINTS)
    blue, green, red = np.meshgrid(points, points, points, indexing="ij")
    mapped = _mapped(np.stack([red, green, blue], axis=-1), curve)
    lines = (" ".join(f"{value:.6f}" for value in point) for point in mapped.reshape(-1, 3).tolist())
    return "\n".join([f"LUT_3D_SIZE {_POINTS}", *lines, ""])
