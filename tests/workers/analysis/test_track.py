"""Sound that a site serves apart from its picture is heard as if both were one file, at its own time."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from storage.domain.matches import Relation, Sound
from storage.integrity.digest import Digest
from tests.media import draw
from tests.media.draw import Film, Look
from tests.media.sounds import beneath, drawn
from workers.analysis.copying import copy
from workers.analysis.engine import analyse
from workers.copies import matching, prints
from workers.copies.prints import Prints


@pytest.fixture(scope="module")
def flawed(tmp_path_factory: pytest.TempPathFactory) -> Film:
    """Black and silent at once, from 2 to 4 s."""
    return draw.flawed(tmp_path_factory.mktemp("flawed") / "film.mp4")


def looked(path: Path, out: Path, sound: Path | None = None) -> dict[str, Any]:
    out.mkdir()
    return analyse(path, out, for_viewing=True, sound=sound)


def fingerprints(out: Path) -> Prints:
    return prints.decode((out / prints.FILE).read_bytes())


def lag_s(document: dict[str, Any]) -> float:
    """How much later the silence begins than the black, which begin together."""
    [silent], [black] = document["quality"]["silent"], document["quality"]["black"]
    return float(silent["start_s"] - black["start_s"])


@pytest.mark.parametrize(("picture", "sound"), [("a.mp4", "b.m4a"), ("a.mkv", "b.mka")])
def test_sound_apart_is_heard_as_if_both_were_one_file(picture: str, sound: str, flawed: Film, tmp_path: Path) -> None:
    files = draw.served_apart(flawed.path, tmp_path / picture, tmp_path / sound)
    whole, apart = looked(flawed.path, tmp_path / "whole"), looked(files[0], tmp_path / "apart", files[1])
    assert apart["sound"] == {
        **{"sha256": Digest.of(files[1].read_bytes()).hex, "stream": 0, "tracks": 1, "laid": "by_time"}
    }
    assert whole["sound"] == apart["sound"] | {"sha256": Digest.of(flawed.path.read_bytes()).hex, "stream": 1}
    assert lag_s(apart) == pytest.approx(lag_s(whole), abs=0.03)
    assert [gap for gap in apart["quality"]["gaps"] if gap["kind"] == "sound_missing"] == []
    assert any("another file" in note for note in apart["notes"])
    heights, own = (np.fromfile(tmp_path / name / "waveform.bin", np.uint8) for name in ("whole", "apart"))
    assert len(heights) == len(own)
    assert np.mean(np.abs(heights.astype(int) - own) > 8) < 0.05


def test_the_picture_alone_is_without_sound(flawed: Film, tmp_path: Path) -> None:
    picture, _ = draw.served_apart(flawed.path, tmp_path / "a.mp4", tmp_path / "b.m4a")
    document = looked(picture, tmp_path / "alone")
    assert (document["sound"], document["quality"]["silent"]) == (None, [])
    assert not (tmp_path / "alone" / "waveform.bin").exists()


@pytest.mark.parametrize(
    ("files", "picture_s", "sound_s", "laid", "late_s"),
    [
        (("a.mkv", "b.mka"), 1000.0, 1000.0, "by_time", 0.0),
        (("a.mkv", "b.mka"), 0.0, 1.5, "by_time", 1.5),
        (("a.mkv", "b.mka"), 20.0, 19.25, "by_time", -0.75),
        (("a.mkv", "b.mka"), 1000.0, 0.0, "at_first_picture", 0.0),
        (("a.ts", "b.aac"), 10.0, 0.0, "at_first_picture", 0.0),
    ],
)
def test_times_of_two_files_are_of_one_clock_unless_they_cannot_be(
    files: tuple[str, str], picture_s: float, sound_s: float, laid: str, late_s: float, flawed: Film, tmp_path: Path
) -> None:
    picture, sound = draw.served_apart(
        flawed.path, tmp_path / files[0], tmp_path / files[1], picture_s=picture_s, sound_s=sound_s
    )
    document = looked(picture, tmp_path / "apart", sound)
    assert document["sound"]["laid"] == laid
    assert lag_s(document) == pytest.approx(late_s, abs=0.06)
    copy(picture, tmp_path, rewrap=False, sound=sound)
    assert lag_s(looked(tmp_path / "copy.mp4", tmp_path / "copied")) == pytest.approx(late_s, abs=0.06)
    heights = np.fromfile(tmp_path / "apart" / "waveform.bin", np.uint8)
    quiet = np.flatnonzero(heights == 0) * 10 / len(heights)
    assert 2 + late_s == pytest.approx(quiet[quiet > 1.6 + late_s][0], abs=0.1)


def test_sound_apart_is_a_witness_of_copies_as_any_other(tmp_path: Path) -> None:
    film = draw.cuts(tmp_path / "film.mp4", Look(size=(160, 90)), (60, 75, 55, 60)).path
    own = beneath(film, drawn("speech", 1, 10), tmp_path / "own.mp4")
    other = beneath(film, drawn("speech", 2, 10), tmp_path / "other.mp4")
    picture, sound = draw.served_apart(own, tmp_path / "a.mkv", tmp_path / "b.mka", picture_s=30, sound_s=30)
    looked(picture, tmp_path / "apart", sound)
    apart = fingerprints(tmp_path / "apart")
    for name, path, expected in (("own", own, Sound.AGREES), ("other", other, Sound.DIFFERS)):
        looked(path, tmp_path / name)
        found = matching.match(fingerprints(tmp_path / name), apart)
        assert (found.relation, found.sound) == (Relation.SAME_CONTENT, expected)


def test_of_several_tracks_the_first_is_heard_and_that_is_said(flawed: Film, tmp_path: Path) -> None:
    path = tmp_path / "two.mkv"
    draw.ffmpeg("-i", flawed.path, "-map", "0:v", "-map", "0:a", "-map", "0:a", "-c", "copy", path)
    document = looked(path, tmp_path / "two")
    assert (document["sound"]["stream"], document["sound"]["tracks"]) == (1, 2)
    assert any("only the first is heard" in note for note in document["notes"])
