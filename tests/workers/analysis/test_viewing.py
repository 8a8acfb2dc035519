"""What the player gets from the one pass: frame times, sprite, shields, waveform, and the word on a copy."""

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from storage.integrity.digest import Digest
from tests.media import draw, hostile
from tests.media.draw import Film, Look
from tests.media.pictures import read_number
from workers.analysis.audio import Peaks
from workers.analysis.engine import analyse
from workers.analysis.moments import microseconds, packed
from workers.analysis.sprite import COLUMNS, MOST_TILES

FILMS = ("plain", "ntsc", "vp9", "vp8_hidden_frames", "transport_stream", "bare", "palette", "old", "late_start")


def looked(path: Path, out: Path) -> dict[str, Any]:
    """The document for the player, its files beside it in `out`."""
    analyse(path, out, for_viewing=True)
    document: dict[str, Any] = json.loads((out / "viewing.json").read_text())
    return document


def times_us(out: Path) -> list[int]:
    return np.fromfile(out / "frame-times.bin", "<u4").tolist()


@pytest.mark.parametrize("name", FILMS)
def test_there_is_one_time_for_each_frame_and_it_is_the_true_one(
    name: str, film: Callable[[str], Film], tmp_path: Path
) -> None:
    drawn = film(name)
    told = looked(drawn.path, tmp_path)["frame_times"]
    times = times_us(tmp_path)
    assert (told["count"], told["lost"]) == (drawn.frames, 0)
    assert len(times) == drawn.frames
    assert times[0] == 0
    for said, true in zip(times, drawn.times_s, strict=True):
        assert abs(said - (true - drawn.times_s[0]) * 1_000_000) <= (500 if name in ("ntsc", "palette") else 1)
    assert told["sha256"] == Digest.of((tmp_path / "frame-times.bin").read_bytes()).hex


def test_times_of_variable_rate_are_exact_to_the_microsecond(tmp_path: Path) -> None:
    drawn = draw.variable_rate(tmp_path / "phone.mp4")
    looked(drawn.path, tmp_path)
    assert times_us(tmp_path) == [int(time * 1_000_000) for time in drawn.times_s]


def test_times_beyond_71_minutes_take_eight_bytes() -> None:
    assert packed([0, 2**32 - 1])[1] == 4
    content, bytes_each = packed([0, 2**32])
    assert bytes_each == 8
    assert np.frombuffer(content, "<u8").tolist() == [0, 2**32]


def test_microseconds_are_exact_however_late_the_clock_of_a_file_began() -> None:
    ticks = np.array([0, 3003, 6006], np.int64) + 2**52
    assert microseconds(ticks, Fraction(1, 90_000)) == [0, 33367, 66733]


def test_a_frame_that_is_lost_has_no_time_and_is_counted_as_lost(tmp_path: Path) -> None:
    drawn = draw.cuts(tmp_path / "film.mp4", Look(b_frames=0, key_every=20))
    whole = looked(drawn.path, tmp_path)["frame_times"]
    times = times_us(tmp_path)
    assert whole["obstacles"] == []
    damaged = hostile.holed(drawn.path, tmp_path / "damaged.mp4")
    told = looked(damaged, tmp_path)["frame_times"]
    left = times_us(tmp_path)
    assert "damage" in told["obstacles"]
    assert not told["can_be_rewrapped"]
    assert told["lost"] > 0
    assert told["count"] + told["lost"] == drawn.frames
    assert set(left) <= set(times)


@pytest.mark.parametrize("name", ["plain", "upright_phone", "hevc_ten_bit", "palette"])
def test_each_tile_of_the_sprite_shows_the_moment_it_is_said_to(
    name: str, film: Callable[[str], Film], tmp_path: Path
) -> None:
    drawn = film(name)
    clear = looked(drawn.path, tmp_path)["sprites"][0]
    picture = cv2.imread(str(tmp_path / clear["file"]))
    assert picture.shape[:2] == (clear["height"], clear["width"])
    assert clear["tile_width"] == 160
    begins = float(drawn.times_s[0])
    for number, at_s in enumerate(clear["times_s"]):
        top, left = number // clear["columns"] * clear["tile_height"], number % clear["columns"] * clear["tile_width"]
        tile = picture[top : top + clear["tile_height"], left : left + clear["tile_width"]]
        frame = round((at_s - begins) * 25)
        assert np.abs(int(frame) - _number(tile)) <= 0, (number, at_s)


def _number(tile: np.ndarray[Any, np.dtype[np.uint8]]) -> int:
    """The number in a tile, which was drawn for a larger picture."""
    return read_number(np.asarray(cv2.resize(tile, None, fx=2, fy=2), np.uint8))


