"""The ear hears what is there at its own time, in whatever pieces and formats it comes, and is not hurt by lies."""

import itertools
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.audio.frame import AudioFrame
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.domain.mediatime import MediaTime
from tests.media import draw
from tests.media.draw import Look
from tests.media.sounds import RATE, drawn, framed
from workers.analysis.engine import analyse, fingerprinted
from workers.analysis.hearing import Ear
from workers.analysis.samples import copied, mono, planes
from workers.copies import prints
from workers.copies.sounds import Sounds

VOICE = drawn("speech", 1, 9)


def heard(*parts: tuple[int, AudioFrame], zero_s: float = 0.0) -> Sounds:
    ear = Ear(zero_s)
    for at, frame in parts:
        ear.add(frame, list(planes(frame)), MediaTime(at, Fraction(1, RATE)))
    return ear.finish()


def alike(one: Sounds, other: Sounds) -> float:
    """The share of the bits said at places of both that are the same."""
    said, bits = other.at(one.places)
    common = one.said & said
    return 1 - np.bitwise_count((one.bits ^ bits) & common).sum() / max(1, np.bitwise_count(common).sum())


WHOLE = heard((0, framed(VOICE)))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, len(VOICE) - 1), max_size=30, unique=True))
def test_however_the_sound_is_cut_into_frames_the_same_is_heard(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(VOICE)]
    pieces = [(begin, framed(VOICE[begin:end])) for begin, end in itertools.pairwise(edges)]
    found = heard(*pieces)
    assert found.places.tolist() == WHOLE.places.tolist()
    assert alike(found, WHOLE) > 0.995


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 200))
def test_places_are_those_of_the_time_at_which_it_sounds(late: int) -> None:
    shifted = heard((late * RATE // 20, framed(VOICE)))
    moved = Sounds(shifted.places - late, shifted.said, shifted.bits)
    assert alike(moved, WHOLE) == 1
    assert moved.places.tolist() == WHOLE.places.tolist()


def test_a_gap_is_heard_as_a_gap_and_what_follows_at_its_own_time() -> None:
    half = 3 * RATE
    found = heard((0, framed(VOICE[:half])), (half + 2 * RATE, framed(VOICE[half:])))
    assert not ((found.places > 3 * 20) & (found.places < 5 * 20)).any()
    later = found.places >= 5 * 20
    assert alike(Sounds(found.places[later] - 40, found.said[later], found.bits[later]), WHOLE) > 0.99


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 32_000, 44_100, 96_000])
def test_another_rate_sounds_alike(rate: int) -> None:
    resampler = av.AudioResampler("fltp", "stereo", rate)
    ear, at = Ear(0.0), 0
    for frame in (*resampler.resample(framed(VOICE)), *resampler.resample(None)):
        ear.add(frame, list(planes(frame)), MediaTime(at, Fraction(1, rate)))
        at += frame.samples
    assert alike(ear.finish(), WHOLE) > 0.95


@pytest.mark.parametrize("name", ["u8", "s16p", "s32", "flt", "dblp"])
@pytest.mark.parametrize("layout", ["mono", "5.1", "7.1"])
def test_every_format_of_samples_is_mixed_to_one_channel(name: str, layout: str) -> None:
    tone = 0.5 * np.sin(np.arange(4800) / 20)
    [frame] = av.AudioResampler(name, layout, RATE).resample(framed(tone))
    one = mono([copied(frame, list(planes(frame)))], 1 if frame.format.is_planar else frame.layout.nb_channels)
    assert one.shape == (4800,)
    assert np.corrcoef(one, tone)[0, 1] > 0.99


def test_what_is_no_number_is_silence_and_what_is_too_loud_is_cut() -> None:
    samples = np.array([[np.nan, np.inf, -np.inf, 1e300, -1e300, 0.5]])
    frame = AudioFrame.from_ndarray(samples, "dblp", "mono")
    assert mono([copied(frame, list(planes(frame)))], 1).tolist() == [0, 0, 0, 0, 0, 0.5]


def test_rates_and_times_that_lie_are_not_heard_and_those_that_change_are_heard_anew() -> None:
    frame = framed(VOICE)
    slow = framed(VOICE)
    slow.sample_rate = 1
    assert len(heard((0, slow))) == 0
    assert len(heard((2**62, frame), (-(2**62), frame))) == 0
    other = framed(VOICE)
    other.sample_rate = 44_100
    changed = heard((0, frame), (len(VOICE), other), (0, frame))
    assert alike(changed, WHOLE) == 1
    assert (np.diff(changed.places) > 0).all()


def test_silence_says_nothing() -> None:
    assert len(heard((0, framed(np.zeros(5 * RATE))))) == 0


def test_the_analysis_and_the_fingerprints_alone_hear_the_same_beside_the_pictures(tmp_path: Path) -> None:
    film = draw.cuts(tmp_path / "film.mp4", Look(size=(160, 90), audio=True), (50, 50))
    for name in ("whole", "alone"):
        (tmp_path / name).mkdir()
    analyse(film.path, tmp_path / "whole")
    fingerprinted(film.path, tmp_path / "alone")
    whole, alone = (prints.decode((tmp_path / name / prints.FILE).read_bytes()) for name in ("whole", "alone"))
    assert whole.heard.encode() == alone.heard.encode()
    assert whole.header.sound == alone.header.sound
    told = whole.header.sound
    assert told is not None
    assert told.has_track


def test_a_video_without_sound_says_that_it_has_none(tmp_path: Path) -> None:
    film = draw.cuts(tmp_path / "film.mp4", Look(size=(160, 90)), (50,))
    fingerprinted(film.path, tmp_path)
    told = prints.decode((tmp_path / prints.FILE).read_bytes()).header.sound
    assert told is not None
    assert not told.has_track
