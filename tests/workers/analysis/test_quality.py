"""Black, frozen, silent and missing stretches are found where they are, and nowhere else."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.media import draw, hostile
from tests.media.draw import Film, Look
from tests.media.pictures import scene
from workers.analysis.engine import analyse


def test_a_flawed_film_is_described_as_it_is(tmp_path: Path) -> None:
    drawn = draw.flawed(tmp_path / "flawed.mp4")
    quality = analyse(drawn.path)["quality"]
    assert [(span["start_s"], span["end_s"]) for span in quality["black"]] == [(2.0, 4.0)]
    assert [(span["start_s"], span["end_s"]) for span in quality["frozen"]] == [(149 / 25, 9.0)]
    (silent,) = quality["silent"]
    assert silent["start_s"] == pytest.approx(2.0, abs=0.05)
    assert silent["end_s"] == pytest.approx(4.0, abs=0.05)
    assert quality["gaps"] == []


@pytest.mark.parametrize("name", ["plain", "vp9", "transport_stream", "vp8_hidden_frames", "bare"])
def test_a_sound_film_has_no_flaws(name: str, analysed: Callable[[str], tuple[dict[str, Any], Path]]) -> None:
    assert analysed(name)[0]["quality"] == {"gaps": [], "frozen": [], "black": [], "silent": []}


def test_missing_frames_are_a_jump_in_time(tmp_path: Path) -> None:
    look = Look()
    times = [frame / look.rate for frame in range(100) if not 40 <= frame < 60]
    view = scene(5, look.size)
    draw.write(tmp_path / "jump.mp4", look, (view(frame) for frame in range(80)), times)
    (gap,) = analyse(tmp_path / "jump.mp4")["quality"]["gaps"]
    assert gap["kind"] == "time_jump"
    assert (gap["start_s"], gap["end_s"], gap["frames"]) == (39 / 25, 60 / 25, 20)


def test_long_frames_of_a_variable_rate_are_no_gaps(tmp_path: Path) -> None:
    assert analyse(draw.variable_rate(tmp_path / "phone.mp4").path)["quality"]["gaps"] == []


@pytest.mark.parametrize(("name", "container"), [("ntsc", ".mkv"), ("vp9", ".webm"), ("old", ".avi")])
def test_a_file_cut_short_says_what_is_missing(
    name: str, container: str, film: Callable[[str], Film], tmp_path: Path
) -> None:
    path = hostile.cut_short(film(name).path, tmp_path / f"half{container}", 0.6)
    document = analyse(path)
    last = document["quality"]["gaps"][-1]
    assert last["kind"] == "cut_short"
    assert last["end_s"] == pytest.approx(float(film(name).times_s[-1]), abs=0.2)
    assert document["shots"][-1]["end_s"] <= last["start_s"] + 0.1


def test_an_mp4_with_its_index_in_front_is_analysed_as_far_as_it_goes(tmp_path: Path) -> None:
    look = Look(container_options={"movflags": "faststart"})
    whole = draw.cuts(tmp_path / "whole.mp4", look)
    document = analyse(hostile.cut_short(whole.path, tmp_path / "half.mp4", 0.6), tmp_path)
    assert [shot["start_frame"] for shot in document["shots"]][:2] == [0, 30]
    assert document["quality"]["gaps"][-1]["kind"] == "cut_short"
    assert document["file"]["frames"] < 140
