"""What became of a source is told to those who may know of the item, and how much disappears to reviewers."""

from datetime import timedelta

from storage import queue
from storage.archive import Archive
from storage.db import liveness
from storage.db.session import transaction
from storage.domain import clock
from storage.domain.permissions import SYSTEM
from tests.api.house import API, House


def looked_at(house: House, item: str, *outcomes: str) -> None:
    """Looks at an item's source, one after another."""
    for outcome in outcomes:
        with transaction(house.engine) as session:
            liveness.begin(session, clock.now())
            liveness.looked_for(session, item, clock.now() - timedelta(weeks=9))
            Archive(session, SYSTEM).owe_looks()
        while True:
            with transaction(house.engine) as session:
                held = queue.claim(session, queue="fetch", worker="test", lease_s=600)
            assert held is not None
            if (held.job.item_id, held.job.step) == (item, "look"):
                break
        with transaction(house.engine) as session:
            Archive(session, SYSTEM).seal_sighting(held, outcome, f"It is {outcome}.")


def test_the_source_panel_reads_since_when_a_post_is_gone(house: House) -> None:
    one = house.captured()
    looked_at(house, one.item, "captured", "unreachable", "removed")
    told = house.visitor("reviewer").get(f"{API}/items/{one.item}/sightings").json()
    assert [look["liveness"] for look in told["sightings"]] == ["live", "unclear", "removed"]
    assert told["gone"]["liveness"] == "removed"
    assert told["gone"]["live_at"] == told["sightings"][0]["seen_at"]
    assert told["gone"]["seen_at"] == told["sightings"][2]["seen_at"]
    assert told["saved_at"] <= told["gone"]["live_at"]


def test_how_much_disappears_is_counted_by_site(house: House) -> None:
    before = figures(house)
    looked_at(house, house.captured().item, "captured", "removed")
    looked_at(house, house.captured().item, "captured")
    after = figures(house)
    assert after.get("removed", 0) == before.get("removed", 0) + 1
    assert after.get("live", 0) == before.get("live", 0) + 1


def test_a_sealed_item_is_not_watched(house: House) -> None:
    one = house.captured("sealed")
    with transaction(house.engine) as session:
        liveness.begin(session, clock.now())
        assert liveness.watch(session, one.item) is None
    told = house.visitor("steward").get(f"{API}/items/{one.item}/sightings").json()
    assert (told["next_at"], told["gone"], told["sightings"]) == (None, None, [])


def figures(house: House) -> dict[str, int]:
    told = house.visitor("reviewer").get(f"{API}/liveness").json()["sites"]
    return next((dict(site["by_liveness"]) for site in told if site["site"] == "example.org"), {})
