"""A witness cosigns what goes on from what it saw, and nothing else, whoever asks and however."""

import hashlib
import threading
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage.errors import InvalidValue
from storage.integrity.checkpoint import Checkpoint, KeyPeriod, Trust, open_checkpoint
from storage.integrity.merkle import consistency_proof, kept_nodes, leaf_hash, root_of
from storage.integrity.note import Algorithm, Signer
from tests.api.house import served
from workers.commands import witnessing
from workers.ledger.witness import LARGEST_REQUEST_BYTES, Request, Witness

_ORIGIN = "archive.example/custody"


def _signer(seed: str, name: str = _ORIGIN) -> Signer:
    return Signer(name, Ed25519PrivateKey.from_private_bytes(hashlib.sha256(seed.encode()).digest()))


_LOG, _THIEF, _OWN = _signer("log"), _signer("thief"), _signer("witness", "witness.example/w1")
_HONEST = [leaf_hash(str(number).encode()) for number in range(40)]
# The same beginning, another tenth leaf.
_OTHER = [*_HONEST[:9], leaf_hash(b"another"), *_HONEST[10:]]


def _note(leaves: list[bytes], size: int, signer: Signer = _LOG, origin: str = _ORIGIN) -> str:
    return Checkpoint(origin, size, root_of(kept_nodes(leaves), size)).sign(signer)


def _request(leaves: list[bytes], old: int, size: int, signer: Signer = _LOG) -> bytes:
    proof = consistency_proof(kept_nodes(leaves), old, size)
    return Request(old, proof, _note(leaves, size, signer)).text().encode()


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return Witness(tmp_path / "witness", _OWN, [_LOG.key()])


def test_a_tree_that_grows_is_cosigned_each_time(witness: Witness) -> None:
    key = _OWN.key(Algorithm.COSIGNATURE)
    trust = Trust(_ORIGIN, (KeyPeriod(_LOG.key()),), (key,))
    for old, size in ((0, 5), (5, 5), (5, 8), (8, 33)):
        reply = witness.add_checkpoint(_request(_HONEST, old, size), at_s=1_790_000_000 + size)
        assert reply.status == 200, reply.body
        opened = open_checkpoint((_note(_HONEST, size) + reply.body).encode(), trust)
        assert [(one.key, one.at_s) for one in opened.cosigned] == [(key, 1_790_000_000 + size)]
    known = witness.remembered(_ORIGIN)
    assert known is not None
    assert known.size == 33


def test_a_log_that_does_not_know_is_told_the_size(witness: Witness) -> None:
    witness.add_checkpoint(_request(_HONEST, 0, 8))
    reply = witness.add_checkpoint(_request(_HONEST, 0, 12))
    assert (reply.status, reply.body, reply.media_type) == (409, "8\n", "text/x.tlog.size")


def test_fault_D9_a_second_history_is_refused_whatever_its_size(witness: Witness, tmp_path: Path) -> None:
    """The key was stolen, or its owner rewrites: both histories are signed by the same key."""
    assert witness.add_checkpoint(_request(_HONEST, 0, 20)).status == 200
    same = witness.add_checkpoint(_request(_OTHER, 20, 20))
    assert (same.status, same.body) == (409, "20\n")
    for size in (21, 32, 40):
        reply = witness.add_checkpoint(_request(_OTHER, 20, size))
        assert reply.status == 422
        assert "does not go on from" in reply.body
    # Not even with the proof of the honest history.
    proof = consistency_proof(kept_nodes(_HONEST), 20, 40)
    assert witness.add_checkpoint(Request(20, proof, _note(_OTHER, 40)).text().encode()).status == 422
    smaller = witness.add_checkpoint(_request(_OTHER, 10, 15))
    assert (smaller.status, smaller.body) == (409, "20\n")
    assert witness.add_checkpoint(_request(_HONEST, 20, 40)).status == 200
    kept = sorted((tmp_path / "witness" / "conflicts").iterdir())
    assert len(kept) == 4
    assert _note(_OTHER, 40) in [path.read_text() for path in kept]


