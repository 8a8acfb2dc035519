"""Checkpoints, keys that follow one another, tiles and one-file proofs, from the honest to the forged."""

import hashlib
import json
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.integrity.checkpoint import Checkpoint, KeyPeriod, Trust, Untrusted, open_checkpoint, parse_checkpoint
from storage.integrity.merkle import consistency_proof, inclusion_proof, kept_nodes, leaf_hash, root_of
from storage.integrity.note import Algorithm, BadSignature, Malformed, Note, Signer, parse_note
from storage.integrity.proof import Proof, parse_proof, verify_proof
from storage.integrity.succession import Succession, key_periods, open_succession, trust_of
from storage.integrity.tiles import (
    Tile,
    bundle,
    entries_of,
    entry_of,
    is_by_digest,
    newest_tile,
    parse_path,
    tile_bytes,
    tiled_nodes,
    tiles_of,
)

_ORIGIN = "archive.example/custody"


def _signer(seed: str, name: str = _ORIGIN) -> Signer:
    return Signer(name, Ed25519PrivateKey.from_private_bytes(hashlib.sha256(seed.encode()).digest()))


_FIRST, _SECOND, _THIRD = _signer("first"), _signer("second"), _signer("third")
_WITNESS = _signer("witness", "witness.example/w1")
_ENTRIES = [f'{{"agent":{number}}}'.encode() for number in range(70)]
_NODES = kept_nodes([leaf_hash(entry) for entry in _ENTRIES])


def _checkpoint(size: int, origin: str = _ORIGIN) -> Checkpoint:
    return Checkpoint(origin, size, root_of(_NODES, size))


_TRUST = Trust(_ORIGIN, (KeyPeriod(_FIRST.key()),), (_WITNESS.key(Algorithm.COSIGNATURE),))


def test_a_checkpoint_is_read_back_with_who_signed_and_who_watched() -> None:
    text = _checkpoint(70).text()
    note = Note(text, (_FIRST.sign(text), _WITNESS.cosign(text, 1_790_000_000)))
    opened = open_checkpoint(str(note).encode(), _TRUST)
    assert opened.checkpoint == _checkpoint(70)
    assert [one.key for one in opened.signed] == [_FIRST.key()]
    assert [(one.key.name, one.at_s) for one in opened.cosigned] == [("witness.example/w1", 1_790_000_000)]


def test_a_checkpoint_that_only_a_witness_signed_is_not_the_logs() -> None:
    text = _checkpoint(70).text()
    with pytest.raises(Untrusted, match="no key that is trusted"):
        open_checkpoint(str(Note(text, (_WITNESS.cosign(text, 5),))).encode(), _TRUST)


def test_a_stranger_beside_the_log_is_passed_over() -> None:
    assert open_checkpoint(_checkpoint(5).sign(_signer("stranger"), _FIRST).encode(), _TRUST).checkpoint.size == 5


def test_the_checkpoint_of_another_log_is_refused_though_the_key_is_right() -> None:
    other = _checkpoint(5, "archive.example/other").sign(_FIRST)
    with pytest.raises(Untrusted, match=r"expected archive\.example/custody"):
        open_checkpoint(other.encode(), _TRUST)


def test_fault_D12_a_look_alike_origin_is_refused() -> None:
    with pytest.raises(Malformed, match="printable ASCII"):
        open_checkpoint(_checkpoint(5, "\u0430rchive.example/custody").sign(_FIRST).encode(), _TRUST)


_ROOT = "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"


