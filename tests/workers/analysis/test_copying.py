"""The review copy: every frame of the original at its own time, whatever the original is made of."""

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from storage.errors import Rejected
from tests.media import draw, hostile
from tests.media.draw import Film, Look
from tests.media.pictures import read_number
from workers.analysis.copying import copy
from workers.analysis.decode import Decoding
from workers.analysis.engine import analyse
from workers.analysis.picture import displayable
from workers.analysis.probe import probe

FILMS = (
    *("plain", "ntsc", "vp9", "vp8_hidden_frames", "av1", "hevc_ten_bit", "full_chroma", "transport_stream"),
    *("bare", "bare_ntsc", "palette", "old", "late_start", "upright_phone", "fragmented", "live_segments"),
)


def copied(path: Path, out: Path, *, rewrap: bool = False, sound: Path | None = None) -> dict[str, Any]:
    """What is said of the copy `copy.mp4` made in `out`, and of its original's times."""
    analyse(path, out, for_viewing=True)
    copy(path, out, rewrap=rewrap, sound=sound)
    told: dict[str, Any] = json.loads((out / "copy.json").read_text())["copy"]
    return told | {"times": json.loads((out / "viewing.json").read_text())["frame_times"]}


def numbers(path: Path) -> list[int]:
    """The numbers that the frames of a film show, in the order they are shown."""
    facts = probe(path)
    shown = (facts.orientation.upright(frame.picture.to_ndarray(format="rgb24")) for frame in Decoding(facts))
    return [read_number(np.asarray(picture, np.uint8)) for picture in shown]


@pytest.mark.parametrize("rewrap", [False, True])
@pytest.mark.parametrize("name", FILMS)
def test_frame_n_of_the_copy_is_frame_n_of_the_original_at_the_same_microsecond(
    name: str, rewrap: bool, film: Callable[[str], Film], tmp_path: Path
) -> None:
    drawn = film(name)
    told = copied(drawn.path, tmp_path, rewrap=rewrap)
    assert told["times_sha256"] == told["times"]["sha256"]
    assert told["frames"] == told["times"]["count"] == drawn.frames
    assert numbers(tmp_path / "copy.mp4") == list(range(drawn.frames))


@pytest.mark.parametrize("name", FILMS)
def test_a_copy_coded_anew_can_be_reached_within_twelve_frames_and_needs_no_other(
    name: str, film: Callable[[str], Film], tmp_path: Path
) -> None:
    copied(film(name).path, tmp_path)
    facts = probe(tmp_path / "copy.mp4")
    assert facts.video is not None
    assert (facts.video.codec, facts.video.pixel_format) == ("h264", "yuv420p")
    keys = [frame.index for frame in Decoding(facts) if frame.is_key]
    assert keys[0] == 0
    assert np.diff([*keys, film(name).frames]).max() <= 12


def test_a_transport_stream_is_taken_over_without_coding_a_picture(film: Callable[[str], Film], tmp_path: Path) -> None:
    told = copied(film("transport_stream").path, tmp_path, rewrap=True)
    assert told["times"]["obstacles"] == ["container"]
    assert told["is_rewrapped"]
    assert told["has_sound"]


@pytest.mark.parametrize(
    ("look", "size"),
    [
        (Look(size=(180, 320), rotation_deg=-90), (180, 320)),
        (Look(size=(180, 320), rotation_deg=90), (180, 320)),
        (Look(rotation_deg=180), (320, 180)),
        (Look(is_mirrored=True), (320, 180)),
        (Look(size=(180, 320), rotation_deg=-90, is_mirrored=True), (180, 320)),
        (Look(sample_aspect=Fraction(4, 3)), (426, 180)),
        (Look(size=(2560, 1440), key_every=5), (1280, 720)),
        (Look(size=(322, 182)), (322, 182)),
    ],
)
def test_a_copy_is_upright_in_true_proportions_even_and_not_too_large(
    look: Look, size: tuple[int, int], tmp_path: Path
) -> None:
    drawn = draw.cuts(tmp_path / "film.mp4", look, lengths=(5, 5))
    told = copied(drawn.path, tmp_path)
    assert (told["width"], told["height"]) == size
    facts = probe(tmp_path / "copy.mp4")
    assert facts.orientation.rotation_deg == 0
    assert numbers(tmp_path / "copy.mp4") == list(range(10))


