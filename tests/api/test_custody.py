"""Outsiders can check the log with what the doors give everybody."""

import httpx
import pytest

from storage.integrity import merkle, tiles
from storage.integrity.checkpoint import LogKey, open_checkpoint
from storage.integrity.note import NoteKey
from storage.integrity.proof import verify_proof
from storage.integrity.tiles import Tile
from storage.settings import Settings
from tests.api.house import API, House, content


@pytest.fixture(scope="module")
def item(house: House, api_settings: Settings) -> str:
    held = house.captured("restricted")
    for number in range(20):
        house.visitor("lead").post(f"{API}/items/{held.item}/assertions", json=content(f"Words {number}."))
    house.sequence(api_settings)
    return held.item


def _keys(house: House) -> list[LogKey]:
    told = house.visitor("nobody").get(f"{API}/ledger/keys").json()
    return [LogKey(NoteKey.parse(one["key"]), one["first_size"], one["last_size"]) for one in told["keys"]]


def test_the_checkpoint_is_the_root_of_the_tiles_that_everybody_may_read(house: House, item: str) -> None:
    nobody = house.visitor("nobody")
    answer = nobody.get(f"{API}/ledger/checkpoint")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    opened = open_checkpoint(answer.content, _keys(house)).checkpoint
    frontier = merkle.Frontier()
    for tile in (one for one in tiles.tiles_of(opened.size) if one.level == 0):
        told = nobody.get(f"{API}/ledger/{tile.path}")
        entries = tiles.entries_in(nobody.get(f"{API}/ledger/{Tile(None, tile.index, tile.width).path}").content)
        assert [merkle.leaf_hash(entry) for entry in entries] == tiles.hashes_in(told.content)
        for leaf in tiles.hashes_in(told.content):
            list(frontier.add(leaf))
    assert frontier.root() == opened.root
    assert nobody.get(f"{API}/ledger/keys").json()["origin"] == opened.origin


def test_nothing_that_everybody_may_read_says_what_happened(house: House, item: str) -> None:
    bundle = house.visitor("nobody").get(f"{API}/ledger/tile/entries/000.p/5").content
    assert all(entry.startswith(b"sha256:") and len(entry) == 71 for entry in tiles.entries_in(bundle))
    assert item.encode() not in bundle


def test_every_event_of_an_item_is_proved_to_be_in_the_log(house: House, item: str) -> None:
    reviewer, keys = house.visitor("reviewer"), _keys(house)
    events = reviewer.get(f"{API}/items/{item}/events").json()["data"]
    assert len(events) > 20
    for event in events:
        proof = reviewer.get(f"{API}/items/{item}/events/{event['event']['id']}/proof")
        assert proof.headers["content-disposition"].endswith('.tlog-proof"')
        verify_proof(proof.content, event["sha256"].encode(), keys)


@pytest.mark.parametrize(
    "path", ["0/999", "0/000.p/0", "0/..%2F..%2Fkeys%2Fledger.pem", "entries/x", "64/000", "0/000.p/256", "7/000"]
)
def test_there_is_no_other_tile(house: House, item: str, path: str) -> None:
    assert house.visitor("nobody").get(f"{API}/ledger/tile/{path}").status_code == 404


def test_a_proof_is_given_for_the_items_own_events_and_once_they_have_their_place(
    house: House, item: str, api_settings: Settings
) -> None:
    other = house.captured("restricted")
    operator = house.visitor("operator")
    newest = operator.get(f"{API}/items/{other.item}/events").json()["data"][-1]["event"]["id"]
    assert operator.get(f"{API}/items/{item}/events/{newest}/proof").status_code == 404
    assert operator.get(f"{API}/items/{other.item}/events/{newest}/proof").json()["code"] == "not_found"
    house.sequence(api_settings)
    assert operator.get(f"{API}/items/{other.item}/events/{newest}/proof").status_code == 200


def test_the_numbers_tell_how_far_the_log_is_behind(house: House, item: str, api_settings: Settings) -> None:
    # First the key, whose grant is an event, and only then the place of everything that happened.
    admin = house.visitor("admin")
    house.sequence(api_settings)
    assert _lag_s(admin) == 0.0
    house.captured("restricted")
    assert _lag_s(admin) > 0.0
    house.sequence(api_settings)
    assert _lag_s(admin) == 0.0


def _lag_s(admin: httpx.Client) -> float:
    lines = [one for one in admin.get("/metrics").text.splitlines() if one.startswith("svidok_ledger_lag_seconds ")]
    return float(lines[0].split()[1])
