"""Signed notes, checkpoints, tiles and proofs: read in one spelling only, and believed of nobody unknown."""

import base64
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import Altered
from storage.integrity import merkle, tiles
from storage.integrity.checkpoint import Checkpoint, LogKey, cosigned_times, open_checkpoint
from storage.integrity.note import Kind, Note, NoteKey, Signer, joined
from storage.integrity.proof import LogProof, verify_proof
from storage.integrity.tiles import Tile
from tests.storage.integrity.grove import Grove

ORIGIN = "archive.example/custody"


def _signer(name: str = ORIGIN, kind: Kind = Kind.ED25519, seed: int = 1) -> Signer:
    return Signer(name, kind, Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


LOG = _signer()
WITNESS = _signer("witness.example/a", Kind.COSIGNATURE, 2)
KEYS = [LogKey(LOG.public)]
GROVE = Grove(tuple(f"sha256:{n:064x}".encode() for n in range(37)))
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


def _checkpoint(size: int = 37, *signers: Signer) -> bytes:
    text = Checkpoint(ORIGIN, size, GROVE.root(size)).text()
    return joined(text, [one.sign(text, at=AT) for one in (signers or (LOG, WITNESS))])


def _proof(index: int = 5) -> bytes:
    hashes = tuple(merkle.inclusion_proof(GROVE.node, index, 37))
    return LogProof(index, hashes, _checkpoint()).written()


def test_the_known_note_of_another_implementation_is_read_and_its_signature_is_good() -> None:
    # The example of Go's golang.org/x/mod/sumdb/note.
    key = NoteKey.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    note = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n\n"
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )
    assert Note.parse(note.encode()).signed_by(key)
    assert str(key) == "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    with pytest.raises(Altered, match="not that key's"):
        Note.parse(note.replace("answer", "Answer").encode()).signed_by(key)


def test_a_checkpoint_is_opened_with_the_witnesses_who_saw_it() -> None:
    opened = open_checkpoint(_checkpoint(), KEYS, [WITNESS.public])
    assert (opened.checkpoint.size, opened.checkpoint.root) == (37, GROVE.root(37))
    assert opened.witnesses == ("witness.example/a",)
    assert cosigned_times(_checkpoint(), [WITNESS.public]) == {"witness.example/a": AT.isoformat()}
    assert open_checkpoint(_checkpoint(37, LOG), KEYS, [WITNESS.public]).witnesses == ()


def test_a_checkpoint_of_nobody_trusted_is_not_opened() -> None:
    stranger = _signer(seed=9)
    for keys in ([], [LogKey(stranger.public)], [LogKey(WITNESS.public)]):
        with pytest.raises(Altered, match="no trusted key"):
            open_checkpoint(_checkpoint(), keys)
    with pytest.raises(Altered, match="no trusted key"):
        open_checkpoint(_checkpoint(37, _signer("elsewhere.example")), [LogKey(_signer("elsewhere.example").public)])


def test_fault_D13_after_a_rotation_each_key_opens_the_checkpoints_of_its_own_sizes() -> None:
    newer = _signer(seed=3)
    keys = [LogKey(LOG.public, 0, 20), LogKey(newer.public, 20)]
    assert open_checkpoint(_checkpoint(12, LOG), keys).key == LOG.public
    assert open_checkpoint(_checkpoint(37, newer), keys).key == newer.public
    assert open_checkpoint(_checkpoint(20, LOG, newer), keys).checkpoint.size == 20
    for size, signer in ((37, LOG), (12, newer)):
        with pytest.raises(Altered, match="not one for that size"):
            open_checkpoint(_checkpoint(size, signer), keys)


def _mangled() -> dict[str, bytes]:
    whole = _checkpoint()
    text, _, signatures = whole.decode().rpartition("\n\n")
    lines = signatures.splitlines(keepends=True)
    size, root = "\n37\n", base64.b64encode(GROVE.root(37)).decode()
    # Another last letter with the same bits: base64 that decodes to the same bytes.
    loose = root[:-2] + chr(ord(root[-2]) + 1) + "="
    return {
        "line ends of another system": whole.replace(b"\n", b"\r\n"),
        "no line break at the end": whole[:-1],
        "one more line break": whole + b"\n",
        "a size with a zero before it": whole.replace(size.encode(), b"\n037\n"),
        "a size with a sign": whole.replace(size.encode(), b"\n+37\n"),
        "a root in loose base64": whole.replace(root.encode(), loose.encode()),
        "a fourth line": f"{text}\nmore\n\n{signatures}".encode(),
        "a look-alike name": whole.replace(b"archive", "аrchive".encode()),
        "a name in wide letters": whole.replace(b"archive", "ａrchive".encode()),
        "a signature twice": joined(text + "\n", [lines[0], *lines]),
        "ten thousand signatures": joined(text + "\n", lines * 5_000),
        "a signature with another mark": whole.replace("— ".encode(), "– ".encode()),
        "a signature in loose base64": whole.replace(b"==\n", b"=\n"),
        "a control letter": whole.replace(b"\n37", b"\x00\n37"),
        "no text at all": b"",
        "bytes that are no text": b"\xff" + whole,
        "more than is ever read": whole + b"x" * (1 << 20),
        "no signature": f"{text}\n\n".encode(),
    }