@pytest.mark.parametrize(
    "text",
    [
        "a.example\n5\n",
        "a.example\n5\nAAAA\n",
        "a.example\n05\n+sVCA+fMaWzw38tCySodnbr3CtnmIfS9jZhmLwDjwSU=\n",
        "a.example\n-5\n+sVCA+fMaWzw38tCySodnbr3CtnmIfS9jZhmLwDjwSU=\n",
        "a.example\n5\n+sVCA+fMaWzw38tCySodnbr3CtnmIfS9jZhmLwDjwSV=\n",
        "a.example\n5\n-sVCA-fMaWzw38tCySodnbr3CtnmIfS9jZhmLwDjwSU=\n",
        "a.example\n0\n+sVCA+fMaWzw38tCySodnbr3CtnmIfS9jZhmLwDjwSU=\n",
        "a.example\n5\n+sVCA+fMaWzw38tCySodnbr3CtnmIfS9jZhmLwDjwSU=\n\n",
        "a.example\n5\n+sVCA+fMaWzw38tCySodnbr3CtnmIfS9jZhmLwDjwSU=",
        "\n5\n+sVCA+fMaWzw38tCySodnbr3CtnmIfS9jZhmLwDjwSU=\n",
        "a example\n5\n+sVCA+fMaWzw38tCySodnbr3CtnmIfS9jZhmLwDjwSU=\n",
    ],
)
def test_a_checkpoint_that_is_not_written_the_one_way_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse_checkpoint(text)
    assert parse_checkpoint("a.example\n5\n+sVCA+fMaWzw38tCySodnbr3CtnmIfS9jZhmLwDjwSU=\n").root.hex() == _ROOT


# Keys that follow one another.


def _succession(old: Signer, new: Signer, size: int) -> bytes:
    return Succession(old.key(), new.key(), _checkpoint(size)).sign(old, new).encode()


_CHAIN = [_succession(_FIRST, _SECOND, 20), _succession(_SECOND, _THIRD, 40)]


@pytest.mark.parametrize("trusted", [_FIRST, _SECOND, _THIRD])
def test_fault_D13_an_old_checkpoint_holds_after_the_key_changed_twice(trusted: Signer) -> None:
    """Whichever of the three keys somebody wrote down, all three hold, each at its sizes."""
    trust = trust_of(trusted.key(), successions=_CHAIN)
    for signer, size in ((_FIRST, 1), (_FIRST, 20), (_SECOND, 20), (_SECOND, 40), (_THIRD, 40), (_THIRD, 70)):
        assert open_checkpoint(_checkpoint(size).sign(signer).encode(), trust).checkpoint.size == size


@pytest.mark.parametrize(("signer", "size"), [(_FIRST, 21), (_SECOND, 19), (_SECOND, 41), (_THIRD, 39)])
def test_fault_D13_a_key_outside_its_sizes_signs_nothing(signer: Signer, size: int) -> None:
    """A key that leaked after it was succeeded cannot speak of what came later."""
    trust = trust_of(_FIRST.key(), successions=_CHAIN)
    with pytest.raises(Untrusted, match="whose time was not at size"):
        open_checkpoint(_checkpoint(size).sign(signer).encode(), trust)


def test_fault_D13_a_succession_needs_both_keys() -> None:
    text = Succession(_FIRST.key(), _SECOND.key(), _checkpoint(20)).text()
    for alone in (_FIRST, _SECOND):
        with pytest.raises(Untrusted, match="by the old key and by the new one"):
            open_succession(str(Note(text, (alone.sign(text),))).encode())


def test_fault_D13_a_forged_or_broken_chain_of_keys_is_refused() -> None:
    thief = _signer("thief")
    with pytest.raises(Untrusted, match="is in no succession"):
        key_periods(_FIRST.key(), [_succession(thief, _signer("his"), 20)])
    with pytest.raises(Untrusted, match="does not follow"):
        key_periods(_FIRST.key(), [_CHAIN[0], _succession(thief, _THIRD, 40)])
    with pytest.raises(Untrusted, match="does not follow"):
        key_periods(_FIRST.key(), [_succession(_FIRST, _SECOND, 20), _succession(_SECOND, _THIRD, 19)])
    with pytest.raises(Untrusted, match="came back"):
        key_periods(_FIRST.key(), [_CHAIN[0], _succession(_SECOND, _FIRST, 40)])
    itself = Succession(_FIRST.key(), _FIRST.key(), _checkpoint(20)).text()
    with pytest.raises(Malformed, match="two different keys"):
        open_succession(str(Note(itself, (_FIRST.sign(itself),))).encode())
    with pytest.raises(Malformed, match="belong to one log"):
        open_succession(_succession(_FIRST, _signer("x", "other.example"), 20))
    with pytest.raises(Malformed, match="begins with"):
        open_succession(_checkpoint(5).sign(_FIRST).encode())


