"""When a stretch that agrees is said to run in step."""

from dataclasses import replace

from workers.copies.alignment import Stretch
from workers.copies.prints import Kind
from workers.copies.views import Seen

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
