"""Shots begin at the very frames at which they were cut."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.media import draw, hostile
from tests.media.draw import Film, Look
from tests.media.pictures import Picture, read_number, scene
from tests.workers.analysis.conftest import SUFFIXES
from workers.analysis.engine import analyse

Analysed = Callable[[str], tuple[dict[str, Any], Path]]


@pytest.mark.parametrize("name", SUFFIXES)
def test_known_cuts_come_out_at_the_true_frames(name: str, film: Callable[[str], Film], analysed: Analysed) -> None:
    drawn = film(name)
    shots = analysed(name)[0]["shots"]
    assert [(shot["start_frame"], shot["transition"]) for shot in shots] == [
        (0, "start"),
        *((cut, "cut") for cut in drawn.cuts),
    ]
    assert [shot["end_frame"] for shot in shots] == [*drawn.cuts, drawn.frames]
    for shot in shots:
        assert shot["transition_start_s"] == shot["transition_end_s"] == shot["start_s"]


@given(lengths=st.lists(st.integers(12, 40), min_size=2, max_size=5), seed=st.integers(1, 10_000))
@settings(max_examples=8, deadline=None)
def test_shots_of_any_length_are_found(lengths: list[int], seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    drawn = draw.cuts(tmp_path_factory.getbasetemp() / "any.mp4", lengths=lengths, seed=seed)
    assert [shot["start_frame"] for shot in analyse(drawn.path)["shots"]] == [0, *drawn.cuts]


def test_cuts_of_a_variable_rate_lie_at_their_own_times(tmp_path: Path) -> None:
    drawn = draw.variable_rate(tmp_path / "phone.mp4")
    document = analyse(drawn.path)
    assert [shot["start_frame"] for shot in document["shots"]] == [0, 40]
    assert document["shots"][1]["start_s"] == float(drawn.times_s[40])
    assert document["shots"][0]["end_s"] == float(drawn.times_s[40])
    assert document["file"]["variable_rate"] is True


@pytest.mark.parametrize("kind", ["dissolve", "fade", "wipe"])
def test_a_gradual_transition_is_named_and_spanned(kind: str, tmp_path: Path) -> None:
    drawn = draw.gradual(tmp_path / f"{kind}.mp4", kind)
    _, begins, ends = drawn.gradual[0]
    first, second = analyse(drawn.path)["shots"]
    assert second["transition"] == kind
    assert begins <= second["start_frame"] < ends
    assert first["end_frame"] == second["start_frame"]
    assert abs(second["transition_start_s"] - begins / 25) <= 0.25
    assert abs(second["transition_end_s"] - ends / 25) <= 0.25


@pytest.mark.parametrize("seed", [11, 5471, 2021])
def test_flashes_repeated_frames_and_exposure_steps_are_no_shots(seed: int, tmp_path: Path) -> None:
    assert len(analyse(draw.decoys(tmp_path / "decoys.mp4", seed=seed).path)["shots"]) == 1


def test_every_boundary_tells_how_likely_it_is_and_the_start_of_the_video_does_not(
    film: Callable[[str], Film], analysed: Analysed
) -> None:
    start, *rest = (shot["chance"] for shot in analysed("plain")[0]["shots"])
    assert start is None
    assert all(0.9 < chance <= 1 for chance in rest)


def test_a_boundary_that_is_not_believed_is_told_as_a_near_miss_and_begins_no_shot(tmp_path: Path) -> None:
    drawn = draw.overlaid(tmp_path / "overlaid.mp4")
    document = analyse(drawn.path)
    assert len(document["shots"]) == 1
    [missed] = document["near_misses"]
    assert (missed["time_s"], missed["transition"]) == (float(drawn.times_s[50]), "cut")
    assert missed["pts"] * Fraction(missed["time_base"]) == drawn.times_s[50]
    assert missed["transition_start_pts"] == missed["transition_end_pts"] == missed["pts"]
    assert 0 < missed["chance"] < document["sinks"]["shots"]["parameters"]["cut_chance"]


def test_what_is_a_boundary_is_no_near_miss_besides(tmp_path: Path) -> None:
    for kind in ("dissolve", "fade", "wipe"):
        document = analyse(draw.gradual(tmp_path / f"{kind}.mp4", kind).path)
        [_, second] = document["shots"]
        for missed in document["near_misses"]:
            apart = missed["transition_start_s"] >= second["transition_end_s"]
            assert apart or missed["transition_end_s"] <= second["transition_start_s"]


def test_a_shaking_camera_makes_no_shots(tmp_path: Path) -> None:
    look, random = Look(), np.random.default_rng(4)
    view = scene(21, look.size)

    def shaken() -> Iterator[Picture]:
        for frame in range(120):
            yield np.roll(view(frame), tuple(random.integers(-5, 6, 2)), (0, 1))

    path = tmp_path / "shaken.mp4"
    draw.write(path, look, shaken(), [frame / look.rate for frame in range(120)])
    assert len(analyse(path)["shots"]) == 1


def test_a_long_still_shot_is_one_shot(tmp_path: Path) -> None:
    drawn = draw.still(tmp_path / "still.mp4")
    assert [(shot["start_frame"], shot["end_frame"]) for shot in analyse(drawn.path)["shots"]] == [(0, 250)]


def test_a_single_frame_is_a_shot(tmp_path: Path) -> None:
    drawn = draw.cuts(tmp_path / "one.mp4", lengths=(1,))
    document = analyse(drawn.path)
    assert [(shot["start_frame"], shot["end_frame"]) for shot in document["shots"]] == [(0, 1)]
    assert [keyframe["frame"] for keyframe in document["keyframes"]] == [0]


@pytest.mark.parametrize("rate", [Fraction(25), Fraction(30000, 1001), None])
def test_where_frames_are_left_out_boundaries_and_keyframes_are_exact_all_the_same(
    rate: Fraction | None, tmp_path: Path
) -> None:
    """No cut of these falls on a key frame; None stands for a variable rate."""
    look = Look(rate=rate or Fraction(25), b_frames=3, key_every=250, options={"scenecut": "0", "b-adapt": "0"})
    lengths = (31, 42, 24, 37, 29)
    path = tmp_path / "skipped.mp4"
    drawn = draw.cuts(path, look, lengths) if rate else draw.variable_rate(path, look, lengths)
    document = analyse(path, tmp_path)
    assert document["file"]["decoded"] == "references"
    assert document["file"]["frames_decoded"] < document["file"]["frames"] == drawn.frames
    assert [shot["start_frame"] for shot in document["shots"]] == [0, *drawn.cuts]
    assert document["shots"][-1]["end_frame"] == drawn.frames
    for shot in document["shots"]:
        assert shot["start_s"] == pytest.approx(float(drawn.times_s[shot["start_frame"]]), abs=1e-6)
    for keyframe in document["keyframes"]:
        picture = cv2.imread(str(tmp_path / keyframe["file"]))
        assert picture is not None
        assert read_number(np.asarray(picture, np.uint8)) == keyframe["frame"]


def test_a_damaged_file_is_looked_at_frame_by_frame(film: Callable[[str], Film], tmp_path: Path) -> None:
    document = analyse(hostile.flipped(film("plain").path, tmp_path / "rot.mp4", 40, 3))
    assert document["file"]["decoded"] == "full"
    assert document["quality"]["gaps"]