def test_a_succession_is_never_read_as_a_checkpoint() -> None:
    with pytest.raises(Malformed):
        parse_checkpoint(parse_note(_CHAIN[0]).text)


def test_a_witness_key_is_no_key_of_the_log_and_the_reverse() -> None:
    with pytest.raises(Malformed, match="witness's key"):
        Trust(_ORIGIN, (KeyPeriod(_WITNESS.key(Algorithm.COSIGNATURE)),))
    with pytest.raises(Malformed, match="log's key"):
        Trust(_ORIGIN, (), (_FIRST.key(),))


# Tiles and bundles.


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
        (Tile(0, 999, 7), "tile/0/999.p/7"),
        (Tile(1, 1000), "tile/1/x001/000"),
        (Tile(None, 273, 112), "tile/entries/273.p/112"),
    ],
)
def test_a_tile_lies_where_the_standard_puts_it(tile: Tile, path: str) -> None:
    assert tile.path() == path
    assert parse_path(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/00",
        "tile/00/000",
        "tile/64/000",
        "tile/0/0000",
        "tile/0/x000/000",
        "tile/0/001/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/07",
        "tile/0/\u0660\u0661\u0662",
        "tile/0/../000",
        "tile/0/000\n",
        "/tile/0/000",
        "tile/0/" + "x999/" * 7 + "999",
        "",
    ],
)
def test_a_path_that_is_not_the_one_spelling_of_a_tile_is_refused(path: str) -> None:
    with pytest.raises(Malformed):
        parse_path(path)


def test_a_tree_of_seventy_thousand_has_the_tiles_the_standard_counts() -> None:
    tiles = [tile for tile in tiles_of(0, 70_000) if tile.level is not None]
    full = [tile.level for tile in tiles if tile.is_full]
    assert (full.count(0), full.count(1), len(full)) == (273, 1, 274)
    assert [(tile.level, tile.width) for tile in tiles if not tile.is_full] == [(0, 112), (1, 17), (2, 1)]
    assert [tile.path() for tile in tiles_of(0, 256)] == ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 700), min_size=1, max_size=6))