def test_the_tiles_of_a_long_video_are_bounded_in_number_and_spread_over_all_of_it(tmp_path: Path) -> None:
    drawn = draw.still(tmp_path / "long.mp4", Look(size=(64, 48), rate=Fraction(5)), frames=500)
    clear = looked(drawn.path, tmp_path)["sprites"][0]
    assert MOST_TILES * 0.75 <= clear["count"] <= MOST_TILES
    assert clear["columns"] == COLUMNS
    assert clear["times_s"][-1] > 0.98 * 100
    steps = np.diff(clear["times_s"])
    assert steps.max() <= 2 * clear["every_s"]


def test_a_turned_video_has_upright_tiles_and_keyframes_behind_shields(tmp_path: Path) -> None:
    drawn = draw.cuts(tmp_path / "turned.mp4", Look(size=(180, 320), rotation_deg=-90))
    told = looked(drawn.path, tmp_path)
    assert all(sprite["tile_height"] > sprite["tile_width"] for sprite in told["sprites"])
    assert [sprite["shield"] for sprite in told["sprites"]] == [None, "sketch", "blur"]
    assert {(one["width"], one["height"]) for one in told["shields"]} == {(180, 320)}


def test_every_keyframe_has_its_shielded_copies_and_they_have_no_colour(tmp_path: Path) -> None:
    drawn = draw.cuts(tmp_path / "film.mp4", Look(size=(1280, 720)), lengths=(12, 12))
    document = analyse(drawn.path, tmp_path, for_viewing=True)
    told = json.loads((tmp_path / "viewing.json").read_text())
    digests = [keyframe["sha256"] for keyframe in document["keyframes"]]
    for how in ("sketch", "blur"):
        assert [one["keyframe"] for one in told["shields"] if one["shield"] == how] == digests
    for one in told["shields"]:
        picture = cv2.imread(str(tmp_path / one["file"]), cv2.IMREAD_UNCHANGED)
        assert picture.shape == (360, 640)
        keyframe = document["keyframes"][one["shot"]]
        frame = read_number(cv2.imread(str(tmp_path / keyframe["file"])))
        assert frame == keyframe["frame"]
        if one["shield"] == "blur":
            assert not _reads(picture, frame)


def _reads(picture: np.ndarray[Any, np.dtype[np.uint8]], number: int) -> bool:
    try:
        return read_number(picture) == number
    except ValueError:
        return False


def test_the_waveform_is_loud_where_the_tone_is_and_flat_where_there_is_silence(tmp_path: Path) -> None:
    drawn = draw.flawed(tmp_path / "flawed.mp4")
    told = looked(drawn.path, tmp_path)["waveform"]
    heights = np.fromfile(tmp_path / "waveform.bin", np.uint8)
    assert len(heights) == told["buckets"] <= 2000
    at_s = (np.arange(len(heights)) + 0.5) * 10 / len(heights)
    silent = (at_s > 2.1) & (at_s < 3.9)
    assert heights[silent].max() <= 2
    assert heights[~((at_s > 1.9) & (at_s < 4.1)) & (at_s < 9.9)].min() > 40


def test_sound_alone_has_a_waveform_and_nothing_to_be_seen(tmp_path: Path) -> None:
    for name, out in (("sound.m4a", "m4a"), ("sound.mka", "mka"), ("sound.ts", "ts")):
        folder = tmp_path / out
        folder.mkdir()
        told = looked(draw.audio_only(folder / name, 3).path, folder)
        heights = np.fromfile(folder / "waveform.bin", np.uint8)
        assert len(heights) == told["waveform"]["buckets"] >= 140
        assert told["waveform"]["sha256"] == Digest.of(heights.tobytes()).hex
        assert heights[3:-5].min() > 40
        assert (told["frame_times"], told["sprites"], told["shields"]) == (None, [], [])


def test_without_sound_there_is_no_waveform(film: Callable[[str], Film], tmp_path: Path) -> None:
    assert looked(film("ntsc").path, tmp_path)["waveform"] is None


def test_peaks_fall_into_their_own_spans_and_never_outside() -> None:
    peaks = Peaks(10.0, 1.0)
    peaks.add(8.0, 9.0, 1.0)
    peaks.add(10.5, 10.52, 0.5)
    peaks.add(10.99, 12.0, 2.0)
    peaks.add(30.0, 31.0, 1.0)
    assert list(peaks.heights()) == [0] * 25 + [128] + [0] * 23 + [255]


def test_where_every_frame_is_decoded_the_document_is_the_same_with_and_without_the_player(tmp_path: Path) -> None:
    every = draw.cuts(tmp_path / "film.mp4", Look(b_frames=0))
    first, second = (analyse(every.path, tmp_path, for_viewing=wanted) for wanted in (False, True))
    for document in (first, second):
        del document["seconds"], document["sinks"]
    assert first == second
