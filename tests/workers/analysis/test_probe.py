"""What a file says of itself is read exactly, and what is too much is refused before it is decoded."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from storage.errors import Rejected
from tests.media import draw, hostile
from tests.media.draw import Film, Look
from tests.workers.analysis.conftest import SUFFIXES
from workers.analysis.probe import probe
from workers.analysis.timeline import Timestamps

ROUNDING = {".mkv": Fraction(1, 2000), ".webm": Fraction(1, 2000), ".gif": Fraction(1, 200)}


@pytest.mark.parametrize("name", [name for name in SUFFIXES if "bare" not in name])
def test_every_presentation_time_is_exact(name: str, film: Callable[[str], Film]) -> None:
    drawn = film(name)
    timeline = probe(drawn.path).timeline
    assert timeline is not None
    assert timeline.timestamps is Timestamps.CONTAINER
    shift = timeline.start.exact - drawn.times_s[0]
    allowed = ROUNDING.get(drawn.path.suffix, Fraction(0))
    apart = [abs(timeline.at(n).exact - shift - at) for n, at in enumerate(drawn.times_s)]
    assert len(timeline.ticks) == drawn.frames
    assert max(apart) <= allowed
    assert not timeline.is_variable


def test_a_late_start_is_kept_as_the_container_says(film: Callable[[str], Film]) -> None:
    timeline = probe(film("late_start").path).timeline
    assert timeline
    assert timeline.start.exact == 2


@pytest.mark.parametrize(("name", "rate"), [("bare", Fraction(25)), ("bare_ntsc", Fraction(30000, 1001))])
def test_a_bare_stream_has_derived_times_and_says_so(name: str, rate: Fraction, film: Callable[[str], Film]) -> None:
    timeline = probe(film(name).path).timeline
    assert timeline
    assert timeline.timestamps is Timestamps.DERIVED
    assert "bare" in timeline.reason
    assert [timeline.at(n).exact for n in range(140)] == [n / rate for n in range(140)]


def test_a_clock_that_runs_backwards_is_not_believed(film: Callable[[str], Film], tmp_path: Path) -> None:
    twice = tmp_path / "twice.ts"
    twice.write_bytes(film("transport_stream").path.read_bytes() * 2)
    timeline = probe(twice).timeline
    assert timeline
    assert timeline.timestamps is Timestamps.DERIVED
    assert len(timeline.ticks) == 280


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_variable_rate_is_seen_and_every_time_kept(suffix: str, tmp_path: Path) -> None:
    drawn = draw.variable_rate(tmp_path / f"phone{suffix}")
    timeline = probe(drawn.path).timeline
    assert timeline
    assert timeline.is_variable
    assert [timeline.at(n).exact for n in range(drawn.frames)] == list(drawn.times_s)


@pytest.mark.parametrize("rotation_deg", [-90, 90, 180])
@pytest.mark.parametrize("is_mirrored", [False, True])
def test_rotation_is_honoured_in_the_displayed_size(rotation_deg: int, *, is_mirrored: bool, tmp_path: Path) -> None:
    size = (180, 320) if rotation_deg % 180 else (320, 180)
    look = Look(size=size, rotation_deg=rotation_deg, is_mirrored=is_mirrored)
    found = probe(draw.cuts(tmp_path / "turned.mp4", look, lengths=(5,)).path)
    assert found.orientation.rotation_deg == rotation_deg
    assert found.orientation.is_mirrored is is_mirrored
    assert found.displayed_size == size


def test_the_sample_aspect_is_reported(tmp_path: Path) -> None:
    found = probe(draw.cuts(tmp_path / "wide.mp4", Look(sample_aspect=Fraction(4, 3)), lengths=(5,)).path)
    assert found.video
    assert found.video.sample_aspect == Fraction(4, 3)


@pytest.mark.parametrize("draw_it", [draw.audio_only, hostile.cover_art])
def test_sound_has_no_picture_even_with_a_cover(draw_it: Callable[[Path], object], tmp_path: Path) -> None:
    path = tmp_path / "sound.m4a"
    draw_it(path)
    found = probe(path)
    assert found.video is None
    assert found.timeline is None
    assert found.audio
    assert found.audio.codec == "aac"


@pytest.mark.parametrize(
    "draw_it",
    [
        hostile.huge_gif,
        hostile.huge_mp4,
        hostile.wide_picture,
        hostile.years_long,
        lambda path: hostile.many_streams(path, 65),
        lambda path: hostile.many_streams(path, 5000),
    ],
)
def test_what_declares_too_much_is_refused(draw_it: Callable[[Path], Path], tmp_path: Path) -> None:
    suffix = ".mkv" if draw_it is hostile.wide_picture else ".mp4"
    with pytest.raises(Rejected) as refusal:
        probe(draw_it(tmp_path / f"monster{suffix}"))
    assert refusal.value.code == "too_large"


def test_sixty_four_streams_are_still_taken(tmp_path: Path) -> None:
    assert len(probe(hostile.many_streams(tmp_path / "many.mp4", 64)).streams) == 64


def test_an_mp4_cut_off_before_its_index_is_unreadable(film: Callable[[str], Film], tmp_path: Path) -> None:
    with pytest.raises(Rejected) as refusal:
        probe(hostile.cut_short(film("plain").path, tmp_path / "half.mp4", 0.6))
    assert refusal.value.code == "unreadable"