def test_every_proof_can_be_made_from_the_tiles_alone(steps: list[int]) -> None:
    """Whatever the batches were, what was written by the way is what a reader at the end asks for."""
    size = sum(steps)
    leaves = [leaf_hash(str(number).encode()) for number in range(size)]
    nodes, files, at = kept_nodes(leaves), dict[Tile, bytes](), 0
    for step in steps:
        files |= {tile: tile_bytes(tile, nodes) for tile in tiles_of(at, at + step) if tile.level is not None}
        at += step
    read = tiled_nodes(size, files.__getitem__)
    assert root_of(read, size) == root_of(nodes, size)
    for index in {0, size // 3, size - 1}:
        assert inclusion_proof(read, index, size) == inclusion_proof(nodes, index, size)
    assert consistency_proof(read, steps[0], size) == consistency_proof(nodes, steps[0], size)


def test_a_tile_cut_short_is_refused_and_a_wider_one_serves() -> None:
    nodes = kept_nodes([leaf_hash(str(number).encode()) for number in range(300)])
    wide = tiled_nodes(290, lambda tile: tile_bytes(Tile(0, 1, 44) if tile == Tile(0, 1, 34) else tile, nodes))
    assert root_of(wide, 290) == root_of(nodes, 290)
    with pytest.raises(Malformed, match="bytes, not"):
        root_of(tiled_nodes(290, lambda tile: tile_bytes(tile, nodes)[:-1]), 290)
    assert newest_tile(0, 1, 290) == Tile(0, 1, 34)
    assert newest_tile(1, 1, 290) is None


@given(st.lists(st.binary(max_size=400), min_size=1, max_size=256))
def test_a_bundle_gives_back_its_entries(entries: list[bytes]) -> None:
    tile = Tile(None, 0, len(entries))
    raw = bundle(entries)
    assert entries_of(tile, raw) == entries
    for wrong in (raw[:-1], raw + b"\0", raw + b"\0\0", b""):
        with pytest.raises(Malformed):
            entries_of(tile, wrong)
    if len(entries) > 1:
        with pytest.raises(Malformed):
            entries_of(Tile(None, 0, len(entries) - 1), raw)


def test_a_bundle_refuses_what_it_cannot_carry() -> None:
    for entries in ([], [b""] * 257, [b"x" * 65_536]):
        with pytest.raises(Malformed):
            bundle(entries)
    assert entries_of(Tile(None, 0, 1), bundle([b"x" * 65_535])) == [b"x" * 65_535]


def test_an_event_too_long_for_a_bundle_stands_in_the_log_by_its_digest() -> None:
    long = json.dumps({"agent": "x" * 70_000}).encode()
    entry = entry_of(long)
    assert is_by_digest(entry)
    assert json.loads(entry) == {
        "format": "svidok.entry-by-digest/1",
        "sha256": hashlib.sha256(long).hexdigest(),
        "size_bytes": len(long),
    }
    assert entry_of(long[:65_535]) == long[:65_535]
    assert not is_by_digest(long)


# One-file proofs.


def _proof(index: int, size: int = 70, extra: bytes | None = None) -> Proof:
    return Proof(index, tuple(inclusion_proof(_NODES, index, size)), _checkpoint(size).sign(_FIRST), extra)


@given(st.integers(0, 69), st.integers(0, 69), st.none() | st.binary(max_size=50))
def test_a_proof_is_written_read_and_believed(first: int, second: int, extra: bytes | None) -> None:
    index, size = min(first, second), max(first, second) + 1
    raw = _proof(index, size, extra).text().encode()
    read = parse_proof(raw)
    assert read == _proof(index, size, extra)
    assert read.text().encode() == raw
    assert verify_proof(read, _ENTRIES[index], _TRUST).checkpoint.size == size


def test_a_proof_of_another_entry_is_refused() -> None:
    with pytest.raises(Untrusted, match="this entry is not number 3"):
        verify_proof(_proof(3), _ENTRIES[4], _TRUST)


def test_a_proof_under_a_strangers_checkpoint_is_refused() -> None:
    stranger = Proof(3, _proof(3).hashes, _checkpoint(70).sign(_signer("stranger")))
    with pytest.raises(Untrusted, match="no key that is trusted"):
        verify_proof(stranger, _ENTRIES[3], _TRUST)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_every_flipped_bit_of_a_proof_is_found(data: st.DataObject) -> None:
    raw = bytearray(_proof(3).text().encode())
    bit = data.draw(st.integers(0, 8 * len(raw) - 1))
    raw[bit // 8] ^= 1 << (bit % 8)
    with pytest.raises((Malformed, BadSignature, Untrusted)):
        verify_proof(parse_proof(bytes(raw)), _ENTRIES[3], _TRUST)


_TAMPER: list[tuple[str, Callable[[str], str]]] = [
    ("CRLF", lambda text: text.replace("\n", "\r\n")),
    ("no empty line", lambda text: text.replace("\n\n", "\n", 1)),
    ("another version", lambda text: text.replace("@v1", "@v2")),
    ("no index", lambda text: text.replace("index 3\n", "")),
    ("a leading zero", lambda text: text.replace("index 3", "index 03")),
    ("two indexes", lambda text: text.replace("index 3", "index 3\nindex 3")),
    ("extra after the index", lambda text: text.replace("index 3", "index 3\nextra AAAA")),
    ("a hash too many", lambda text: text.replace("index 3\n", "index 3\n" + "A" * 43 + "=\n" * 64)),
    ("a short hash", lambda text: text.replace("index 3\n", "index 3\nAAAA\n")),
    ("nothing", lambda text: ""),
    ("a megabyte", lambda text: text + "x" * (1 << 20)),
]


@pytest.mark.parametrize(("what", "tamper"), _TAMPER)
def test_fault_D12_a_proof_that_is_not_written_the_one_way_is_refused(what: str, tamper: Callable[[str], str]) -> None:
    with pytest.raises(Malformed):
        parse_proof(tamper(_proof(3).text()).encode())
    assert what
