"""The index finds exactly what a comparison one by one finds, and is built anew when it is not what was written."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from workers.copies import index, layout
from workers.copies.hashes import distances


def hashes(seed: int, count: int) -> NDArray[np.uint8]:
    """Some spread evenly, some in a crowd around one."""
    random = np.random.default_rng(seed)
    even = random.integers(0, 256, (count, 32), dtype=np.uint8)
    crowd = np.packbits(random.random((count, 256)) < 0.06, axis=1) ^ even[:1]
    return np.where(random.random((count, 1)) < 0.5, even, crowd)


def changed(one: NDArray[np.uint8], bits: int, seed: int) -> NDArray[np.uint8]:
    flipped = np.zeros(256, np.uint8)
    flipped[np.random.default_rng(seed).choice(256, bits, replace=False)] = 1
    return one ^ np.packbits(flipped)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[index.Index, NDArray[np.uint8]]:
    path = tmp_path_factory.mktemp("index") / "hashes.idx"
    whole = hashes(1, 3000)
    index.build(path, whole[:2500], np.arange(2500) * 10)
    return index.opened(path).with_tail(whole[2500:], np.arange(2500, 3000) * 10), whole


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2999),
    st.integers(0, 40),
    st.sampled_from([0, 1, 15, 16, 31, 32, 47, 63, 90, 128, 256]),
    st.integers(0, 99),
)
def test_a_search_finds_what_comparing_one_by_one_finds(
    built: tuple[index.Index, NDArray[np.uint8]], near: int, bits: int, radius: int, seed: int
) -> None:
    found, whole = built
    one = changed(whole[near], bits, seed)
    apart = distances(one[None], whole)[0]
    expected = np.flatnonzero(apart <= radius)
    answer = found.search(one, radius)
    assert sorted(answer.labels) == (expected * 10).tolist()
    assert (answer.distances == np.sort(apart[expected])).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 20_000_000), st.integers(0, 80))
def test_no_two_hashes_within_the_radius_differ_too_much_in_every_piece(count: int, radius: int) -> None:
    pieces = layout.pieces_for(count)
    ends = [(piece.begin, piece.begin + piece.width) for piece in pieces]
    assert ends[0][0] == 0
    assert ends[-1][1] == 256
    assert all(one[1] == other[0] for one, other in pairwise(ends))
    flips = layout.flips_for(pieces, radius, count)
    assert sum(most + 1 for most in flips) > radius
    assert all(-1 <= most <= piece.width for most, piece in zip(flips, pieces, strict=True))


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "empty.idx"
    index.build(path, np.zeros((0, 32), np.uint8), np.zeros(0, np.int64))
    assert len(index.opened(path).search(np.zeros(32, np.uint8)).labels) == 0


@settings(max_examples=25, deadline=None)
@given(place=st.integers(0, 10**9), bit=st.integers(0, 7))
def test_any_flipped_bit_is_found_and_the_index_built_anew(
    tmp_path_factory: pytest.TempPathFactory, place: int, bit: int
) -> None:
    path = tmp_path_factory.mktemp("flip") / "hashes.idx"
    whole, labels = hashes(2, 20), np.arange(20)
    index.build(path, whole, labels)
    right = path.read_bytes()
    content = bytearray(right)
    content[place % len(content)] ^= 1 << bit
    path.write_bytes(bytes(content))
    with pytest.raises(index.Damaged):
        index.opened(path)
    assert index.opened_or_built(path, lambda: (whole, labels)).search(whole[3], 0).labels.tolist() == [3]
    assert path.read_bytes() == right


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_an_index_cut_short_is_built_anew(tmp_path: Path, share: float) -> None:
    path = tmp_path / "hashes.idx"
    index.build(path, hashes(3, 50), np.arange(50))
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(index.Damaged):
        index.opened(path)
    assert len(index.opened_or_built(path, lambda: (hashes(3, 50), np.arange(50)))) == 50


def test_whoever_searches_an_index_keeps_it_while_another_takes_its_place(tmp_path: Path) -> None:
    path = tmp_path / "hashes.idx"
    index.build(path, hashes(4, 50), np.arange(50))
    before = index.opened(path)
    index.build(path, hashes(5, 80), np.arange(80))
    assert before.search(hashes(4, 50)[7], 0).labels.tolist() == [7]
    assert len(index.opened(path)) == 80
    assert [left.name for left in tmp_path.iterdir()] == ["hashes.idx"]
