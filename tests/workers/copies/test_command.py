"""`svidok match` says of two files, without server or vault, what they are to each other."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from storage.domain.matches import Relation
from tests.media import draw
from tests.media.draw import Look
from tests.media.sounds import beneath, drawn


def matched(*files: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "workers.cli", "match", *map(str, files), "--json"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return json.loads(ended.stdout)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw.cuts(tmp_path_factory.mktemp("match") / "whole.mp4", Look(size=(320, 180)), (60, 75, 55, 60)).path


def mirrored_excerpt(whole: Path, folder: Path) -> Path:
    """Six seconds of `whole` from 2 s on, mirrored and coded anew."""
    with av.open(str(whole)) as container:
        pictures = [frame.to_ndarray(format="rgb24")[:, ::-1] for frame in container.decode(video=0)][50:200]
    times = draw.cuts(folder / "times.mp4", Look(size=(64, 36)), (150,)).times_s
    part = folder / "part.mp4"
    draw.write(
        part, Look(size=(320, 180), options={"crf": "32"}), map(np.ascontiguousarray, pictures), times, numbered=False
    )
    return part


def test_a_mirrored_excerpt_is_contained_with_its_exact_seconds(whole: Path, tmp_path: Path) -> None:
    found = matched(whole, mirrored_excerpt(whole, tmp_path))
    assert (found["match"], found["relation"]) == (True, Relation.CONTAINS)
    assert found["transform"] == {"mirrored": True, "cropped": False, "speed": 1.0}
    assert found["spans"][0]["a_start_s"] == pytest.approx(2, abs=0.6)
    assert found["spans"][-1]["a_end_s"] == pytest.approx(8, abs=1.1)
    assert found["only_a"][0]["start_s"] == 0


def test_other_scenes_under_the_same_running_number_are_none_and_the_same_bytes_are_the_same_file(
    whole: Path, tmp_path: Path
) -> None:
    other = draw.cuts(tmp_path / "other.mp4", Look(size=(320, 180)), (85, 70), seed=40).path
    assert matched(whole, other) | {"a": 0, "b": 0, "only_a": 0, "only_b": 0, "version": 0} == {
        "match": False,
        "relation": "none",
        "transform": {"mirrored": False, "cropped": False, "speed": 1.0},
        "spans": [],
        "sound": "unknown",
        "heard": None,
        **{"a": 0, "b": 0, "only_a": 0, "only_b": 0, "version": 0},
    }
    twin = tmp_path / "twin.mp4"
    twin.write_bytes(whole.read_bytes())
    assert matched(whole, twin)["relation"] == "same_file"


def test_another_sound_under_the_same_pictures_is_told_apart_from_the_same(whole: Path, tmp_path: Path) -> None:
    voice, other = drawn("speech", 1, 10), drawn("speech", 2, 10)
    own = beneath(whole, voice, tmp_path / "own.mp4")
    again = matched(own, beneath(whole, 0.3 * voice, tmp_path / "again.mp4"))
    dubbed = matched(own, beneath(whole, other, tmp_path / "dubbed.mp4"))
    mute = matched(own, whole)
    for found in (again, dubbed, mute):
        assert found["relation"] == Relation.SAME_CONTENT
    assert (again["sound"], again["heard"]["differs_s"]) == ("agrees", 0)
    assert again["heard"]["agrees_s"] == pytest.approx(10, abs=0.6)
    assert (dubbed["sound"], dubbed["heard"]["agrees_s"]) == ("differs", 0)
    assert dubbed["heard"]["differs"][0]["a_start_s"] == pytest.approx(0, abs=0.6)
    assert (mute["sound"], mute["heard"]["why"]) == ("unknown", "no_track")


def test_in_words_it_says_what_was_done_to_the_pictures_and_where_they_lie(whole: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "workers.cli", "match", str(whole), str(mirrored_excerpt(whole, tmp_path))]
    told = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout.splitlines()
    assert told[0] == "contains, mirrored"
    assert " s  is  " in told[1]
