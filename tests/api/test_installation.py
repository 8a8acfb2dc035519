"""What the keeper found out about the installation, as an admin reads it."""

import pytest
from sqlalchemy import text

from storage.db.session import transaction
from storage.settings import Settings
from tests.api.house import API, House
from workers import lookout


@pytest.fixture(autouse=True)
def _unexamined(house: House) -> None:
    with transaction(house.engine) as session:
        session.execute(text("DELETE FROM examination"))


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
