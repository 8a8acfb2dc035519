"""Shields: what they must hide is hidden, and a line drawing still tells what there is to see."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from tests.media.pictures import cells, read_number, scene, stamp
from workers.analysis.shield import WIDEST, Shield, blurred, narrowed, shielded, sketch

PICTURES = arrays(np.uint8, st.tuples(st.integers(8, 64), st.integers(8, 64), st.just(3)))
RED = (20, 20, 190)


def _numbered(size: tuple[int, int], number: int) -> NDArray[np.uint8]:
    return stamp(scene(3, size)(0), number)


def _is_read(picture: NDArray[np.uint8], number: int) -> bool:
    try:
        return read_number(picture) == number
    except ValueError:
        return False


@pytest.mark.parametrize("how", Shield)
@given(picture=PICTURES)
def test_a_shielded_picture_is_as_large_and_has_no_colour(how: Shield, picture: NDArray[np.uint8]) -> None:
    made = shielded(picture, how)
    assert made.shape == picture.shape[:2]
    assert made.dtype == np.uint8


@given(picture=PICTURES)
def test_a_sketch_is_drawn_on_light_ground_and_is_never_black(picture: NDArray[np.uint8]) -> None:
    drawn = sketch(picture)
    assert drawn.max() <= 232
    assert drawn.min() >= 40


@given(level=st.integers(0, 255))
def test_a_plain_surface_leaves_no_line(level: int) -> None:
    assert (sketch(np.full((32, 48, 3), level, np.uint8)) == 232).all()


def test_what_only_colour_shows_is_not_in_a_sketch() -> None:
    """A stain as bright as the wall behind it: gone, while a house before the same wall is drawn."""
    light = int(cv2.cvtColor(np.array([[RED]], np.uint8), cv2.COLOR_BGR2GRAY)[0, 0])
    wall = np.full((180, 320, 3), light, np.uint8)
    stained = wall.copy()
    cv2.circle(stained, (160, 90), 40, RED, -1)
    assert sketch(stained).min() > 215
    house = wall.copy()
    cv2.rectangle(house, (100, 50), (220, 130), (200, 200, 200), -1)
    drawn = sketch(house)
    assert drawn[45:56, 150].min() < 120
    assert drawn[90, 160] == 232


@pytest.mark.parametrize("size", [(160, 90), (320, 180), (640, 360), (180, 320), (360, 640)])
@pytest.mark.parametrize("number", [0xCCCC, 0x3333, 0x4E72, 0x5A96, 0x1234])  # light and dark cells alternate
def test_a_number_in_a_picture_cannot_be_read_through_the_blur(size: tuple[int, int], number: int) -> None:
    picture = _numbered(size, number)
    assert _is_read(picture, number)
    assert not _is_read(blurred(picture), number)


def test_small_writing_is_gone_in_the_blur_and_large_light_and_dark_stay() -> None:
    picture = np.full((360, 640, 3), 200, np.uint8)
    picture[:, :320] = 60
    cv2.putText(picture, "VEHICLE 4021", (60, 180), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (255, 255, 255), 2)
    made = blurred(picture)
    assert abs(int(made[180, 60]) - int(made[180, 250])) < 40
    assert np.abs(np.diff(made.astype(int), axis=1)).max() <= 4
    assert made[180, 40] < 100 < 160 < made[180, 600]


@pytest.mark.parametrize("size", [(1280, 720), (720, 1280), (640, 360), (99, 33)])
def test_a_shielded_copy_is_narrow_and_in_proportion(size: tuple[int, int]) -> None:
    made = narrowed(np.zeros((size[1], size[0], 3), np.uint8))
    assert made.shape[1] == min(size[0], WIDEST)
    assert abs(made.shape[1] / made.shape[0] - size[0] / size[1]) < 0.01


def test_a_sketch_shows_where_the_cells_of_the_number_meet() -> None:
    """Edges stay where they were: a line drawing is of use only if things are where they are."""
    picture = _numbered((640, 360), 0xCCCC)
    drawn = sketch(picture)
    for rows, columns in list(cells(640, 360))[1:4]:
        middle = (rows.start + rows.stop) // 2
        assert drawn[middle, columns.start - 3 : columns.start + 3].min() <= drawn[middle, columns.start + 15]


Shielding = Callable[[NDArray[np.uint8]], NDArray[np.uint8]]


@pytest.mark.parametrize("shield", [sketch, blurred])
def test_a_shield_changes_nothing_in_the_picture_it_is_given(shield: Shielding) -> None:
    picture = _numbered((320, 180), 7)
    before = picture.copy()
    shield(picture)
    assert (picture == before).all()