@pytest.mark.parametrize("what", list(_mangled()))
def test_fault_D12_what_is_spelled_another_way_is_refused(what: str) -> None:
    assert _mangled()[what] != _checkpoint()
    with pytest.raises(Altered):
        open_checkpoint(_mangled()[what], KEYS, [WITNESS.public])


def test_every_flipped_bit_of_a_checkpoint_and_of_a_proof_is_found() -> None:
    entry, missed, flips = GROVE.entries[5], [], 0
    for whole in (_proof(), _checkpoint()):
        for at in range(len(whole) * 8):
            flipped = bytearray(whole)
            flipped[at // 8] ^= 1 << at % 8
            flips += 1
            try:
                if whole.startswith(b"c2sp"):
                    opened = verify_proof(bytes(flipped), entry, KEYS, [WITNESS.public])
                else:
                    opened = open_checkpoint(bytes(flipped), KEYS, [WITNESS.public])
            except Altered:
                continue
            # A cosignature whose name or number is another's is no cosignature of ours: it must not count.
            if opened.witnesses:
                missed.append((at, whole[:4]))
    assert flips > 5_000
    assert missed == []


def test_a_proof_holds_for_its_entry_and_for_no_other() -> None:
    assert verify_proof(_proof(), GROVE.entries[5], KEYS, [WITNESS.public]).witnesses
    for entry in (GROVE.entries[6], GROVE.entries[5] + b"\n", b""):
        with pytest.raises(Altered, match="not leaf 5"):
            verify_proof(_proof(), entry, KEYS)


@given(st.integers(0, 10**12), st.integers(1, 256), st.sampled_from([None, 0, 1, 8, 63]))
def test_a_path_of_a_tile_reads_as_that_tile(index: int, width: int, level: int | None) -> None:
    tile = Tile(level, index, width)
    assert Tile.parse(tile.path) == tile


def test_paths_of_tiles_are_spelled_as_the_specification_does() -> None:
    assert Tile(0, 0, 1).path == "tile/0/000.p/1"
    assert Tile(None, 1_234_067).path == "tile/entries/x001/x234/067"
    assert Tile(3, 999).path == "tile/3/999"
    wrong = (
        "tile/0/0 tile/00/000 tile/64/000 tile/0/x000/067 tile/0/067.p/0 tile/0/067.p/256 tile/0/067.p/07 tile/0/../067"
    )
    for path in (*wrong.split(), "tile/0/067\n", "/tile/0/067", "tile/0/٠٦٧", "tile/-1/067"):
        with pytest.raises(ValueError, match="path of a tile"):
            Tile.parse(path)


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=256))
def test_a_bundle_reads_as_the_entries_it_was_written_of(entries: list[bytes]) -> None:
    bundled = tiles.bundle(entries)
    assert tiles.entries_in(bundled) == entries
    if len(entries[-1]) > 0:
        with pytest.raises(Altered):
            tiles.entries_in(bundled[:-1])
    with pytest.raises(Altered):
        tiles.entries_in(bundled + b"\0")


def test_the_tiles_of_a_tree_hold_every_hash_that_a_proof_asks_for() -> None:
    found = tiles.tiles_of(70_000)
    assert {tile.level for tile in found} == {None, 0, 1, 2}
    assert sum(tile.width for tile in found if tile.level == 0) == 70_000
    assert sum(tile.width for tile in found if tile.level is None) == 70_000
    assert [tile.path for tile in found if tile.level == 2] == ["tile/2/000.p/1"]
    with pytest.raises(Altered):
        tiles.hashes_in(b"x" * 33)
    assert tiles.hashes_in(b"x" * 64) == [b"x" * 32] * 2
