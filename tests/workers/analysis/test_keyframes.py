"""Every shot has a sharp keyframe, and its picture is the very frame that it says it is."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from storage.integrity.digest import Digest
from tests.media import draw
from tests.media.draw import Look
from tests.media.pictures import read_number, scene
from tests.workers.analysis.conftest import SUFFIXES
from workers.analysis.choosing import Choice
from workers.analysis.decode import Decoding, Level
from workers.analysis.engine import analyse
from workers.analysis.holding import Held
from workers.analysis.keyframes import score, written
from workers.analysis.probe import probe

Analysed = Callable[[str], tuple[dict[str, Any], Path]]


def check(document: dict[str, Any], out: Path, size: tuple[int, int]) -> None:
    """Each shot has one keyframe inside it whose file shows its number and has its digest."""
    assert [keyframe["shot"] for keyframe in document["keyframes"]] == list(range(len(document["shots"])))
    for keyframe, shot in zip(document["keyframes"], document["shots"], strict=True):
        content = (out / keyframe["file"]).read_bytes()
        assert Digest.of(content).hex == keyframe["sha256"]
        picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        assert (picture.shape[1], picture.shape[0]) == (keyframe["width"], keyframe["height"]) == size
        assert read_number(np.asarray(picture, dtype=np.uint8)) == keyframe["frame"]
        assert shot["start_frame"] <= keyframe["frame"] < shot["end_frame"]
        assert keyframe["time_s"] == float(keyframe["pts"] * Fraction(keyframe["time_base"]))


@pytest.mark.parametrize("name", SUFFIXES)
def test_a_keyframe_shows_the_frame_that_it_names(name: str, analysed: Analysed) -> None:
    document, out = analysed(name)
    check(document, out, (180, 320) if name == "upright_phone" else (320, 180))


@pytest.mark.parametrize("rotation_deg", [-90, 90, 180])
@pytest.mark.parametrize("is_mirrored", [False, True])
def test_a_keyframe_stands_upright(rotation_deg: int, *, is_mirrored: bool, tmp_path: Path) -> None:
    size = (180, 320) if rotation_deg % 180 else (320, 180)
    look = Look(size=size, rotation_deg=rotation_deg, is_mirrored=is_mirrored)
    check(analyse(draw.cuts(tmp_path / "turned.mp4", look).path, tmp_path), tmp_path, size)


def test_keyframes_of_a_variable_rate_are_exact(tmp_path: Path) -> None:
    drawn = draw.variable_rate(tmp_path / "phone.mkv")
    document = analyse(drawn.path, tmp_path)
    check(document, tmp_path, (320, 180))
    for keyframe in document["keyframes"]:
        assert keyframe["time_s"] == float(drawn.times_s[keyframe["frame"]])


def test_a_keyframe_has_square_points(tmp_path: Path) -> None:
    drawn = draw.cuts(tmp_path / "wide.mp4", Look(sample_aspect=Fraction(2)), lengths=(20,))
    check(analyse(drawn.path, tmp_path), tmp_path, (640, 180))


def test_a_keyframe_keeps_away_from_the_boundaries(analysed: Analysed) -> None:
    document, _ = analysed("plain")
    for keyframe, shot in zip(document["keyframes"], document["shots"], strict=True):
        assert shot["start_s"] + 0.2 <= keyframe["time_s"] <= shot["end_s"] - 0.2


@pytest.mark.parametrize("kind", ["dissolve", "wipe"])
def test_a_keyframe_is_never_taken_from_a_transition(kind: str, tmp_path: Path) -> None:
    drawn = draw.gradual(tmp_path / "joined.mp4", kind)
    _, begins, ends = drawn.gradual[0]
    for keyframe in analyse(drawn.path)["keyframes"]:
        assert not begins <= keyframe["frame"] < ends


def test_a_sharp_picture_scores_above_a_blurred_a_dark_or_a_burnt_one() -> None:
    sharp = np.ascontiguousarray(scene(2, (320, 180))(0)[..., 1])
    blurred = np.asarray(cv2.GaussianBlur(sharp, (0, 0), 3), dtype=np.uint8)
    dark = (sharp // 16).astype(np.uint8)
    burnt = np.clip(sharp.astype(int) + 200, 0, 255).astype(np.uint8)
    assert score(sharp) > max(score(blurred), score(dark), score(burnt))


@pytest.mark.parametrize("name", ["h264_ten_bit", "hevc_ten_bit", "plain"])
def test_ten_bits_look_like_eight(name: str, analysed: Analysed) -> None:
    document, out = analysed(name)
    keyframe = document["keyframes"][0]
    picture = cv2.imread(str(out / keyframe["file"]))
    assert picture is not None
    upright = scene(100, (320, 180))(keyframe["frame"])[20:]
    assert abs(float(picture[20:].mean()) - float(upright.mean())) < 6


def _each_tenth(film: Path) -> list[Choice]:
    return [Choice(0, frame.index, frame.time) for frame in Decoding(probe(film)) if frame.index % 10 == 3]


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_a_keyframe_is_the_same_whether_all_is_decoded_on_the_way_to_it_or_only_what_it_is_built_upon(
    codec: str, tmp_path: Path
) -> None:
    film = draw.cuts(tmp_path / "film.mp4", Look(codec=codec, b_frames=3, key_every=60)).path
    choices = _each_tenth(film)
    whole, quick = (
        [one.picture.digest for one in written(probe(film), choices, tmp_path, level=level)]
        for level in (Level.FULL, Level.REFERENCES)
    )
    assert len(whole) == len(choices)
    assert whole == quick


def test_a_keyframe_is_the_same_whether_it_was_held_or_is_decoded_again(tmp_path: Path) -> None:
    film = draw.cuts(tmp_path / "film.mp4", Look(b_frames=0)).path
    choices, held = _each_tenth(film), Held(most_bytes=(320 * 180 * 3 // 2) * 100)
    for frame in Decoding(probe(film)):
        held.offer(frame)
    assert {choice.frame in held.pictures for choice in choices} == {True, False}
    again, some_held = (
        [one.picture.digest for one in written(probe(film), choices, tmp_path, held=pictures)]
        for pictures in ({}, held.pictures)
    )
    assert len(again) == len(choices)
    assert again == some_held


def test_no_more_pictures_are_held_than_there_is_room_for(tmp_path: Path) -> None:
    film = draw.cuts(tmp_path / "film.mp4").path
    held = Held(most_bytes=400_000)
    for frame in Decoding(probe(film)):
        held.offer(frame)
    sizes = [sum(plane.buffer_size for plane in picture.planes) for picture in held.pictures.values()]
    assert list(held.pictures) == list(range(len(sizes)))
    assert 0 < sum(sizes) <= 400_000 < sum(sizes) + max(sizes)


def test_what_is_cut_away_from_a_picture_that_is_held_takes_room_too(tmp_path: Path) -> None:
    """Else a file that shows a stamp of each large picture would fill the memory with what nobody sees."""
    film, stamp = draw.cuts(tmp_path / "film.mp4").path, tmp_path / "stamp.mp4"
    draw.ffmpeg("-i", film, "-c", "copy", "-bsf:v", "h264_metadata=crop_right=288:crop_bottom=160", stamp)
    held = Held(most_bytes=400_000)
    for frame in Decoding(probe(stamp)):
        held.offer(frame)
    assert {(picture.width, picture.height) for picture in held.pictures.values()} == {(32, 32)}
    assert 0 < len(held.pictures) * 320 * 192 * 3 // 2 <= 400_000


def test_a_damaged_picture_is_not_held(tmp_path: Path) -> None:
    film = draw.cuts(tmp_path / "film.mp4", lengths=(20,)).path
    held = Held()
    for frame in Decoding(probe(film)):
        held.offer(replace(frame, is_damaged=frame.index > 4))
    assert list(held.pictures) == list(range(5))