def test_variable_rate_keeps_its_times(tmp_path: Path) -> None:
    drawn = draw.variable_rate(tmp_path / "phone.mp4")
    told = copied(drawn.path, tmp_path)
    assert told["times_sha256"] == told["times"]["sha256"]


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_high_dynamic_range_is_shown_as_in_stills_and_at_the_same_times(transfer: str, tmp_path: Path) -> None:
    colours = f"log-level=none:pools=1:colorprim=bt2020:transfer={transfer}:colormatrix=bt2020nc"
    look = Look(
        codec="libx265", pixel_format="yuv420p10le", rate=Fraction(30_000, 1001), options={"x265-params": colours}
    )
    folder = tmp_path / "it's: one"
    folder.mkdir()
    drawn = draw.cuts(tmp_path / "film.mp4", look, lengths=(8, 7), start=1)
    told = copied(drawn.path, folder)
    assert told["is_tone_mapped"]
    assert told["times_sha256"] == told["times"]["sha256"]
    original, made = probe(drawn.path), probe(folder / "copy.mp4")
    for before, after in zip(Decoding(original), Decoding(made), strict=True):
        assert (after.picture.color_trc, after.picture.colorspace) == (1, 1)
        still, shown = (displayable(one.picture, original.orientation, Fraction(1)) for one in (before, after))
        assert np.abs(still.astype(int) - shown).mean() < 4
        bare = before.picture.reformat(format="bgr24", src_colorspace=9).to_ndarray()
        assert np.abs(still.astype(int) - bare).mean() > 8
    assert not {path.name for path in folder.iterdir()} & {"tones.cube"}
    assert not [path for path in folder.iterdir() if path.is_dir()]


def test_a_usual_range_is_left_as_it_is(film: Callable[[str], Film], tmp_path: Path) -> None:
    assert not copied(film("hevc_ten_bit").path, tmp_path)["is_tone_mapped"]


@pytest.mark.parametrize("rewrap", [False, True])
@pytest.mark.parametrize("suffix", [".mp4", ".ts", ".mkv"])
def test_the_sound_stays_in_step_with_the_picture(suffix: str, rewrap: bool, tmp_path: Path) -> None:
    drawn = draw.flawed(tmp_path / f"film{suffix}")
    copied(drawn.path, tmp_path, rewrap=rewrap)
    before, after = (analyse(path)["quality"] for path in (drawn.path, tmp_path / "copy.mp4"))
    [silent], [black] = before["silent"], before["black"]
    [silent_then], [black_then] = after["silent"], after["black"]
    lag = silent_then["start_s"] - black_then["start_s"] - (silent["start_s"] - black["start_s"])
    assert abs(lag) < 0.03


def test_the_sound_of_another_file_is_joined(film: Callable[[str], Film], tmp_path: Path) -> None:
    sound = draw.audio_only(tmp_path / "sound.m4a")
    told = copied(film("ntsc").path, tmp_path, rewrap=True, sound=sound.path)
    assert told["has_sound"]
    assert told["times_sha256"] == told["times"]["sha256"]


def test_a_frame_that_cannot_be_decoded_is_not_in_the_copy_and_the_others_keep_their_times(tmp_path: Path) -> None:
    """Frame numbers name frames of the original: those that can be seen, counted in the order they are shown."""
    drawn = draw.cuts(tmp_path / "film.mp4", Look(b_frames=0, key_every=20))
    damaged = hostile.holed(drawn.path, tmp_path / "damaged.mp4")
    told = copied(damaged, tmp_path)
    assert told["times"]["lost"] > 0
    assert told["frames"] == told["times"]["count"] < drawn.frames
    assert told["times_sha256"] == told["times"]["sha256"]


@pytest.mark.parametrize("seed", range(3))
def test_flipped_bits_cost_no_copy(seed: int, tmp_path: Path) -> None:
    drawn = draw.cuts(tmp_path / "film.ts", Look(audio=True))
    damaged = hostile.flipped(drawn.path, tmp_path / "damaged.ts", 60, seed)
    told = copied(damaged, tmp_path)
    assert told["times_sha256"] == told["times"]["sha256"]


def test_sound_alone_has_no_copy(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="no picture"):
        copy(draw.audio_only(tmp_path / "sound.m4a").path, tmp_path, rewrap=False, sound=None)


def test_a_copy_begins_at_the_sound_where_that_comes_first(tmp_path: Path) -> None:
    drawn = draw.cuts(tmp_path / "late.mp4", Look(audio=True), start=20)
    told = copied(drawn.path, tmp_path)
    assert told["first_us"] == 800_000
