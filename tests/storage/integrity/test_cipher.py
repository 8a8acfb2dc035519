"""What is enciphered opens at any place with its own key, and not one byte comes out of anything that was changed."""

import functools
import io
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import Altered
from storage.integrity.cipher import (
    CHUNK_BYTES,
    HEADER_BYTES,
    KEY_BYTES,
    MAGIC,
    deciphered,
    enciphered,
    plain_size,
    sealed_size,
)
from storage.integrity.digest import Digest

KEY, OTHER_KEY = bytes(range(KEY_BYTES)), bytes(KEY_BYTES)
SEALED = CHUNK_BYTES + 16
SIZES = (0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 4 * CHUNK_BYTES + 777)


@functools.cache
def content(size_bytes: int, seed: int = 0) -> bytes:
    return random.Random(f"{seed}:{size_bytes}").randbytes(size_bytes)


def sealed(plain: bytes, key: bytes = KEY) -> bytes:
    return enciphered(io.BytesIO(plain), key, Digest.of(plain)).read()


@functools.cache
def kept(size_bytes: int) -> bytes:
    return sealed(content(size_bytes))


def opened(cipher: bytes, plain: bytes, key: bytes = KEY) -> io.BytesIO:
    return io.BytesIO(deciphered(io.BytesIO(cipher), len(cipher), key, Digest.of(plain)).read())


class Watched(io.BytesIO):
    """A ciphertext that remembers what was read of it."""

    def __init__(self, cipher: bytes) -> None:
        super().__init__(cipher)
        self.read_bytes = 0

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        self.read_bytes += len(piece)
        return piece


