"""A witness cosigns what goes on from what it saw, and nothing else, whoever asks and however."""

import hashlib
import socket
import threading
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage.errors import Conflict, InvalidValue
from storage.integrity.checkpoint import Checkpoint, cosigned_times
from storage.integrity.merkle import consistency_proof
from storage.integrity.note import Kind, Signer, joined
from tests.api.house import served
from tests.storage.integrity.grove import Grove
from workers.commands import witnessing
from workers.ledger.witness import LARGEST_REQUEST_BYTES, Request, Witness

_ORIGIN = "archive.example/custody"


def _signer(seed: str, name: str = _ORIGIN, kind: Kind = Kind.ED25519) -> Signer:
    secret = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(seed.encode()).digest())
    return Signer(name, kind, secret)


_LOG, _THIEF = _signer("log"), _signer("thief")
_OWN = _signer("witness", "witness.example/w1", Kind.COSIGNATURE)
_HONEST = Grove([str(number).encode() for number in range(40)])
# The same beginning, another tenth leaf.
_OTHER = Grove([*_HONEST.entries[:9], b"another", *_HONEST.entries[10:]])


def _note(grove: Grove, size: int, signer: Signer = _LOG, origin: str = _ORIGIN) -> str:
    text = Checkpoint(origin, size, grove.root(size)).text()
    return joined(text, [signer.sign(text)]).decode()


def _request(grove: Grove, old: int, size: int, signer: Signer = _LOG) -> bytes:
    proof = consistency_proof(grove.node, old, size) if 0 < old <= size else []
    return Request(old, proof, _note(grove, size, signer)).text().encode()


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return Witness(tmp_path / "witness", _OWN, [_LOG.public])


def test_whoever_lets_a_request_drip_is_not_waited_for(witness: Witness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witnessing, "_PATIENCE_S", 0.2)
    with served(witnessing.application(witness, _OWN.public)) as address:
        place = urlsplit(address)
        with socket.create_connection((place.hostname or "", place.port or 80), timeout=10) as line:
            line.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 100\r\n\r\nold")
            assert line.recv(100).startswith(b"HTTP/1.1 408 ")


def test_a_tree_that_grows_is_cosigned_each_time(witness: Witness) -> None:
    for old, size in ((0, 5), (5, 5), (5, 8), (8, 33)):
        at = datetime(2026, 9, 21, 14, 13, size, tzinfo=UTC)
        reply = witness.add_checkpoint(_request(_HONEST, old, size), at=at)
        assert reply.status == 200, reply.body
        whole = (_note(_HONEST, size) + reply.body).encode()
        assert cosigned_times(whole, [_OWN.public]) == {"witness.example/w1": at.isoformat()}
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
    proof = consistency_proof(_HONEST.node, 20, 40)
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
    again = Witness(tmp_path / "witness", _OWN, [_LOG.public])
    assert again.add_checkpoint(_request(_OTHER, 0, 10)).body == "10\n"


def test_it_is_asked_over_http_and_tells_its_key(tmp_path: Path) -> None:
    signer = witnessing.own_key(tmp_path / "w", "witness.example/w1", "a long sentence")
    assert witnessing.own_key(tmp_path / "w", "witness.example/w1", "a long sentence").public == signer.public
    key = signer.public
    logs = witnessing.keys_of_logs([str(_LOG.public)])
    app = witnessing.application(Witness(tmp_path / "w", signer, logs), key)
    with served(app) as address, httpx.Client(base_url=address, trust_env=False) as client:
        assert client.get("/").text == f"{key}\n"
        reply = client.post("/add-checkpoint", content=_request(_HONEST, 0, 10))
        assert (reply.status_code, reply.text.startswith("\u2014 witness.example/w1 ")) == (200, True)
        told = client.post("/add-checkpoint", content=_request(_HONEST, 0, 12))
        assert (told.status_code, told.headers["content-type"]) == (409, "text/x.tlog.size")
        assert client.post("/add-checkpoint", content=b"x" * (LARGEST_REQUEST_BYTES + 1)).status_code == 413
        assert client.get("/add-checkpoint").status_code == 405


def test_a_key_under_another_passphrase_or_a_bad_name_is_refused(tmp_path: Path) -> None:
    witnessing.own_key(tmp_path / "w", "witness.example/w1", "a long sentence")
    with pytest.raises(Conflict):
        witnessing.own_key(tmp_path / "w", "witness.example/w1", "wrong")
    with pytest.raises(InvalidValue, match="has a name"):
        witnessing.own_key(tmp_path / "w", "two words", "a long sentence")
    with pytest.raises(InvalidValue, match="not the key of a log"):
        witnessing.keys_of_logs(["nonsense"])
    with pytest.raises(InvalidValue, match="another witness"):
        witnessing.keys_of_logs([str(_OWN.public)])
