"""The first look tells of key frames alone, at their true times, and says so where it can tell nothing."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from storage.errors import Rejected
from tests.media import draw, hostile
from tests.media.draw import Film, Look
from tests.media.pictures import read_number
from tests.workers.analysis.conftest import SUFFIXES
from workers.analysis.arrival import MOST_STILLS, arrive
from workers.analysis.decode import Decoding, Level
from workers.analysis.probe import probe
from workers.copies.prints import Kind, decode

_WITHOUT_TIMES = ("bare", "bare_ntsc")


@pytest.mark.parametrize("name", sorted(SUFFIXES.keys() - set(_WITHOUT_TIMES)))
def test_only_key_frames_are_decoded_and_each_at_its_own_time(name: str, film: Callable[[str], Film]) -> None:
    facts = probe(film(name).path)
    decoding = Decoding(facts, Level.KEYS)
    assert facts.timeline
    for frame in decoding:
        number = read_number(np.asarray(frame.picture.to_ndarray(format="rgb24"), dtype=np.uint8))
        assert (frame.is_key, frame.time) == (True, facts.timeline.at(number))
    assert 0 < decoding.decoded <= 11


@pytest.mark.parametrize("name", sorted(SUFFIXES))
def test_first_stills_and_fingerprints_come_of_every_container_that_has_times(
    name: str, film: Callable[[str], Film], tmp_path: Path
) -> None:
    document = arrive(film(name).path, tmp_path)
    if name in _WITHOUT_TIMES:
        assert (document["looked"], document["sprites"], document["fingerprint_file"]) == ("no_times", [], None)
        return
    assert document["looked"] == "seen"
    clear, sketch, blur = document["sprites"]
    assert 0 < clear["count"] <= min(MOST_STILLS, document["key_frames"])
    assert clear["times_s"] == sketch["times_s"] == blur["times_s"]
    prints = decode((tmp_path / "fingerprints.bin").read_bytes())
    assert 0 < np.count_nonzero(prints.kinds == Kind.FULL) <= document["key_frames"]


def test_where_every_picture_is_a_key_frame_two_a_second_are_decoded(tmp_path: Path) -> None:
    film = draw.cuts(tmp_path / "film.mkv", Look(codec="mjpeg", pixel_format="yuvj420p"))
    decoding = Decoding(probe(film.path), Level.KEYS)
    assert [frame.index for frame in decoding] == list(range(0, 140, 13))


def test_a_damaged_key_frame_is_counted_and_not_shown(film: Callable[[str], Film], tmp_path: Path) -> None:
    rotten = hostile.flipped(film("transport_stream").path, tmp_path / "rotten.ts", 40, seed=3)
    document = arrive(rotten, tmp_path)
    shown = document["sprites"][0]["count"] if document["sprites"] else 0
    assert shown <= document["key_frames"] - document["damaged"]
    assert document["damaged"] or document["errors"]["count"]


def test_a_file_of_sound_alone_is_refused(tmp_path: Path) -> None:
    sound = draw.audio_only(tmp_path / "sound.m4a")
    with pytest.raises(Rejected, match="only sound"):
        arrive(sound.path, tmp_path)