class Trickling(io.BytesIO):
    """A stream from afar, which gives less at a time than it is asked for."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size or 0, 1000) if size is not None and size >= 0 else size)


@pytest.mark.parametrize("size_bytes", SIZES)
def test_a_file_comes_back_whole_and_both_sizes_are_known_from_each_other(size_bytes: int) -> None:
    plain, cipher = content(size_bytes), kept(size_bytes)
    assert len(cipher) == sealed_size(size_bytes)
    assert plain_size(len(cipher)) == size_bytes
    assert opened(cipher, plain).read() == plain
    assert plain[:16] not in cipher or size_bytes < 16


@given(
    size=st.sampled_from(SIZES), places=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=5)
)
def test_any_range_is_that_slice_of_the_file(size: int, places: list[tuple[float, float]]) -> None:
    plain, cipher = content(size), kept(size)
    with deciphered(io.BytesIO(cipher), len(cipher), KEY, Digest.of(plain)) as stream:
        for start, share in places:
            at = int(start * size)
            count = int(share * (size - at))
            stream.seek(at)
            assert stream.tell() == at
            assert stream.read(count) == plain[at : at + count]


def test_a_range_costs_its_own_chunks_and_the_last_one() -> None:
    size_bytes = 40 * CHUNK_BYTES
    plain = content(size_bytes)
    cipher = Watched(sealed(plain))
    with deciphered(cipher, sealed_size(size_bytes), KEY, Digest.of(plain)) as stream:
        assert cipher.read_bytes == HEADER_BYTES + SEALED
        stream.seek(20 * CHUNK_BYTES + 5)
        assert stream.read(10) == plain[20 * CHUNK_BYTES + 5 :][:10]
        assert cipher.read_bytes <= HEADER_BYTES + 3 * SEALED


def test_streams_that_give_little_at_a_time_make_and_open_the_same_bytes() -> None:
    plain = content(CHUNK_BYTES + 1)
    cipher = enciphered(Trickling(plain), KEY, Digest.of(plain)).read()
    assert cipher == kept(len(plain))
    with deciphered(Trickling(cipher), len(cipher), KEY, Digest.of(plain)) as stream:
        assert stream.read() == plain


def test_the_same_file_of_the_same_item_gives_the_same_bytes_and_of_another_item_others() -> None:
    plain = content(CHUNK_BYTES)
    assert sealed(plain) == sealed(plain)
    assert sealed(plain, OTHER_KEY)[len(MAGIC) :] != sealed(plain)[len(MAGIC) :]
    assert Digest.of(plain).raw not in sealed(plain)


@given(size=st.sampled_from(SIZES), place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_any_flipped_bit_is_refused_and_nothing_past_the_chunk_before_it_is_let_out(
    size: int, place: float, bit: int
) -> None:
    plain, changed = content(size), bytearray(kept(size))
    at = int(place * len(changed))
    changed[at] ^= 1 << bit
    let_out = bytearray()
    with (  # noqa: PT012 - what came out before the refusal is looked at
        pytest.raises(Altered),
        deciphered(io.BytesIO(bytes(changed)), len(changed), KEY, Digest.of(plain)) as stream,
    ):
        while piece := stream.read(CHUNK_BYTES):
            let_out += piece
    whole_chunks = max(0, at - HEADER_BYTES) // SEALED
    assert len(let_out) <= whole_chunks * CHUNK_BYTES
    assert plain.startswith(bytes(let_out))


def test_every_bit_of_the_header_and_of_a_short_file_counts() -> None:
    plain = b"testimony"
    cipher = sealed(plain)
    for at in range(len(cipher)):
        for bit in range(8):
            changed = bytearray(cipher)
            changed[at] ^= 1 << bit
            with pytest.raises(Altered):
                opened(bytes(changed), plain)


@given(size=st.sampled_from(SIZES), place=st.floats(0, 1, exclude_max=True))
def test_a_cut_anywhere_is_refused_before_anything_is_read(size: int, place: float) -> None:
    cut = kept(size)[: int(place * sealed_size(size))]
    with pytest.raises(Altered):
        deciphered(io.BytesIO(cut), len(cut), KEY, Digest.of(content(size)))


@pytest.mark.parametrize("chunks", range(4))
def test_a_cut_between_two_chunks_is_refused_before_anything_is_read(chunks: int) -> None:
    cut = kept(SIZES[-1])[: HEADER_BYTES + chunks * SEALED]
    with pytest.raises(Altered):
        deciphered(io.BytesIO(cut), len(cut), KEY, Digest.of(content(SIZES[-1])))


@pytest.mark.parametrize("added", [b"\0", bytes(16), bytes(SEALED)])
@pytest.mark.parametrize("size_bytes", SIZES)
def test_what_was_added_is_refused_before_anything_is_read(size_bytes: int, added: bytes) -> None:
    longer = kept(size_bytes) + added
    with pytest.raises(Altered):
        deciphered(io.BytesIO(longer), len(longer), KEY, Digest.of(content(size_bytes)))


def _chunk(cipher: bytes, number: int) -> slice:
    return slice(HEADER_BYTES + number * SEALED, HEADER_BYTES + (number + 1) * SEALED)


def test_chunks_that_changed_places_are_refused() -> None:
    plain, cipher = content(3 * CHUNK_BYTES), kept(3 * CHUNK_BYTES)
    for one, other in ((0, 1), (1, 2), (0, 2)):
        moved = bytearray(cipher)
        moved[_chunk(cipher, one)], moved[_chunk(cipher, other)] = (
            cipher[_chunk(cipher, other)],
            cipher[_chunk(cipher, one)],
        )
        with pytest.raises(Altered):
            opened(bytes(moved), plain)


def test_chunks_and_whole_files_of_another_file_or_item_are_refused() -> None:
    plain, other = content(3 * CHUNK_BYTES), content(3 * CHUNK_BYTES, seed=1)
    cipher = kept(3 * CHUNK_BYTES)
    for stranger in (sealed(other), sealed(plain, OTHER_KEY)):
        with pytest.raises(Altered):
            opened(stranger, plain)
        for number in range(3):
            swapped = bytearray(cipher)
            swapped[_chunk(cipher, number)] = stranger[_chunk(stranger, number)]
            with pytest.raises(Altered):
                opened(bytes(swapped), plain)
    with pytest.raises(Altered):
        opened(cipher, plain, OTHER_KEY)


def test_bytes_that_rot_between_two_tries_tell_nothing_of_each_other() -> None:
    """Both tries have one key and the nonces of one file; the first ends in a refusal and leaves what it wrote."""
    good = content(3 * CHUNK_BYTES)
    rotten = bytes([good[0] ^ 1]) + good[1:]
    half = enciphered(io.BytesIO(rotten), KEY, Digest.of(good)).read(HEADER_BYTES + SEALED)
    whole = sealed(good)[: HEADER_BYTES + SEALED]
    assert half[:HEADER_BYTES] == whole[:HEADER_BYTES]
    alike = sum(one == other for one, other in zip(half[HEADER_BYTES:], whole[HEADER_BYTES:], strict=True))
    assert alike < CHUNK_BYTES // 64


def test_what_the_first_version_has_enciphered_still_opens() -> None:
    cipher = bytes.fromhex(
        "737669646f6b00017ecaedc63dfce5151b7933394bc9be5dc8a1f0489c3a3c07e7262f7eaa5800ab"
        "f70d44aed2441ff97443f0863265df41f7b37614aa5d019fb3"
    )
    assert opened(cipher, b"testimony").read() == b"testimony"
    with pytest.raises(Altered):
        opened(MAGIC + cipher[len(MAGIC) :], b"testimony")


@pytest.mark.parametrize("size_bytes", SIZES)
def test_bytes_that_are_not_what_they_are_named_after_are_never_enciphered_whole(size_bytes: int) -> None:
    taken = bytearray()
    with pytest.raises(Altered):  # noqa: PT012 - what came out before the refusal is looked at
        stream = enciphered(io.BytesIO(content(size_bytes)), KEY, Digest.of(b"something else"))
        while piece := stream.read(1000):
            taken += piece
    assert len(taken) < sealed_size(size_bytes)
