"""The register of units: versions that are never lost, an order without circles, names in either script."""

from typing import Any

import httpx
import pytest

from tests.api.desk_house import seal
from tests.api.house import API, House, unit


def _entered(client: httpx.Client, name: str, **more: Any) -> dict[str, Any]:
    answer = client.post(f"{API}/units", json={"name": name} | more)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def _described(client: httpx.Client, unit_id: str, version: int, said: dict[str, Any]) -> httpx.Response:
    return client.put(f"{API}/units/{unit_id}", json=said, headers={"If-Match": f'"{version}"'})


def _attributed(unit_id: str) -> dict[str, Any]:
    said = unit("x")
    del said["body"]["name_as_written"]
    said["body"]["unit"] = unit_id
    return said


def test_a_unit_keeps_all_its_names_and_when_they_were_used(house: House) -> None:
    names = [
        {"name": "64-та окрема мотострілецька бригада", "language": "uk", "script": "Cyrl", "from": "2014-12?"},
        {"name": "882nd Centre", "from": "200X", "until": "2014-21"},
    ]
    made = _entered(
        house.visitor("reviewer"), "64th Brigade", names=names, country="RU", sidc="10061000001211000000",
        echelon="brigade", military_number="51460", garrison="Knyaze-Volkonskoye", sources=["https://example.org/a"],
    )  # fmt: skip
    read = house.visitor("reviewer").get(f"{API}/units/{made['unit']}")
    assert read.headers["ETag"] == '"1"'
    told = read.json()
    assert [one["from"] for one in told["names"]] == ["2014-12?", "200X"]
    assert told["versions"] == [made]
    assert {name: told[name] for name in made} == made


def test_a_change_is_a_version_and_the_earlier_ones_stay(house: House) -> None:
    client = house.visitor("reviewer")
    made = _entered(client, "1st Tank Army")
    changed = _described(client, made["unit"], 1, {"name": "1st Guards Tank Army", "country": "RU"})
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    versions = client.get(f"{API}/units/{made['unit']}").json()["versions"]
    assert [one["name"] for one in versions] == ["1st Guards Tank Army", "1st Tank Army"]


def test_who_writes_against_an_older_version_is_shown_the_newest(house: House) -> None:
    client = house.visitor("reviewer")
    made = _entered(client, "Stale unit")
    newest = _described(client, made["unit"], 1, {"name": "Fresh unit"}).json()
    late = _described(client, made["unit"], 1, {"name": "Another"})
    assert (late.status_code, late.json()["code"], late.json()["current"]) == (412, "stale", newest)
    for header, refusal in (
        ({}, (428, "precondition_required")),
        ({"If-Match": "*"}, (400, "bad_query")),
        ({"If-Match": '"one"'}, (400, "bad_query")),
    ):
        without = client.put(f"{API}/units/{made['unit']}", json={"name": "x"}, headers=header)
        assert (without.status_code, without.json()["code"]) == refusal


