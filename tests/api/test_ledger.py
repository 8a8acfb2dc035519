"""The ledger from outside: everybody can follow and check it; what it says of closed material stays closed."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select, text

from storage.archive import Archive
from storage.db import checkpoints
from storage.db.session import transaction
from storage.db.tables import Event
from storage.domain.permissions import SYSTEM
from storage.domain.vocab import StampKind
from storage.integrity.checkpoint import Trust, open_checkpoint
from storage.integrity.merkle import leaf_hash, root_of
from storage.integrity.note import Algorithm, Signer, VerifierKey
from storage.integrity.proof import parse_proof, verify_proof
from storage.integrity.statement import digest_of_text
from storage.integrity.succession import trust_of
from storage.integrity.tiles import Tile, entries_of, tiled_nodes
from tests.api.house import API, House

Visitor = Callable[[str], httpx.Client]


@pytest.fixture
def signed(house: House) -> House:
    """The house with an item whose events have their places."""
    house.captured()
    house.sequence()
    return house


def _trust(nobody: httpx.Client) -> Trust:
    told = nobody.get(f"{API}/ledger/keys").json()
    successions = [key["succession"].encode() for key in told["keys"] if key["succession"]]
    return trust_of(VerifierKey.parse(told["keys"][0]["vkey"]), successions=successions)


def test_anybody_can_rebuild_the_signed_root_from_the_tiles(signed: House, visitor: Visitor) -> None:
    nobody = visitor("nobody")
    answer = nobody.get(f"{API}/ledger/checkpoint")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    checkpoint = open_checkpoint(answer.content, _trust(nobody)).checkpoint
    assert checkpoint.origin == "archive.example/custody"

    def read(tile: Tile) -> bytes:
        found = nobody.get(f"{API}/ledger/{tile.path()}")
        assert found.status_code == 200, tile
        assert "immutable" in found.headers["cache-control"]
        return found.content

    assert root_of(tiled_nodes(checkpoint.size, read), checkpoint.size) == checkpoint.root


def test_a_steward_reads_the_entries_that_the_tiles_are_made_of(signed: House, visitor: Visitor) -> None:
    steward = visitor("steward")
    size = visitor("nobody").get(f"{API}/ledger").json()["size"]
    width = min(size, 256)
    tile = Tile(None, 0, width)
    answer = steward.get(f"{API}/ledger/{tile.path()}")
    assert answer.headers["cache-control"] == "no-store"
    entries = entries_of(tile, answer.content)
    hashes = steward.get(f"{API}/ledger/{Tile(0, 0, width).path()}").content
    assert b"".join(leaf_hash(entry) for entry in entries) == hashes


@pytest.mark.parametrize(
    "path", ["0/999", "0/x001/000", "0/000.p/0", "0/0000", "7/000", "0/..%2f..%2fcheckpoint", "entries/999"]
)
def test_a_tile_that_is_not_there_is_not_found(signed: House, visitor: Visitor, path: str) -> None:
    assert visitor("steward").get(f"{API}/ledger/tile/{path}").status_code == 404


@pytest.mark.parametrize("by", ["id", "seq"])
def test_a_reviewer_takes_a_proof_home_and_checks_it_there(signed: House, visitor: Visitor, by: str) -> None:
    reviewer = visitor("reviewer")
    held = signed.captured()
    signed.sequence()
    trust = _trust(visitor("nobody"))
    for line in reviewer.get(f"{API}/items/{held.item}/events").json()["data"]:
        name = line["event"]["id"] if by == "id" else line["seq"]
        answer = reviewer.get(f"{API}/items/{held.item}/events/{name}/proof")
        assert answer.headers["content-disposition"] == f'attachment; filename="{line["event"]["id"]}.tlog-proof"'
        with transaction(signed.engine) as session:
            body = session.scalars(select(Event.body).where(Event.id == line["event"]["id"])).one()
        assert digest_of_text(body) == line["sha256"]
        verify_proof(parse_proof(answer.content), body.encode(), trust)


def test_an_event_that_is_too_new_is_told_to_come_back(signed: House, visitor: Visitor) -> None:
    item, _, _ = signed.submitted()
    reviewer = visitor("reviewer")
    [line] = reviewer.get(f"{API}/items/{item}/events").json()["data"]
    answer = reviewer.get(f"{API}/items/{item}/events/{line['seq']}/proof")
    assert (answer.status_code, answer.json()["code"]) == (503, "not_yet_signed")


def test_a_proof_of_another_items_event_is_not_given(signed: House, visitor: Visitor) -> None:
    one, other = signed.captured(), signed.captured("sealed")
    signed.sequence()
    with transaction(signed.engine) as session:
        seq = session.scalars(select(Event.seq).where(Event.item_id == other.item)).first()
    reviewer = visitor("reviewer")
    assert reviewer.get(f"{API}/items/{one.item}/events/{seq}/proof").status_code == 404
    assert reviewer.get(f"{API}/items/{other.item}/events/{seq}/proof").status_code == 404


def test_what_is_missing_is_said_plainly_and_no_more_once_it_is_there(signed: House, visitor: Visitor) -> None:
    nobody = visitor("nobody")
    assert [told.split(":")[0] for told in nobody.get(f"{API}/ledger").json()["sentences"]] == [
        "Unwitnessed",
        "Unstamped",
    ]
    witness = Signer("witness.example/w1", Ed25519PrivateKey.generate())
    with transaction(signed.engine) as session:
        newest = checkpoints.newest(session)
        assert newest is not None
        content = newest.note.partition("\n\n")[0] + "\n"
        line = witness.cosign(content, 1_790_000_000).line()
        machine = Archive(session, SYSTEM)
        machine.keep_cosignature(newest.size, line, witness.key(Algorithm.COSIGNATURE))
        machine.keep_stamp(newest.size, StampKind.RFC3161, "https://tsa.example", b"x", stamped_at=datetime.now(UTC))
    told = nobody.get(f"{API}/ledger").json()
    assert told["sentences"] == []
    assert told["witnessed"] == [{"witness": "witness.example/w1", "at": "2026-09-21T14:13:20Z"}]
    assert told["stamped"][0]["authority"] == "https://tsa.example"
    assert told["waiting"] == 1  # the stamp itself
    trust = Trust(_trust(nobody).origin, _trust(nobody).periods, (witness.key(Algorithm.COSIGNATURE),))
    assert len(open_checkpoint(nobody.get(f"{API}/ledger/checkpoint").content, trust).cosigned) == 1


def test_a_halt_is_said_to_everybody_and_its_reason_to_none_but_admins(house: House, visitor: Visitor) -> None:
    """The reason may name places on the server."""
    with transaction(house.engine) as session:
        Archive(session, SYSTEM).keep_examination("ledger", {"halted": "the key is not in /srv/vault/keys/ledger"})
    answer = visitor("nobody").get(f"{API}/ledger")
    assert answer.json()["is_halted"] is True
    assert answer.json()["sentences"][0].startswith("Halted: ")
    assert "/srv" not in answer.text
    with transaction(house.engine) as session:
        Archive(session, SYSTEM).keep_examination("ledger", {"halted": None})
    assert visitor("nobody").get(f"{API}/ledger").json()["is_halted"] is False


def test_how_far_the_ledger_is_behind_is_a_figure(signed: House, visitor: Visitor) -> None:
    signed.submitted()
    figures = dict(
        line.rsplit(" ", 1)
        for line in visitor("nobody").get("/metrics").text.splitlines()
        if line.startswith("svidok_l")
    )
    assert float(figures["svidok_ledger_waiting_events"]) >= 1
    assert 0 <= float(figures["svidok_ledger_lag_seconds"]) < 600
    assert float(figures["svidok_ledger_leaves"]) >= 4
    signed.sequence()
    after = visitor("nobody").get("/metrics").text
    assert "svidok_ledger_lag_seconds 0.0" in after


# Reads and failed log-ins.


def _events(house: House, kind: str) -> list[dict[str, object]]:
    with transaction(house.engine) as session:
        bodies = session.scalars(select(Event.body).where(Event.type == kind).order_by(Event.seq)).all()
    return [json.loads(body) for body in bodies]


def test_who_reads_restricted_material_is_written_down_once_an_hour(house: House, visitor: Visitor) -> None:
    held = house.captured("restricted")
    before = len(_events(house, "local:read"))
    path = f"{API}/items/{held.item}/files/{held.original}/content"
    etag = visitor("reviewer").get(f"{API}/items/{held.item}").headers["etag"]
    for part in ("bytes=0-9", "bytes=10-19", "bytes=20-"):
        assert visitor("reviewer").get(path, headers={"Range": part}).status_code == 206
    visitor("reviewer").head(path)
    visitor("lead").get(path)
    found = _events(house, "local:read")[before:]
    assert [event["objects"] for event in found] == [[f"sha256:{held.original}"]] * 2
    assert {event["detail"]["item"] for event in found} == {held.item}  # type: ignore[index]
    assert len({event["agent"]["id"] for event in found}) == 2  # type: ignore[index]
    # A reader makes nothing stale: the item's own line does not move.
    assert visitor("reviewer").get(f"{API}/items/{held.item}").headers["etag"] == etag


@pytest.mark.parametrize(("sensitivity", "file", "times"), [("public", "original", 0), ("sealed", "original", 1)])
def test_what_counts_as_restricted_is_the_item_or_the_file(
    house: House, visitor: Visitor, sensitivity: str, file: str, times: int
) -> None:
    held = house.captured(sensitivity)
    before = len(_events(house, "local:read"))
    assert visitor("steward").get(f"{API}/items/{held.item}/files/{getattr(held, file)}/content").status_code == 200
    assert visitor("steward").get(f"{API}/items/{held.item}/files/{held.keyframe}/content").status_code == 200
    assert len(_events(house, "local:read")) - before == times
    assert visitor("steward").get(f"{API}/items/{held.item}/files/{held.sealed}/content").status_code == 200
    assert len(_events(house, "local:read")) - before == times + 1


def test_who_may_not_read_is_not_written_down_as_a_reader(house: House, visitor: Visitor) -> None:
    held = house.captured("sealed")
    before = len(_events(house, "local:read"))
    assert visitor("reviewer").get(f"{API}/items/{held.item}/files/{held.original}/content").status_code == 404
    assert len(_events(house, "local:read")) == before


def test_a_guesser_fills_no_ledger(house: House, visitor: Visitor) -> None:
    """Three tries for one account within a minute are one line; the address they were made for stands nowhere."""
    with transaction(house.engine) as session:
        session.execute(text("DELETE FROM login_failure"))
        session.execute(text("DELETE FROM telling"))
    before = len(_events(house, "local:log-in failure"))
    body = {"email": "somebody.real@example.org", "password": "not the right one"}
    for _ in range(3):
        origin = {"Origin": house.address.replace("127.0.0.1", "localhost")}
        answer = httpx.post(
            f"{house.address.replace('127.0.0.1', 'localhost')}{API}/sessions",
            json=body,
            headers=origin,
            trust_env=False,
        )
        assert answer.status_code == 401, answer.text
    found = _events(house, "local:log-in failure")[before:]
    assert [(event["outcome"], event["detail"]) for event in found] == [
        ("failure", {"user": None, "email_commitment": None, "count": 1})
    ]
    with transaction(house.engine) as session:
        everything = " ".join(session.scalars(select(Event.body)))
    assert "somebody.real" not in everything
    assert base64.b64encode(b"somebody.real@example.org").decode() not in everything
