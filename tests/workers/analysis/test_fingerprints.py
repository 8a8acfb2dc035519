"""Fingerprints know a picture again, however it was stored, and name its exact time."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from storage.integrity.digest import Digest
from tests.media import draw
from tests.media.draw import Film, Look
from tests.media.pictures import scene
from workers.analysis import pdq
from workers.analysis.areas import active_areas
from workers.analysis.engine import analyse, fingerprinted
from workers.copies import prints
from workers.copies.hashes import distances, mirrored
from workers.copies.prints import Kind, Prints


def of(path: Path, out: Path) -> Prints:
    out.mkdir(exist_ok=True)
    document = analyse(path, out)
    content = (out / prints.FILE).read_bytes()
    kept = document["fingerprint_file"]
    assert (kept["file"], kept["size_bytes"]) == (prints.FILE, len(content))
    assert kept["sha256"] == Digest.of(content).hex
    found = prints.decode(content)
    assert document["fingerprints"] == found.header.frames == np.count_nonzero(found.kinds == Kind.FULL)
    assert found.header.original == Digest.of(path.read_bytes()).hex
    return found


def whole(found: Prints) -> np.ndarray:
    return found.hashes[found.kinds == Kind.FULL]


def test_fingerprints_are_taken_twice_a_second_at_times_that_frames_have(
    film: Callable[[str], Film], tmp_path: Path
) -> None:
    drawn = film("ntsc")
    found = of(drawn.path, tmp_path)
    times = found.seconds()[found.kinds == Kind.FULL]
    assert len(times) == 10
    assert all(min(abs(float(own) - time) for own in drawn.times_s) < 0.001 for time in times)
    assert (np.diff(times) >= 0.5).all()


def test_the_same_file_gives_the_same_bytes(film: Callable[[str], Film], tmp_path: Path) -> None:
    assert of(film("plain").path, tmp_path / "1").encode() == of(film("plain").path, tmp_path / "2").encode()


def test_a_turned_video_has_the_fingerprints_of_the_upright_one(tmp_path: Path) -> None:
    look = Look(size=(180, 320))
    upright = draw.cuts(tmp_path / "upright.mp4", look, (30, 30))
    turned = draw.cuts(tmp_path / "turned.mp4", replace(look, rotation_deg=-90), (30, 30))
    hashes = []
    for film in (upright, turned):  # every frame decoded, for the two leave out others where frames may be left out
        fingerprinted(film.path, tmp_path)
        hashes.append(whole(prints.decode((tmp_path / prints.FILE).read_bytes())))
    assert distances(*hashes).diagonal().max() <= 16


def test_frames_with_nothing_to_see_are_left_out_and_counted(tmp_path: Path) -> None:
    film = draw.flawed(tmp_path / "flawed.mp4")
    found = of(film.path, tmp_path)
    assert found.header.dropped == 4
    (begin, end), *_ = film.black
    assert not ((found.seconds() >= begin / 25) & (found.seconds() < end / 25)).any()


def test_a_mirrored_hash_is_nearly_that_of_the_mirrored_picture() -> None:
    pictures = np.stack([cv2.cvtColor(scene(seed, (320, 180))(0), cv2.COLOR_RGB2GRAY) for seed in range(12)])
    plain, turned = pdq.hashes_of(pictures)[0], pdq.hashes_of(np.ascontiguousarray(pictures[:, :, ::-1]))[0]
    apart = distances(mirrored(plain), turned).diagonal()
    assert np.median(apart) <= 10
    assert apart.max() <= 31


def test_the_hash_of_a_part_is_that_of_the_part_cut_out() -> None:
    pictures = np.stack([cv2.cvtColor(scene(seed, (320, 192))(0), cv2.COLOR_RGB2GRAY) for seed in range(6)])
    part = pdq.hashes_of(pictures, [(0.25, 0.25, 0.75, 1.0)])[0]
    cut = pdq.hashes_of(np.ascontiguousarray(pictures[:, 48:, 80:240]))[0]
    assert distances(part, cut).diagonal().max() <= 12


@pytest.mark.parametrize("surround", ["bars", "blurred", "inset"])
def test_the_active_area_is_found_within_what_was_laid_around_it(surround: str) -> None:
    view = scene(3, (320, 180))
    inside = [cv2.cvtColor(view(5 * step), cv2.COLOR_RGB2GRAY) for step in range(40)]
    if surround == "bars":
        pictures = [np.pad(one, ((90, 90), (0, 0)), constant_values=16) for one in inside]
        expected = (0, 0.25, 1, 0.75)
    elif surround == "blurred":
        pictures = [cv2.GaussianBlur(cv2.resize(one, (320, 360)), (0, 0), 12) for one in inside]
        for picture, one in zip(pictures, inside, strict=True):
            picture[90:270] = one
        expected = (0, 0.25, 1, 0.75)
    else:
        other = scene(9, (640, 360))
        pictures = [cv2.cvtColor(other(5 * step), cv2.COLOR_RGB2GRAY) for step in range(40)]
        for picture, one in zip(pictures, inside, strict=True):
            picture[160:340, 300:620] = one
        expected = (300 / 640, 160 / 360, 620 / 640, 340 / 360)
    found = active_areas(np.stack(pictures))
    assert any(np.abs(np.subtract(area.sides(), expected)).max() <= 0.03 for area in found)


def test_a_picture_without_surround_has_no_other_active_area() -> None:
    view = scene(4, (384, 216))
    assert active_areas(np.stack([cv2.cvtColor(view(5 * step), cv2.COLOR_RGB2GRAY) for step in range(40)])) == []


def test_the_quality_of_each_part_is_that_of_the_steps_within_it_alone() -> None:
    pictures = np.random.default_rng(3).integers(0, 24, (5, 64, 64)).astype(np.uint8)
    parts = [(0.0, 0.0, 1.0, 1.0), (0.0, 2 / 3, 1.0, 1.0), (0.2, 0.1, 0.7, 0.9)]
    for part, qualities in zip(parts, pdq.qualities_of(pictures, parts), strict=True):
        left, top, right, bottom = (round(64 * side) for side in part)
        for picture, quality in zip(pictures.astype(int)[:, top:bottom, left:right], qualities, strict=True):
            steps = sum(int((np.abs(np.diff(picture, axis=axis)) * 100 // 255).sum()) for axis in (0, 1))
            assert quality == min(100, steps / (picture.size / 64**2) // 90)
