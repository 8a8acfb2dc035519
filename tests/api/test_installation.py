"""What the keeper found out about the installation, as an admin reads it."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from storage.archive import Archive
from storage.blobs.base import Enforcement, Immutability, TendedStore
from storage.blobs.fixity import Pace
from storage.blobs.local import LocalBlobs
from storage.blobs.places import FolderPlace, Places
from storage.db import erasures
from storage.db.session import transaction
from storage.db.tables import Item
from storage.domain.copies import CopyState
from storage.domain.permissions import SYSTEM
from storage.errors import Unavailable
from storage.integrity.digest import Digest
from storage.item_keys import ItemKeys
from storage.log.shelf import LogShelf
from storage.settings import Settings
from tests.api.house import API, House
from tests.storage.rebuild.life import Life
from workers import lookout
from workers.enciphering import Encipherer
from workers.erasing import LEDGER, Eraser
from workers.indexing import Indexer
from workers.rounds import Rounds
from workers.tending import Tender


@pytest.fixture(autouse=True)
def _unexamined(house: House) -> None:
    with transaction(house.engine) as session:
        session.execute(text("DELETE FROM examination"))
        session.execute(text("DELETE FROM file_copy"))


def test_before_the_first_look_nothing_is_claimed(house: House) -> None:
    client = house.visitor("admin")
    assert set(client.get(f"{API}/doctor").json().values()) == {None}
    assert set(client.get(f"{API}/storage").json().values()) == {None}


def test_the_doctors_findings_are_kept_for_admins_with_what_helps(house: House, api_settings: Settings) -> None:
    lookout.keep_findings(api_settings, house.engine)
    told = house.visitor("admin").get(f"{API}/doctor").json()
    named = {one["name"]: one for one in told["findings"]}
    assert {"versions", "sandbox", "vault", "clock", "database", "append-only"} <= named.keys()
    assert named["database"]["level"] == "ok"
    assert named["database"]["next"] is None
    assert told["safe"] == all(one["level"] != "unsafe" for one in told["findings"])
    assert all(one["next"] for one in told["findings"] if one["level"] == "unsafe")


def test_figures_count_what_is_kept(house: House, api_settings: Settings) -> None:
    def counted() -> dict[str, int]:
        lookout.keep_figures(api_settings, house.engine)
        told: dict[str, int] = house.visitor("admin").get(f"{API}/storage").json()
        return told

    before = counted()
    held = house.captured()
    after = counted()
    # An original, a keyframe, and what the platform said.
    assert after["files"] - before["files"] == 3
    assert after["originals"] - before["originals"] == 1
    item = house.visitor("operator").get(f"{API}/items/{held.item}").json()
    sizes = {one["sha256"]: one["size_bytes"] for one in (*item["files"], *item["products"]) if one["sha256"]}
    assert after["bytes"] - before["bytes"] == sum(sizes.values())
    assert after["originals_bytes"] - before["originals_bytes"] == sizes[held.original]
    assert after["products_bytes"] - before["products_bytes"] == sizes[held.keyframe]
    assert after["items"] - before["items"] == 1
    assert 0 < after["free_bytes"] < after["total_bytes"]
    assert after["jobs_by_state"]["done"] >= 1  # type: ignore[index]
    assert after["captures_by_outcome"]["captured"] >= 1  # type: ignore[index]
    assert after["made_at"] > before["made_at"]


def rounds_of(house: House, folder: Path, second: TendedStore) -> Rounds:
    first = house.blobs
    assert isinstance(first, LocalBlobs)
    tender = Tender(house.engine, {"first": first, "second": second}, Pace(1 << 40), timedelta(days=30))
    keys = ItemKeys(folder / "keys")
    eraser = Eraser(house.engine, LogShelf(folder / "ledger"), keys, patience=timedelta())
    return Rounds(
        tender,
        Places(FolderPlace(folder / "first"), FolderPlace(folder / "second")),
        eraser,
        Encipherer(house.engine, keys),
        Indexer(house.engine, house.blobs, "1"),
    )


def test_admins_see_the_stores_their_copies_and_when_they_were_read(house: House, tmp_path: Path) -> None:
    assert house.visitor("admin").get(f"{API}/stores").json() == {
        "made_at": None, "fixity_days": None, "stores": [], "damaged": []
    }  # fmt: skip
    house.captured()
    rounds = rounds_of(house, tmp_path, LocalBlobs(tmp_path / "second"))
    while rounds.go():
        pass
    told = house.visitor("admin").get(f"{API}/stores").json()
    first, second = told["stores"]
    assert (first["name"], second["name"]) == ("first", "second")
    assert second["place"] == f"folder {tmp_path / 'second'}"
    assert first["copies"] == second["copies"]
    # In this house others have sealed items, too.
    assert {"whole"} <= first["copies"].keys() <= {"whole", "enciphered"}
    assert (first["unchecked"], second["owed_bytes"], second["away"]) == (0, 0, None)
    assert first["oldest_checked_at"] <= first["newest_checked_at"]
    assert second["immutability"] == "not applicable"
    assert (told["damaged"], told["fixity_days"]) == ([], 30.0)
    assert house.visitor("nobody").get(f"{API}/instance").json()["notices"] == []


def test_damaged_files_are_told_with_the_items_an_admin_may_know(house: House, tmp_path: Path) -> None:
    own, sealed = house.captured(), house.captured("sealed")
    with transaction(house.engine) as session:
        for one in (own, sealed):
            Archive(session, SYSTEM).note_checked("first", {Digest.parse(one.original): CopyState.ALTERED}, 0)
    damaged = {one["sha256"]: one for one in house.visitor("admin").get(f"{API}/stores").json()["damaged"]}
    files = house.visitor("reviewer").get(f"{API}/items/{own.item}").json()["files"]
    assert {one["sha256"] for one in files if one["is_lost"]} == {own.original}
    with transaction(house.engine) as session:
        for one in (own, sealed):
            Archive(session, SYSTEM).note_checked("first", {Digest.parse(one.original): CopyState.WHOLE}, 0)
    assert damaged[own.original]["items"] == [own.item]
    assert damaged[own.original]["states"]["first"] == "altered"
    assert (damaged[sealed.original]["items"], damaged[sealed.original]["others"]) == ([], 1)


def test_everybody_is_told_of_a_store_whose_lock_does_not_hold(house: House, tmp_path: Path) -> None:
    class Unlocked(LocalBlobs):
        def try_immutability(self) -> Immutability:
            return Immutability(Enforcement.NOT_ENFORCING, "the lock means nothing")

    rounds = rounds_of(house, tmp_path, Unlocked(tmp_path / "second"))
    rounds.go()
    told = house.visitor("nobody").get(f"{API}/instance").json()
    [notice], [warning] = told["notices"], told["warnings"]
    assert warning == {"code": "store_unlocked", "sentence": notice}
    assert "second store" in notice
    assert "the lock means nothing" in notice


def test_a_round_goes_on_without_a_store_that_is_away_and_says_so(house: House, tmp_path: Path) -> None:
    class Away(LocalBlobs):
        def mark(self) -> str | None:
            raise Unavailable("the store does not answer")

    house.captured()
    rounds = rounds_of(house, tmp_path, Away(tmp_path / "second"))
    while rounds.go():
        pass
    first, second = house.visitor("admin").get(f"{API}/stores").json()["stores"]
    assert (first["away"], second["away"]) == (None, "the store does not answer")
    assert second["copies"]["owed"] >= 3
    assert second["owed_bytes"] > 0
    assert first["unchecked"] == 0


def test_a_ledger_that_cannot_be_written_keeps_no_file_waiting(
    house: House, tmp_path: Path, api_settings: Settings
) -> None:
    """An erasure that is owed to it stays owed; meanwhile files are brought, sealed, read again and mended."""
    gone = house.captured()
    house.sequence(api_settings)
    with transaction(house.engine) as session:
        item = session.get_one(Item, gone.item)
    Life(house.engine, house.blobs).erase(item)
    held = house.captured()
    (tmp_path / "ledger").write_text("no folder")
    second = LocalBlobs(tmp_path / "second")
    rounds = rounds_of(house, tmp_path, second)
    for _ in range(4):
        rounds.go()
    assert second.size_bytes(Digest.parse(held.original)) is not None
    with transaction(house.engine) as session:
        assert erasures.owed_at(session, LEDGER, 10) != []
