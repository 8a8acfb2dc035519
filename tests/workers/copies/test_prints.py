"""Fingerprints are kept byte for byte, and what no engine writes is not believed."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.errors import Implausible
from workers.copies import prints
from workers.copies.hashes import distances, mirrored
from workers.copies.prints import Header, Kind, Prints


def header(**chosen: Any) -> Header:
    told: dict[str, Any] = {
        "original": "ab" * 32,
        "algorithm": "pdq-luma",
        "algorithm_version": "1",
        "parameters": {"every_s": 0.5},
        "versions": {"av": "18"},
        "time_base": "1/1000",
        "start": 0,
        "end": 1_000_000,
        "width": 320,
        "height": 180,
        "frames": 0,
        "dropped": 0,
    }
    return Header(**{**told, **chosen})


def made(ticks: list[int], seed: int = 1, **chosen: Any) -> Prints:
    random = np.random.default_rng(seed)
    count = len(ticks)
    return Prints(
        header(frames=count, **chosen),
        np.asarray(sorted(ticks), np.int64),
        np.full(count, Kind.FULL, np.uint8),
        np.full(count, 60, np.uint8),
        np.tile(np.asarray([0, 0, 255, 255], np.uint8), (count, 1)),
        np.zeros(count, np.uint8),
        random.integers(0, 256, (count, 32), dtype=np.uint8),
    )


@given(st.lists(st.integers(0, 999_999), max_size=20))
def test_what_is_written_is_read_again(ticks: list[int]) -> None:
    written = made(ticks)
    read = prints.decode(written.encode())
    assert read.encode() == written.encode()
    assert read.header == written.header
    assert (read.ticks == written.ticks).all()


@settings(max_examples=60)
@given(st.binary(max_size=200) | st.integers(0, 400).map(lambda end: made([5, 9]).encode()[:end]))
def test_what_is_cut_short_or_no_fingerprints_at_all_is_refused(content: bytes) -> None:
    if content == made([5, 9]).encode():
        return
    try:
        read = prints.decode(content)
    except Implausible:
        return
    assert len(read) == read.header.frames  # a cut between two records is told by the count


@pytest.mark.parametrize(
    ("place", "value"),
    [(8, 3), (9, 101), (10, 255), (14, 99), (15, 1), (7, 127)],
    ids=["kind", "quality", "area", "place", "padding", "time"],
)
def test_a_record_that_no_picture_has_is_refused(place: int, value: int) -> None:
    content = bytearray(made([5, 9]).encode())
    content[len(content) - 48 + place] = value
    with pytest.raises(Implausible):
        prints.decode(bytes(content))


def test_a_header_that_is_none_is_refused() -> None:
    content = made([5]).encode()
    for spoilt in (content.replace(b"1/1000", b"0/1000"), content.replace(b'"frames":1', b'"frames":7')):
        with pytest.raises(Implausible):
            prints.decode(spoilt)


@given(st.binary(min_size=32, max_size=32))
def test_a_mirror_twice_is_none(one: bytes) -> None:
    hashes = np.frombuffer(one, np.uint8)[None]
    assert (mirrored(mirrored(hashes)) == hashes).all()
    assert distances(hashes, mirrored(hashes))[0, 0] == 128