def test_a_stranger_and_a_thief_are_refused(witness: Witness) -> None:
    assert witness.add_checkpoint(_request(_HONEST, 0, 5, _THIEF)).status == 403
    other = Request(0, (), _note(_HONEST, 5, _signer("x", "other.example"), "other.example"))
    assert witness.add_checkpoint(other.text().encode()).status == 404
    forged = Request(0, (), _note(_HONEST, 5).replace("\n5\n", "\n6\n"))
    assert witness.add_checkpoint(forged.text().encode()).status == 403
    assert witness.remembered(_ORIGIN) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 0\n",
        b"old 00\n\n" + _note(_HONEST, 5).encode(),
        b"old -1\n\n" + _note(_HONEST, 5).encode(),
        b"old 6\n\n" + _note(_HONEST, 5).encode(),
        b"new 0\n\n" + _note(_HONEST, 5).encode(),
        b"old 0\r\n\r\n" + _note(_HONEST, 5).encode(),
        b"old 0\nnot base64\n\n" + _note(_HONEST, 5).encode(),
        b"old 0\n" + b"AAAA\n" * 64 + b"\n" + _note(_HONEST, 5).encode(),
        b"old 0\n\nnot a note",
        b"\xff\xfe",
        b"x" * (LARGEST_REQUEST_BYTES + 1),
    ],
)
def test_a_request_that_is_not_written_the_one_way_is_refused(witness: Witness, body: bytes) -> None:
    assert witness.add_checkpoint(body).status == 400


def test_an_empty_start_takes_no_proof(witness: Witness) -> None:
    assert witness.add_checkpoint(Request(0, (b"\0" * 32,), _note(_HONEST, 5)).text().encode()).status == 422


def test_of_two_that_go_on_from_one_tree_the_larger_is_remembered(witness: Witness) -> None:
    """Neither can put the tree back that the other has grown."""
    witness.add_checkpoint(_request(_HONEST, 0, 10))
    statuses: list[int] = []

    def grow(size: int) -> None:
        statuses.append(witness.add_checkpoint(_request(_HONEST, 10, size)).status)

    threads = [threading.Thread(target=grow, args=(size,)) for size in range(11, 31)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, *[409] * 19]


def test_it_remembers_after_a_restart(witness: Witness, tmp_path: Path) -> None:
    witness.add_checkpoint(_request(_HONEST, 0, 10))
    again = Witness(tmp_path / "witness", _OWN, [_LOG.key()])
    assert again.add_checkpoint(_request(_OTHER, 0, 10)).body == "10\n"


def test_it_is_asked_over_http_and_tells_its_key(tmp_path: Path) -> None:
    signer = witnessing.own_key(tmp_path / "w", "witness.example/w1", "a long sentence")
    assert witnessing.own_key(tmp_path / "w", "witness.example/w1", "a long sentence").key() == signer.key()
    key = signer.key(Algorithm.COSIGNATURE)
    logs = witnessing.keys_of_logs([str(_LOG.key())])
    app = witnessing.application(Witness(tmp_path / "w", signer, logs), key)
    with served(app) as address, httpx.Client(base_url=address, trust_env=False) as client:
        assert client.get("/").text == f"{key}\n"
        reply = client.post("/add-checkpoint", content=_request(_HONEST, 0, 10))
        assert (reply.status_code, reply.text.startswith("\u2014 witness.example/w1 ")) == (200, True)
        told = client.post("/add-checkpoint", content=_request(_HONEST, 0, 12))
        assert (told.status_code, told.headers["content-type"]) == (409, "text/x.tlog.size")
        assert client.post("/add-checkpoint", content=b"x" * (LARGEST_REQUEST_BYTES + 1)).status_code == 413
        assert client.get("/add-checkpoint").status_code == 405


def test_a_key_under_another_name_or_passphrase_is_refused(tmp_path: Path) -> None:
    witnessing.own_key(tmp_path / "w", "witness.example/w1", "a long sentence")
    for name, passphrase in (("other.example", "a long sentence"), ("witness.example/w1", "wrong"), ("x", "")):
        with pytest.raises(InvalidValue):
            witnessing.own_key(tmp_path / "w", name, passphrase)
    with pytest.raises(InvalidValue, match="not the key of a log"):
        witnessing.keys_of_logs(["nonsense"])
    with pytest.raises(InvalidValue, match="another witness"):
        witnessing.keys_of_logs([str(_OWN.key(Algorithm.COSIGNATURE))])
