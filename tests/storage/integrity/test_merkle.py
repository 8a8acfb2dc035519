"""The tree of the ledger: what the RFC's vectors say, what an independent implementation says, and what is refused."""

import hashlib

import pymerkle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.integrity import merkle
from tests.storage.integrity.grove import Grove

# RFC 9162 has none of its own; these are the well-known ones of RFC 6962's reference implementation.
ENTRIES = [bytes.fromhex(one) for one in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
ENTRIES.append(bytes.fromhex("606162636465666768696a6b6c6d6e6f"))
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
GROVE = Grove(tuple(f"entry {n}".encode() for n in range(300)))
SIZES = st.integers(1, len(GROVE.entries))


def test_the_roots_are_those_of_the_known_vectors() -> None:
    frontier = merkle.Frontier()
    assert frontier.root() == hashlib.sha256(b"").digest()
    for entry, root in zip(ENTRIES, ROOTS, strict=True):
        list(frontier.add(merkle.leaf_hash(entry)))
        assert frontier.root().hex() == root


def test_roots_and_proofs_are_those_of_pymerkle() -> None:
    other = pymerkle.InmemoryTree(algorithm="sha256")
    for entry in GROVE.entries:
        other.append_entry(entry)
    for size in range(1, len(GROVE.entries) + 1, 7):
        assert other.get_root(size) == GROVE.root(size)
        for index in range(0, size, 11):
            # pymerkle counts leaves from 1 and puts the leaf itself among its path.
            path = {bytes.fromhex(one) for one in other.prove_inclusion(index + 1, size).serialize()["path"]}
            proof = merkle.inclusion_proof(GROVE.node, index, size)
            assert path == {*proof, merkle.leaf_hash(GROVE.entries[index])}


@given(st.data())
def test_an_inclusion_proof_holds_for_its_own_leaf_place_size_and_root_alone(data: st.DataObject) -> None:
    size = data.draw(SIZES)
    index = data.draw(st.integers(0, size - 1))
    leaf, root = merkle.leaf_hash(GROVE.entries[index]), GROVE.root(size)
    proof = merkle.inclusion_proof(GROVE.node, index, size)
    assert merkle.verify_inclusion(leaf, index, size, proof, root)
    elsewhere = data.draw(st.integers(0, size + 3).filter(lambda place: place != index))
    assert not merkle.verify_inclusion(leaf, elsewhere, size, proof, root)
    assert not merkle.verify_inclusion(merkle.leaf_hash(GROVE.entries[index] + b"."), index, size, proof, root)
    assert not merkle.verify_inclusion(leaf, index, size, proof, GROVE.root(size % 300 + 1))


@given(st.data())
def test_fault_D10_a_proof_with_one_wrong_missing_or_additional_hash_is_refused(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 300))
    index = data.draw(st.integers(0, size - 1))
    leaf, root = merkle.leaf_hash(GROVE.entries[index]), GROVE.root(size)
    proof = merkle.inclusion_proof(GROVE.node, index, size)
    at = data.draw(st.integers(0, len(proof) - 1))
    flipped = bytes([proof[at][0] ^ (1 << data.draw(st.integers(0, 7)))]) + proof[at][1:]
    damaged = [
        [*proof[:at], flipped, *proof[at + 1 :]],
        [*proof[:at], *proof[at + 1 :]],
        [*proof, proof[at]],
        [proof[at][:31], *proof],
        [],
        [b""],
        proof * 100,
    ]
    for one in damaged:
        assert not merkle.verify_inclusion(leaf, index, size, one, root)


@given(st.data())
def test_a_consistency_proof_holds_for_its_own_two_trees_alone(data: st.DataObject) -> None:
    newer = data.draw(SIZES)
    older = data.draw(st.integers(1, newer))
    proof = merkle.consistency_proof(GROVE.node, older, newer)
    old, new = GROVE.root(older), GROVE.root(newer)
    assert merkle.verify_consistency(older, newer, old, new, proof)
    assert not merkle.verify_consistency(older, newer, hashlib.sha256(old).digest(), new, proof)
    assert not merkle.verify_consistency(older, newer, old, hashlib.sha256(new).digest(), proof)
    assert not merkle.verify_consistency(older, newer, old, new, [*proof, new])
    if older != newer:
        assert not merkle.verify_consistency(older + 1, newer, old, new, proof)
        assert not merkle.verify_consistency(older, newer, old, new, proof[:-1])
        assert not merkle.verify_consistency(newer, older, new, old, proof)


def test_every_tree_begins_with_the_empty_one_and_no_other() -> None:
    empty = hashlib.sha256(b"").digest()
    assert merkle.verify_consistency(0, 5, empty, GROVE.root(5), [])
    assert not merkle.verify_consistency(0, 5, GROVE.root(5), GROVE.root(5), [])
    assert not merkle.verify_consistency(0, 5, empty, GROVE.root(5), [empty])


@settings(max_examples=30)
@given(SIZES, SIZES)
def test_a_frontier_that_was_put_away_goes_on_where_it_stopped(one: int, other: int) -> None:
    first, last = sorted((one, other))
    frontier = merkle.Frontier(first, GROVE.frontier(first).peaks)
    for entry in GROVE.entries[first:last]:
        list(frontier.add(merkle.leaf_hash(entry)))
    assert frontier.root() == GROVE.root(last)


@pytest.mark.parametrize(("size", "peaks"), [(1, 0), (3, 1), (-1, 0), (0, 1)])
def test_a_frontier_whose_peaks_do_not_fit_its_size_is_refused(size: int, peaks: int) -> None:
    with pytest.raises(ValueError, match="peaks"):
        merkle.Frontier(size, [b"x" * 32] * peaks)


def test_nothing_is_proved_of_what_is_not_there() -> None:
    with pytest.raises(ValueError, match="no leaf"):
        merkle.inclusion_proof(GROVE.node, 5, 5)
    for older, newer in ((0, 5), (6, 5)):
        with pytest.raises(ValueError, match="no beginning"):
            merkle.consistency_proof(GROVE.node, older, newer)
