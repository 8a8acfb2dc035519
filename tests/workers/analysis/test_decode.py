"""Pictures come in presentation order, at their exact times, with their own numbers, whatever the file."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.errors import Rejected
from tests.media import hostile
from tests.media.draw import Film
from tests.media.pictures import read_number
from tests.workers.analysis.conftest import SUFFIXES
from workers.analysis.decode import Decoding, GapKind, Level, opened
from workers.analysis.planes import planes_of, shrink
from workers.analysis.probe import probe

_ROTTING = ["plain", "ntsc", "vp9", "old", "transport_stream"]


@pytest.mark.parametrize("name", SUFFIXES)
def test_every_frame_has_the_number_that_is_written_in_it(name: str, film: Callable[[str], Film]) -> None:
    facts = probe(film(name).path)
    decoding = Decoding(facts)
    timeline = facts.timeline
    assert timeline
    for frame in decoding:
        picture = np.asarray(frame.picture.to_ndarray(format="rgb24"), dtype=np.uint8)
        assert read_number(picture) == frame.index
        assert frame.time == timeline.at(frame.index)
    assert (decoding.frames, decoding.decoded, decoding.gaps) == (140, 140, [])


@pytest.mark.parametrize("name", ["plain", "hevc_ten_bit", "full_chroma", "palette"])
def test_small_planes_are_those_of_the_picture(name: str, film: Callable[[str], Film]) -> None:
    frame = next(iter(Decoding(probe(film(name).path))))
    planes = planes_of(frame.picture)
    grey = np.asarray(frame.picture.reformat(format="gray").to_ndarray(), dtype=np.float64)
    small = shrink(planes.luma, planes.bits, 64, 32)
    assert small.shape == (32, 64)
    assert planes.blue is not None
    assert abs(float(small.mean()) - float(grey.mean()) * 219 / 255 - 16) < 3


def test_references_and_key_frames_alone_keep_their_numbers(film: Callable[[str], Film]) -> None:
    for level in (Level.REFERENCES, Level.KEYS):
        frames = list(Decoding(probe(film("plain").path), level))
        assert 0 < len(frames) < 140
        for frame in frames:
            assert read_number(np.asarray(frame.picture.to_ndarray(format="rgb24"), dtype=np.uint8)) == frame.index


def test_a_film_is_opened_again_without_decoding_and_its_decoder_told_what_that_taught(
    film: Callable[[str], Film],
) -> None:
    facts = probe(film("plain").path)
    assert facts.video
    assert facts.video.reorder_depth > 0
    with opened(facts, replace(facts.video, reorder_depth=7), Level.FULL) as (_, stream):
        assert (stream.codec_context.pix_fmt, stream.codec_context.reorder_depth) == (None, 7)


@pytest.mark.parametrize("name", ["transport_stream", "bare", "hevc_ten_bit", "vp9"])
def test_a_film_whose_header_tells_little_is_opened_again_as_it_was_at_first(
    name: str, film: Callable[[str], Film]
) -> None:
    facts = probe(film(name).path)
    assert facts.video
    with opened(facts, facts.video, Level.FULL) as (_, stream):
        assert stream.codec_context.pix_fmt == facts.video.pixel_format


@pytest.mark.parametrize("name", ["ntsc", "vp9", "transport_stream", "bare", "old"])
def test_a_truncated_file_gives_the_frames_it_still_has(name: str, film: Callable[[str], Film], tmp_path: Path) -> None:
    drawn = film(name)
    facts = probe(hostile.cut_short(drawn.path, tmp_path / drawn.path.name, 0.6))
    numbers = []
    for frame in Decoding(facts):
        try:
            numbers.append((read_number(np.asarray(frame.picture.to_ndarray(format="rgb24"))), frame.index))
        except ValueError:
            assert frame.is_damaged
    assert len(numbers) > 50
    assert all(read == counted for read, counted in numbers[:-1])


@given(seed=st.integers(0, 10_000), count=st.integers(1, 60), name=st.sampled_from(_ROTTING))
@settings(max_examples=25, deadline=None)
def test_flipped_bits_never_break_the_pass(
    seed: int, count: int, name: str, film: Callable[[str], Film], tmp_path_factory: pytest.TempPathFactory
) -> None:
    drawn = film(name)
    path = hostile.flipped(drawn.path, tmp_path_factory.getbasetemp() / f"rot-{drawn.path.name}", count, seed, 0)
    try:
        decoding = Decoding(probe(path))
        indices = [frame.index for frame in decoding]
    except Rejected:
        return  # said so, and nothing else broke
    assert indices == sorted(set(indices))
    assert decoding.frames >= decoding.decoded == len(indices)
    assert all(gap.start <= gap.end for gap in decoding.gaps)


def test_damage_is_listed_where_it_lies(film: Callable[[str], Film], tmp_path: Path) -> None:
    drawn = film("plain")
    decoding = Decoding(probe(hostile.flipped(drawn.path, tmp_path / "rot.mp4", 40, 3)))
    damaged = {frame.index for frame in decoding if frame.is_damaged}
    assert damaged
    assert decoding.gaps
    assert {gap.kind for gap in decoding.gaps} <= {GapKind.DAMAGED, GapKind.UNDECODABLE}
