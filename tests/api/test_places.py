"""The register of places: circles with names over time, described anew and never edited."""

from typing import Any

import httpx
import pytest

from tests.api.house import API, House

TOWER = {"name": "Water tower", "lat": 48.1234, "lon": 37.7654, "radius_m": 40.0}


def _entered(client: httpx.Client, **more: Any) -> dict[str, Any]:
    answer = client.post(f"{API}/places", json=TOWER | more)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_a_place_is_described_anew_and_its_earlier_description_stays(house: House) -> None:
    client = house.visitor("reviewer")
    made = _entered(client, kind="tower", names=[{"name": "Водонапірна вежа", "language": "uk", "until": "2022-03"}])
    better = TOWER | {"radius_m": 12.5, "note": "seen from the south"}
    changed = client.put(f"{API}/places/{made['place']}", json=better, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    read = client.get(f"{API}/places/{made['place']}")
    assert read.headers["ETag"] == '"2"'
    assert [one["radius_m"] for one in read.json()["versions"]] == [12.5, 40.0]
    late = client.put(f"{API}/places/{made['place']}", json=TOWER, headers={"If-Match": '"1"'})
    assert (late.status_code, late.json()["current"]) == (412, changed.json())


def test_a_place_is_found_by_any_of_its_names(house: House) -> None:
    client = house.visitor("reviewer")
    made = _entered(client, name="Stadium of the mine", names=[{"name": "Стадіон шахтаря"}])["place"]
    for q in ("stadium", "стадион", "шахт", "mine stad"):
        listed = client.get(f"{API}/places", params={"q": q}).json()
        assert made in {one["place"] for one in listed["data"]}, q
    assert client.get(f"{API}/places", params={"q": "tadium"}).json()["data"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"lat": 91}, {"lon": -181}, {"radius_m": 0}, {"radius_m": 3e6}, {"lat": "48"}, {"lat": None}, {"name": ""},
        {"height_m": 3},
    ],
)  # fmt: skip
def test_what_is_no_place_is_refused(house: House, wrong: dict[str, Any]) -> None:
    answer = house.visitor("reviewer").post(f"{API}/places", json=TOWER | wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_value")


def test_a_place_that_is_not_there_is_not_found(house: House) -> None:
    client = house.visitor("reviewer")
    nowhere = f"{API}/places/plc_{'0' * 26}"
    assert client.get(nowhere).status_code == 404
    assert client.put(nowhere, json=TOWER, headers={"If-Match": '"1"'}).status_code == 404
