"""High dynamic range is brought to a screen: white is white, dark is dark, colours keep their hue."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from workers.analysis.orientation import Orientation
from workers.analysis.picture import displayable


def pq(nits: float) -> float:
    """The PQ signal of a light. Source: ITU-R BT.2100, inverse EOTF."""
    light = (nits / 10_000) ** (2610 / 16384)
    return float(((107 / 128 + 2413 / 128 * light) / (1 + 2392 / 128 * light)) ** (2523 / 32))


def shown(nits: tuple[float, float, float]) -> NDArray[np.uint8]:
    """The BGR point that a PQ picture of one colour (red, green, blue in nits) becomes."""
    colour = np.array([[[round(pq(light) * 65_535) for light in nits]]], np.uint16).repeat(32, 0).repeat(32, 1)
    deep = av.VideoFrame.from_ndarray(colour, format="rgb48le")
    picture = deep.reformat(format="yuv444p10le", dst_colorspace=9)
    picture.color_trc, picture.colorspace, picture.color_primaries = 16, 9, 9
    return np.asarray(displayable(picture, Orientation(), Fraction(1))[16, 16])


def test_black_stays_black_and_brighter_light_is_brighter() -> None:
    levels = [int(shown((nits,) * 3)[1]) for nits in (0.001, 1, 10, 50, 100, 203, 500, 1000)]
    assert levels[0] <= 2
    assert levels == sorted(levels)
    assert len(set(levels)) == len(levels)
    assert 150 <= levels[5] <= 200
    assert levels[-1] >= 240


@pytest.mark.parametrize(
    ("nits", "brightest"), [((300.0, 20.0, 20.0), 2), ((20.0, 300.0, 20.0), 1), ((20.0, 20.0, 300.0), 0)]
)
def test_a_colour_keeps_its_hue(nits: tuple[float, float, float], brightest: int) -> None:
    assert int(np.argmax(shown(nits))) == brightest


def test_an_absurd_sample_aspect_is_ignored() -> None:
    picture = av.VideoFrame(64, 32, "yuv420p")
    assert displayable(picture, Orientation(), Fraction(1000)).shape == (32, 64, 3)
    assert displayable(picture, Orientation(), Fraction(3, 2)).shape == (32, 96, 3)


def test_pictures_that_are_held_on_to_hold_no_threads() -> None:
    held = [av.VideoFrame.from_ndarray(np.full((1080, 1280), 90, np.uint8), "yuv420p") for _ in range(30)]
    before = len(list(Path("/proc/self/task").iterdir()))
    for picture in held:
        displayable(picture, Orientation(), Fraction(1))
    assert len(list(Path("/proc/self/task").iterdir())) - before < len(held) // 2
