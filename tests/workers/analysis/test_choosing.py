"""Which frames stand for a shot: one where it stands, more where it changes, and none that was shown before."""

import json
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from storage.domain.mediatime import MediaTime
from workers.analysis.choosing import MOST_OF_SHOT, Scored
from workers.analysis.engine import analyse
from workers.analysis.shots import Shot, Transition

BASE = Fraction(1, 100)


def shot(begin_s: float, end_s: float) -> Shot:
    begin, end = (MediaTime(round(at * 100), BASE) for at in (begin_s, end_s))
    return Shot(begin.pts // 4, end.pts // 4, begin, end, Transition.CUT, begin, begin, 1.0)


def scored(seen: list[int], written: list[int] | None = None, quality: int = 90) -> Scored:
    """A frame a quarter second, with the hashes of what is seen, and written below; later ones are a little better."""
    shown = np.random.default_rng(7).integers(0, 256, (max(seen + (written or [])) + 1, 32), np.uint8)
    count = len(seen)
    return Scored(
        frames=np.arange(count) * 6,
        ticks=np.arange(count) * 25,
        scores=1 + np.arange(count) / 1000,
        hashes=shown[seen],
        lower=shown[seen if written is None else written],
        qualities=np.full(count, quality, np.uint8),
    )


def test_a_long_shot_that_stands_still_has_one_keyframe() -> None:
    assert len(scored([0] * 400).choose([shot(0, 100)])) == 1


def test_a_long_shot_that_changes_has_one_keyframe_of_each_thing_it_shows() -> None:
    chosen = scored([0] * 40 + [1] * 40 + [2] * 40).choose([shot(0, 30)])
    assert [choice.time.pts // 1000 for choice in chosen] == [0, 1, 2]
    assert {choice.shot for choice in chosen} == {0}
    assert all(choice.same_as is None for choice in chosen)


def test_what_changes_for_a_moment_near_another_keyframe_adds_none() -> None:
    assert len(scored([0] * 32 + [1] * 4 + [0] * 4).choose([shot(0, 10)])) == 1


def test_a_shot_has_no_more_keyframes_than_it_may() -> None:
    seen = [thing for thing in range(40) for _ in range(16)]
    assert len(scored(seen).choose([shot(0, 160)])) == MOST_OF_SHOT


def test_what_was_shown_before_is_linked_to_where_it_was_shown_first() -> None:
    first, other, again = scored([0] * 12 + [1] * 12 + [0] * 12).choose([shot(0, 3), shot(3, 6), shot(6, 9)])
    assert (first.same_as, other.same_as) == (None, None)
    assert again.same_as is first
    assert again.shot == 2


def test_the_same_picture_with_something_else_written_below_is_kept() -> None:
    first, again = scored([0] * 24, written=[0] * 12 + [1] * 12).choose([shot(0, 3), shot(3, 6)])
    assert (first.same_as, again.same_as) == (None, None)


def test_pictures_with_too_little_to_see_are_never_taken_for_the_same() -> None:
    chosen = scored([0] * 24, quality=10).choose([shot(0, 3), shot(3, 6)])
    assert [choice.same_as for choice in chosen] == [None, None]


def film(path: Path, frames: Iterable[NDArray[np.float64]]) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (320, 180))
    for frame in frames:
        writer.write(frame.astype(np.uint8))
    writer.release()
    return path


def things(many: int) -> list[NDArray[np.float64]]:
    rng = np.random.default_rng(3)
    return [cv2.resize(rng.integers(0, 256, (6, 8, 3)).astype(np.float64), (320, 180)) for _ in range(many)]


def test_a_film_that_comes_back_to_what_it_showed_keeps_each_picture_once(tmp_path: Path) -> None:
    shown = [thing for thing in (*things(3), *things(3)) for _ in range(50)]
    document = analyse(film(tmp_path / "again.avi", shown), tmp_path, for_viewing=True)
    keyframes = document["keyframes"]
    assert [keyframe["shot"] for keyframe in keyframes] == list(range(6))
    own, linked = keyframes[:3], keyframes[3:]
    assert [one["file"] for one in own] == [f"keyframe-{number:04d}.jpg" for number in range(3)]
    assert [one["same_as"]["frame"] for one in linked] == [one["frame"] for one in own]
    assert not any("same_as" in one for one in own)
    assert not any("file" in one for one in linked)
    assert len(list(tmp_path.glob("keyframe-????.jpg"))) == 3
    shields = json.loads((tmp_path / "viewing.json").read_text())["shields"]
    assert [one["keyframe"] for one in shields if one["shield"] == "blur"] == [one["sha256"] for one in own]


def test_a_shot_that_slowly_turns_into_something_else_is_shown_by_both(tmp_path: Path) -> None:
    one, other = things(2)
    shares = np.clip((np.arange(700) - 100) / 500, 0, 1)
    document = analyse(film(tmp_path / "turn.avi", (one * (1 - share) + other * share for share in shares)))
    assert len(document["shots"]) == 1
    first, *more = document["keyframes"]
    assert first["time_s"] < 14 < more[-1]["time_s"]
