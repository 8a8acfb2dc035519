"""When a stretch that agrees is said to run in step, and at which speed."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.workers.copies.test_matching import Film, every, prints
from workers.copies import alignment
from workers.copies.alignment import Stretch, stretches
from workers.copies.prints import Kind
from workers.copies.views import Seen, Views

CROP = (Kind.CROP, 12)
# As measured where pieces of one camera's take were laid beside another moment of it (bench copies, seed 1).
OTHER_MOMENT = Stretch(
    Seen(CROP, CROP, is_mirrored=False),
    begin=4,
    end=14,
    speed=0.8,
    offset_s=8.5,
    agreement=4.1,
    step=3.26,
    sharpness=4.01,
    score=0.63,
    coarse=0.9,
    lasts_s=4.5,
)


def test_what_is_barely_in_step_at_another_speed_is_the_same_scene_and_no_copy() -> None:
    assert not OTHER_MOMENT.is_in_step
    assert OTHER_MOMENT.is_same_scene


def test_the_same_figures_are_enough_at_the_plain_speed_and_sharper_or_surer_ones_at_another() -> None:
    assert replace(OTHER_MOMENT, speed=1.0).is_in_step
    assert replace(OTHER_MOMENT, sharpness=4.9).is_in_step
    assert not replace(OTHER_MOMENT, speed=2.0, sharpness=4.9).is_in_step
    assert replace(OTHER_MOMENT, score=0.88).is_in_step


def test_two_seconds_in_step_tell_of_no_other_speed() -> None:
    """Two pieces of one camera's take were called copies by five pictures at 0.8 times the speed (bench copies)."""
    two_seconds = replace(OTHER_MOMENT, begin=4, end=10, sharpness=15.8)
    assert not replace(two_seconds, lasts_s=2.0).is_in_step
    assert replace(two_seconds, lasts_s=3.0).is_in_step
    assert replace(two_seconds, lasts_s=2.0, speed=1.0).is_in_step
    assert replace(two_seconds, lasts_s=2.0, speed=1.05).is_in_step


def test_a_few_pictures_must_agree_better_than_many() -> None:
    few = replace(OTHER_MOMENT, end=9, speed=1.0, sharpness=17.0, score=0.65)
    assert not few.is_in_step
    assert few.is_same_scene
    assert replace(few, score=0.72).is_in_step
    assert replace(few, end=10).is_in_step


class Slow(Film):
    """A film without cuts, whose hashes wander by `step` a second: those of neighbouring seconds are alike."""

    def __init__(self, seed: int, step: float) -> None:
        random = np.random.default_rng(seed)
        self._knots = np.cumsum(random.normal(0, step, (60, 256)), axis=0) + random.normal(0, 0.5, 256)

    def at(self, seconds: NDArray[np.float64]) -> NDArray[np.uint8]:
        knots = np.clip(seconds.astype(int), 0, len(self._knots) - 2)
        share = (seconds - knots)[:, None]
        values = self._knots[knots] * (1 - share) + self._knots[knots + 1] * share
        return np.packbits(values > np.median(values, axis=1, keepdims=True), axis=1)


@pytest.mark.parametrize(("step", "noise", "seed"), [(0.2, 78, 4), (0.2, 78, 5), (0.2, 86, 2), (0.3, 92, 2)])
def test_a_slow_scene_of_which_little_is_left_is_told_at_the_plain_speed(step: float, noise: int, seed: int) -> None:
    """Fitted to where its few right bits fell, each was called slower by 3 to 5 per cent."""
    film = Slow(seed, step)
    own, copy = prints(film, every(0, 20), seed=1), prints(film, every(0, 20), noise=noise, seed=200 + seed)
    best = stretches(Views.of(own), Views.of(copy))[0]
    assert (best.is_in_step, best.speed) == (True, 1)
    assert abs(best.offset_s) < 0.5


# Leads through the plain line at 8.5 s, and lies up to 0.7 s beside it.
AT_ANOTHER_SPEED = Stretch(
    Seen((Kind.FULL, 0), (Kind.FULL, 0), is_mirrored=False),
    begin=10,
    end=25,
    speed=0.8,
    offset_s=1.7,
    agreement=9.0,
    step=9.0,
    sharpness=20.0,
    score=0.85,
    coarse=0.9,
    lasts_s=7.0,
)


def test_where_pictures_agree_as_well_at_the_plain_speed_that_is_told_and_else_their_own() -> None:
    """A shaky film cropped unevenly was told at 1.32 times the speed one way round, at 0.81 the other."""
    film, times = Slow(7, 0.2), every(0, 20)
    own, plain = Views.of(prints(film, times, seed=1)), Views.of(prints(film, times, noise=40, seed=2))
    assert [(one.speed, one.begin, one.end) for one in alignment._plainly(own, plain, AT_ANOTHER_SPEED)] == [(1, 0, 40)]
    lively = Slow(7, 1.0)
    slower = Views.of(prints(lively, (times - 1.7) / 0.8 + 4, own=times, noise=10, seed=3))
    lasting = Views.of(prints(lively, times + 4, seed=1))
    longer = replace(AT_ANOTHER_SPEED, begin=2, end=38, lasts_s=17.5)
    assert alignment._plainly(lasting, slower, longer) == [longer]
