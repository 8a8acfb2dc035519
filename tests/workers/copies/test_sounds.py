"""Fingerprints of sound are kept bit for bit, and what no ear writes is not believed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import Implausible
from tests.workers.copies.test_prints import header, made
from workers.copies import prints, sounds
from workers.copies.prints import Prints, SoundHeader
from workers.copies.sounds import Sounds

WORDS = st.integers(0, 2**64 - 1)
PLACES = st.integers(-(2**31) + 1, 2**31 - 1)
RECORDS = st.dictionaries(PLACES, st.tuples(WORDS.filter(bool), WORDS), max_size=20)


def of(records: dict[int, tuple[int, int]]) -> Sounds:
    ordered = sorted(records.items())
    said = np.array([said for _, (said, _) in ordered], np.uint64)
    bits = np.array([said & bits for _, (said, bits) in ordered], np.uint64)
    return Sounds(np.array([place for place, _ in ordered], np.int64), said, bits)


def with_records(records: dict[int, tuple[int, int]], ticks: list[int]) -> Prints:
    heard, pictures = of(records), made(ticks)
    told = SoundHeader(algorithm="x", algorithm_version="1", parameters={}, has_track=True, records=len(heard))
    columns = (pictures.ticks, pictures.kinds, pictures.qualities, pictures.areas, pictures.places, pictures.hashes)
    return Prints(header(frames=len(ticks), sound=told), *columns, heard)


@given(RECORDS, st.lists(st.integers(0, 999_999), max_size=5))
def test_sound_is_read_as_it_was_written_beside_the_pictures(
    records: dict[int, tuple[int, int]], ticks: list[int]
) -> None:
    written = with_records(records, ticks)
    read = prints.decode(written.encode())
    assert read.encode() == written.encode()
    assert read.header == written.header
    assert read.heard.places.tolist() == sorted(records)
    assert (read.heard.bits == written.heard.bits).all()


@given(RECORDS.filter(bool), st.lists(PLACES, max_size=20))
def test_at_any_place_is_what_was_heard_there_or_nothing(
    records: dict[int, tuple[int, int]], places: list[int]
) -> None:
    asked = np.array([*places, *records], np.int64)
    said, bits = of(records).at(asked)
    for place, own, value in zip(asked.tolist(), said.tolist(), bits.tolist(), strict=True):
        known = records.get(place, (0, 0))
        assert (own, value) == (known[0], known[0] & known[1])


@pytest.mark.parametrize("what", ["unsaid", "twice", "nothing said", "cut short"])
def test_a_record_that_no_sound_has_is_refused(what: str) -> None:
    content = bytearray(of({4: (7, 5), 9: (7, 2)}).encode())
    if what == "unsaid":
        content[12] |= 8
    elif what == "twice":
        content[20:24] = content[0:4]
    elif what == "nothing said":
        content[4:20] = bytes(16)
    else:
        content.pop()
    with pytest.raises(Implausible):
        sounds.decode(bytes(content))


def test_more_records_than_the_header_tells_of_are_no_pictures() -> None:
    content = with_records({4: (7, 5)}, [5]).encode()
    with pytest.raises(Implausible):
        prints.decode(content.replace(b'"records":1', b'"records":0'))


def test_fingerprints_from_before_anybody_listened_are_read_and_say_so() -> None:
    content = made([5, 9]).encode().replace(b',"sound":null', b"")
    length = len(content) - 16 - 2 * 48
    older = content[:8] + (1).to_bytes(4, "little") + length.to_bytes(4, "little") + content[16:]
    read = prints.decode(older)
    assert (len(read), read.header.sound, len(read.heard)) == (2, None, 0)