def test_nobody_stands_above_themselves(house: House) -> None:
    client = house.visitor("reviewer")
    army = _entered(client, "Army")["unit"]
    brigade = _entered(client, "Brigade", parent=army)["unit"]
    company = _entered(client, "Company", parent=brigade)["unit"]
    for parent in (army, brigade, company):
        circle = _described(client, army, 1, {"name": "Army", "parent": parent})
        assert (circle.status_code, circle.json()["code"]) == (422, "invalid_value")
    absent = client.post(f"{API}/units", json={"name": "x", "parent": "unt_" + "0" * 26})
    assert absent.status_code == 422
    assert _described(client, company, 1, {"name": "Company", "parent": army}).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""}, {"name": "x", "country": "Russia"}, {"name": "x", "sidc": "SFG"},
        {"name": "x", "sidc": "١" * 20}, {"name": "x", "parent": "y"},
        {"name": "x", "echelon": "horde"}, {"name": "x", "rank": 1}, {"name": "a\u0000b"},
        {"name": "x", "names": [{"name": "y", "from": "2015", "until": "2014"}]},
        {"name": "x", "names": [{"name": "y", "from": "2014-13"}]},
        {"name": "x", "names": [{"name": "y", "until": "18.03.2014"}]},
    ],
)  # fmt: skip
def test_what_is_no_description_is_refused(house: House, wrong: dict[str, Any]) -> None:
    answer = house.visitor("reviewer").post(f"{API}/units", json=wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_value")


def test_units_are_found_by_the_beginnings_of_names_in_either_script_and_by_whole_numbers(house: House) -> None:
    client = house.visitor("reviewer")
    made = _entered(
        client, "155 бригада морської піхоти", names=[{"name": "155th Naval Infantry"}], military_number="30926"
    )["unit"]

    def found(q: str) -> bool:
        listed = client.get(f"{API}/units", params={"q": q, "limit": 500}).json()
        assert listed["count"]["value"] == len(listed["data"])
        return made in {one["unit"] for one in listed["data"]}

    assert all(found(q) for q in ("155", "155 бриг", "brihada mor", "naval", "30926", " ", "INFANTRY 155"))
    assert not any(found(q) for q in ("15", "1555", "aval", "309", "155 танк"))
    assert client.get(f"{API}/units", params={"q": "%"}).status_code == 400


def test_units_are_told_page_by_page(house: House) -> None:
    client = house.visitor("reviewer")
    names = {_entered(client, f"Pagework {number}")["unit"] for number in range(5)}
    met, cursor = [], None
    while True:
        asked = {"q": "pagework", "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = client.get(f"{API}/units", params=asked).json()
        met += [one["unit"] for one in page["data"]]
        cursor = page["page"]["next"]
        if cursor is None:
            break
    assert len(met) == 5
    assert set(met) == names


def test_entering_a_unit_twice_under_one_key_enters_it_once(house: House) -> None:
    client, headers = house.visitor("reviewer"), {"Idempotency-Key": house.url()}
    first = client.post(f"{API}/units", json={"name": "Once"}, headers=headers)
    again = client.post(f"{API}/units", json={"name": "Once"}, headers=headers)
    assert again.json() == first.json()
    assert client.get(f"{API}/units", params={"q": "once"}).json()["count"]["value"] == 1


def test_a_unit_lists_the_items_it_is_said_to_have_to_do_with_but_no_sealed_one(house: House) -> None:
    operator = house.visitor("operator")
    made = _entered(operator, "Listed unit")["unit"]
    openly, sealed, taken_back = house.captured(), house.captured("sealed"), house.captured()
    for held in (openly, sealed, taken_back):
        said = operator.post(f"{API}/items/{held.item}/assertions", json=_attributed(made))
        assert said.status_code == 201, said.text
        if held is taken_back:
            rejected = _attributed(made) | {"supersedes": said.json()["assertion"]}
            rejected["body"]["status"] = "rejected"
            assert operator.post(f"{API}/items/{held.item}/assertions", json=rejected).status_code == 201
    told = house.visitor("reviewer").get(f"{API}/units/{made}/items").json()
    assert [(one["item"], one["role"], one["confidence"]) for one in told["data"]] == [
        (openly.item, "speakers_belong_to", "moderate")
    ]
    assert told["count"]["value"] == 1
    cleared = operator.get(f"{API}/units/{made}/items").json()
    assert {one["item"] for one in cleared["data"]} == {openly.item, sealed.item}


def test_the_items_of_a_unit_are_called_as_in_the_queue(house: House) -> None:
    operator = house.visitor("operator")
    made = _entered(operator, "Unit with a title")["unit"]
    item, _, capture = house.submitted()
    seal(house, capture, identity={"title": "Колона\u202e техніки\n" + "x" * 400})
    assert operator.post(f"{API}/items/{item}/assertions", json=_attributed(made)).status_code == 201
    [told] = operator.get(f"{API}/units/{made}/items").json()["data"]
    assert told["title"] == operator.get(f"{API}/items/{item}").json()["title"]
    assert told["title"].startswith("Колона техніки x")


def test_a_record_names_the_unit_as_it_was_called_when_it_was_published(house: House) -> None:
    operator = house.visitor("operator")
    made = _entered(operator, "Перша названа частина", names=[{"name": "First Named Unit"}], note="not for the record")
    held = house.captured()
    assert operator.post(f"{API}/items/{held.item}/assertions", json=_attributed(made["unit"])).status_code == 201
    sent = {"sensitivity": "public"}
    published = operator.post(f"{API}/items/{held.item}/publication", json=sent).json()
    assert _described(operator, made["unit"], 1, {"name": "Renamed since"}).status_code == 200
    [told] = published["units"]
    assert (told["unit"], told["name"], told["names"], told["unit_version"]) == (
        made["unit"], "Перша названа частина", ["First Named Unit"], 1,
    )  # fmt: skip
    assert "not for the record" not in str(published)
    anybody = house.visitor("nobody")
    for asked in ("first named unit", "перша названа", made["unit"]):
        found = anybody.get(f"{API}/records", params={"unit": asked}).json()["data"]
        assert [one["pid"] for one in found] == [published["pid"]], asked
    assert anybody.get(f"{API}/records", params={"unit": "renamed since"}).json()["data"] == []
    shapes = anybody.get(f"{API}/records", params={"unit": made["unit"]}, headers={"Accept": "application/geo+json"})
    assert shapes.json()["features"][0]["properties"]["units"] == ["Перша названа частина"]


def test_what_is_not_there_is_not_found(house: House) -> None:
    client, nowhere = house.visitor("reviewer"), f"{API}/units/unt_{'0' * 26}"
    assert client.get(nowhere).status_code == 404
    assert client.get(f"{nowhere}/items").status_code == 404
    assert _described(client, "unt_" + "0" * 26, 1, {"name": "x"}).status_code == 404
    assert client.get(f"{API}/units/nonsense").status_code == 404
