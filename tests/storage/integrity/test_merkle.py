"""The tree against the standard's own vectors, an independent build of it, and proofs that somebody tampered with."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from storage.integrity.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    frontier_of,
    inclusion_proof,
    kept_nodes,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

_ENTRIES = [
    bytes.fromhex(entry)
    for entry in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
# The reference tree of Certificate Transparency (RFC 6962), by its size.
_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
_LEAVES = [leaf_hash(str(number).encode()) for number in range(300)]
_NODES = kept_nodes(_LEAVES)
_SIZES = st.integers(1, len(_LEAVES))


def test_roots_are_those_of_the_standards_reference_tree() -> None:
    leaves = [leaf_hash(entry) for entry in _ENTRIES]
    nodes = kept_nodes(leaves)
    assert [root_of(nodes, size).hex() for size in range(1, 9)] == _ROOTS
    assert [frontier_of(leaves[:size]).root().hex() for size in range(1, 9)] == _ROOTS
    assert root_of(nodes, 0) == Frontier().root() == EMPTY_ROOT == hashlib.sha256().digest()


def test_proofs_are_those_of_the_standards_reference_tree() -> None:
    """The example of RFC 9162, section 2.1.5: a tree of seven, its audit paths and its consistency proofs."""
    leaves = [leaf_hash(bytes([number])) for number in range(7)]
    nodes = kept_nodes(leaves)
    a, b, c, d, e, f, j = leaves
    g, h, i = nodes(1, 0), nodes(1, 1), nodes(1, 2)
    k, last = nodes(2, 0), root_of(kept_nodes([e, f, j]), 3)
    assert inclusion_proof(nodes, 0, 7) == [b, h, last]
    assert inclusion_proof(nodes, 3, 7) == [c, g, last]
    assert inclusion_proof(nodes, 4, 7) == [f, j, k]
    assert inclusion_proof(nodes, 6, 7) == [i, k]
    assert consistency_proof(nodes, 3, 7) == [c, d, g, last]
    assert consistency_proof(nodes, 4, 7) == [last]
    assert consistency_proof(nodes, 6, 7) == [i, j, k]
    assert a != b


@pytest.fixture(scope="module")
def oracle() -> InmemoryTree:
    """pymerkle, which knows nothing of our code."""
    tree = InmemoryTree()
    tree.append_entries([str(number).encode() for number in range(len(_LEAVES))])
    return tree


@settings(max_examples=300, deadline=None)
@given(size=_SIZES, data=st.data())
def test_every_inclusion_agrees_with_an_independent_build(oracle: InmemoryTree, size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(_NODES, index, size)
    assert root_of(_NODES, size) == oracle.get_root(size)
    assert _hashes(oracle.prove_inclusion(index + 1, size)) == [_LEAVES[index], *proof]
    assert verify_inclusion(_LEAVES[index], index, size, proof, oracle.get_root(size))


@settings(max_examples=300, deadline=None)
@given(new=_SIZES, data=st.data())
def test_every_consistency_agrees_with_an_independent_build(
    oracle: InmemoryTree, new: int, data: st.DataObject
) -> None:
    old = data.draw(st.integers(1, new))
    proof = consistency_proof(_NODES, old, new)
    assert verify_consistency(old, oracle.get_root(old), new, oracle.get_root(new), proof)
    # And theirs, whose form is another, between our roots.
    oracle.prove_consistency(old, new).verify(root_of(_NODES, old), root_of(_NODES, new), old, new)


@settings(max_examples=400, deadline=None)
@given(size=_SIZES, data=st.data())
def test_fault_D10_a_bad_inclusion_proof_is_refused(size: int, data: st.DataObject) -> None:
    """Wrong index, size, root, leaf; a hash too many, too few, empty, short, or in the wrong place."""
    index = data.draw(st.integers(0, size - 1))
    proof, root, leaf = inclusion_proof(_NODES, index, size), root_of(_NODES, size), _LEAVES[index]
    assert verify_inclusion(leaf, index, size, proof, root)
    other = data.draw(st.integers(-2, 2 * len(_LEAVES)).filter(lambda other: other != index))
    assert not verify_inclusion(leaf, other, size, proof, root)
    # The same leaf and path may well stand at another size, but never under another root.
    grown = data.draw(_SIZES.filter(lambda grown: grown != size))
    assert not verify_inclusion(leaf, index, size, proof, root_of(_NODES, grown))
    assert not verify_inclusion(leaf, index, 0, proof, root)
    assert not verify_inclusion(leaf, index, 1 << 64, proof, root)
    assert not verify_inclusion(_flip(leaf, data), index, size, proof, root)
    assert not verify_inclusion(leaf, index, size, proof, _flip(root, data))
    for wrong in _tampered(proof, data):
        assert not verify_inclusion(leaf, index, size, wrong, root)


@settings(max_examples=400, deadline=None)
@given(new=st.integers(2, len(_LEAVES)), data=st.data())
def test_fault_D10_a_bad_consistency_proof_is_refused(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new - 1))
    proof, before, after = consistency_proof(_NODES, old, new), root_of(_NODES, old), root_of(_NODES, new)
    assert verify_consistency(old, before, new, after, proof)
    assert not verify_consistency(old, _flip(before, data), new, after, proof)
    assert not verify_consistency(old, before, new, _flip(after, data), proof)
    assert not verify_consistency(new, after, old, before, proof)
    assert not verify_consistency(old, before, old, after, proof)
    assert not verify_consistency(0, before, new, after, proof)
    assert not verify_consistency(0, before, new, after, [])
    assert not verify_consistency(-1, before, new, after, proof)
    for wrong in _tampered(proof, data):
        assert not verify_consistency(old, before, new, after, wrong)


def test_fault_D10_a_rewritten_history_has_no_consistency_proof() -> None:
    """One leaf changed, two swapped, one dropped: no hashes of the new tree lead back to the old root."""
    honest = root_of(_NODES, 200)
    changed = [*_LEAVES[:7], leaf_hash(b"another"), *_LEAVES[8:]]
    swapped = [*_LEAVES[:50], _LEAVES[51], _LEAVES[50], *_LEAVES[52:]]
    dropped = _LEAVES[:120] + _LEAVES[121:]
    for leaves in (changed, swapped, dropped):
        nodes, size = kept_nodes(leaves), len(leaves)
        assert not verify_consistency(200, honest, size, root_of(nodes, size), consistency_proof(nodes, 200, size))


def test_the_empty_tree_is_the_beginning_of_every_tree_and_of_no_other() -> None:
    assert verify_consistency(0, EMPTY_ROOT, 0, EMPTY_ROOT, [])
    assert verify_consistency(0, EMPTY_ROOT, 5, root_of(_NODES, 5), [])
    assert not verify_consistency(0, root_of(_NODES, 5), 0, root_of(_NODES, 5), [])
    assert not verify_consistency(0, EMPTY_ROOT, 5, root_of(_NODES, 5), [EMPTY_ROOT])


@given(st.integers(0, len(_LEAVES)), st.integers(0, len(_LEAVES)))
def test_a_frontier_goes_on_from_where_it_was_left(first: int, second: int) -> None:
    early, late = sorted((first, second))
    kept = frontier_of(_LEAVES[:early])
    grown = Frontier(kept.size, list(kept.peaks))
    for leaf in _LEAVES[early:late]:
        grown.append(leaf)
    assert (grown.size, grown.root()) == (late, root_of(_NODES, late))
    assert len(grown.peaks) == late.bit_count()


@pytest.mark.parametrize(("size", "peaks"), [(3, [b"\0" * 32]), (1, [b"short"]), (-1, []), (1 << 63, [b"\0" * 32])])
def test_a_frontier_that_cannot_be_is_refused(size: int, peaks: list[bytes]) -> None:
    with pytest.raises(ValueError, match="peak"):
        Frontier(size, peaks)


@pytest.mark.parametrize(("index", "size"), [(5, 5), (-1, 5), (0, 0)])
def test_no_proof_is_made_of_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="does not stand in"):
        inclusion_proof(_NODES, index, size)


def test_no_proof_is_made_backwards_in_time() -> None:
    with pytest.raises(ValueError, match="cannot have begun with"):
        consistency_proof(_NODES, 6, 5)


def _flip(one: bytes, data: st.DataObject) -> bytes:
    bit = data.draw(st.integers(0, 8 * len(one) - 1))
    flipped = bytearray(one)
    flipped[bit // 8] ^= 1 << (bit % 8)
    return bytes(flipped)


def _tampered(proof: list[bytes], data: st.DataObject) -> list[list[bytes]]:
    extra = data.draw(st.binary(min_size=32, max_size=32))
    wrong = [[*proof, extra], [extra, *proof], [*proof, b""], [*proof, b"\0" * 31]]
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        wrong += [
            [*proof[:at], *proof[at + 1 :]],
            [*proof[:at], _flip(proof[at], data), *proof[at + 1 :]],
            [*proof[:at], b"", *proof[at + 1 :]],
        ]
    if len(set(proof)) > 1:
        wrong.append([*proof[1:], proof[0]])
    return wrong


def _hashes(proof: object) -> list[bytes]:
    return [bytes.fromhex(one) if isinstance(one, str) else one for one in proof.path]  # type: ignore[attr-defined]
