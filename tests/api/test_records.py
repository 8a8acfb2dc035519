"""Publishing, and finding what was published."""

import io
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from storage.archive import Archive
from storage.db import records
from storage.db.session import transaction
from storage.domain.permissions import OPERATOR
from storage.domain.records import RecordQuery
from storage.domain.vocab import FileRole, Sensitivity
from tests.api.desk_house import seal
from tests.api.house import API, Held, House, content, kept, next_number, place, recorded, unit

Asker = Callable[[str], set[str]]


def _publish(house: House, item: str, body: Any = None, **headers: str) -> httpx.Response:
    return house.visitor("lead").post(f"{API}/items/{item}/publication", json=body or {}, headers=headers)


def _furnished(house: House, sensitivity: str, *said: dict[str, Any]) -> tuple[Held, dict[str, Any]]:
    """An item with assertions, and its published record."""
    held = house.captured(sensitivity)
    for one in said:
        answer = house.visitor("reviewer").post(f"{API}/items/{held.item}/assertions", json=one)
        assert answer.status_code == 201, answer.text
    answer = _publish(house, held.item)
    assert answer.status_code == 201, answer.text
    return held, answer.json()


def test_a_record_freezes_what_was_accepted_and_says_one_reviewer(house: House) -> None:
    candidate = place(lat=50.0, status="candidate")
    held, record = _furnished(house, "researcher", place(), candidate, content("Thirty men.", "plea"))
    assert record["version"] == 1
    assert [one["lat"] for one in record["places"]] == [48.1234567]
    assert record["places"][0]["confidence"] == "moderate"
    assert record["review"] == {"policy": "single", "reviewers": 1, "label": "one reviewer"}
    assert [one["sha256"] for one in record["originals"]] == [held.original]
    assert house.visitor("reviewer").get(f"{API}/items/{held.item}").json()["workflow"] == "published"
    assert house.visitor("researcher").get(f"{API}/records/{record['pid']}").json() == record


def test_a_public_record_does_not_give_the_place_away_however_it_is_asked_for(house: House) -> None:
    exact = place(name_as_written="behind the school", coordinate_as_typed="48 07 24 N", heading_deg=30)
    _, record = _furnished(house, "public", exact)
    nobody = house.visitor("nobody")
    for address in ("", "/v/1", "?format=geojson"):
        text = nobody.get(f"{API}/records/{record['pid']}{address}").text
        for secret in ("48.123", "37.765", "school", "48 07", "example.org/map", "water tower"):
            assert secret not in text
    near_by = nobody.get(f"{API}/records?near=48.1234567,37.7654321,1").json()["data"]
    assert record["pid"] in {one["pid"] for one in near_by}, "a rough place is possibly here"
    assert {entry["field"] for entry in record["withheld"]} >= {"places.lat", "places.reasoning", "submissions"}


def test_a_public_record_does_not_name_a_post_that_is_unlisted(house: House) -> None:
    url = f"https://www.youtube.com/watch?v={next_number():011}"
    with transaction(house.engine) as session:
        entry = Archive(session, OPERATOR).submit(url, note=None, sensitivity=Sensitivity.PUBLIC)
    original = house.blobs.put(io.BytesIO(url.encode()))
    film = kept("original", FileRole.ORIGINAL, "video/mp4", original)
    seal(house, entry.submission.capture_id, film, identity={"availability": "unlisted"})
    record = _publish(house, entry.item.id).json()
    assert record["source"]["url"] == "https://www.youtube.com/"
    assert url not in house.visitor("nobody").get(f"{API}/records/{record['pid']}").text


def test_nothing_captured_is_nothing_to_publish(house: House) -> None:
    assert _publish(house, house.submitted()[0]).status_code == 409


def test_a_publication_of_what_has_changed_meanwhile_is_stale(house: House) -> None:
    held = house.captured()
    seen = house.visitor("lead").get(f"{API}/items/{held.item}").headers["etag"]
    assert _publish(house, held.item, **{"If-Match": seen}).status_code == 201
    answer = _publish(house, held.item, **{"If-Match": seen})
    assert (answer.status_code, answer.json()["code"]) == (412, "stale")
    assert _publish(house, held.item, **{"If-Match": "*"}).status_code == 201


def test_what_the_publisher_has_not_seen_is_not_published_unseen(house: House) -> None:
    held = house.captured()
    seen = house.visitor("lead").get(f"{API}/items/{held.item}").headers["etag"]
    house.visitor("reviewer").post(f"{API}/items/{held.item}/assertions", json=place())
    answer = _publish(house, held.item, **{"If-Match": seen})
    assert (answer.status_code, answer.json()["code"]) == (412, "stale")
    seen = house.visitor("lead").get(f"{API}/items/{held.item}").headers["etag"]
    assert _publish(house, held.item, **{"If-Match": seen}).status_code == 201


@pytest.mark.parametrize("etag", ["three", '"-1"', '"1e3"', '"' + "9" * 40 + '"', '""'])
def test_an_if_match_of_no_form_of_ours_is_a_bad_query(house: House, etag: str) -> None:
    assert _publish(house, house.captured().item, **{"If-Match": etag}).status_code == 400


def test_a_later_version_leaves_the_earlier_one_as_it_was(house: House) -> None:
    held, first = _furnished(house, "researcher", content("Thirty men."))
    house.visitor("reviewer").post(f"{API}/items/{held.item}/assertions", json=place())
    second = _publish(house, held.item).json()
    assert (second["pid"], second["version"]) == (first["pid"], 2)
    reader = house.visitor("researcher")
    assert reader.get(f"{API}/records/{first['pid']}/v/1").json() == first
    assert reader.get(f"{API}/records/{first['pid']}").json() == second
    assert reader.get(f"{API}/records/{first['pid']}/v/3").status_code == 404


def test_what_a_later_version_closes_is_closed_backwards_and_not_found(house: House) -> None:
    held, first = _furnished(house, "public", content("Nightingale station."))
    assert house.visitor("nobody").get(f"{API}/records/{first['pid']}/v/1").status_code == 200
    assert _publish(house, held.item, {"sensitivity": "restricted"}).status_code == 201
    for address in (first["pid"], f"{first['pid']}/v/1"):
        assert house.visitor("nobody").get(f"{API}/records/{address}").status_code == 404
    assert house.visitor("nobody").get(f"{API}/records?q=Nightingale").json()["count"]["value"] == 0


def _seal_by_reviewer(house: House, item: str) -> None:
    """Hand an item's address in once more, to be sealed."""
    url = house.visitor("steward").get(f"{API}/items/{item}").json()["source"]
    said = {"url": url, "sensitivity": "sealed"}
    assert house.visitor("reviewer").post(f"{API}/submissions", json=said).status_code == 202
    assert house.visitor("steward").get(f"{API}/items/{item}").json()["sensitivity"] == "sealed"


def test_what_was_published_before_its_item_was_sealed_is_closed_to_all_but_stewards(house: House) -> None:
    said = (place(lat=-40.25, lon=-120.5), unit("4711 brigade"), content("Lapwing station."))
    held, first = _furnished(house, "public", *said)
    questions = (
        "q=Lapwing",
        "near=-40.25,-120.5,1000",
        "bbox=-121,-41,-120,-40",
        "unit=4711",
        "q=Lapwing&format=geojson",
    )

    def counts(visitor: str) -> set[int]:
        answers = [house.visitor(visitor).get(f"{API}/records?{one}").json() for one in questions]
        return {answer["count"]["value"] for answer in answers} | {
            len(answer.get("data", answer.get("features"))) for answer in answers
        }

    def statuses(visitor: str) -> set[int]:
        addresses = (first["pid"], f"{first['pid']}/v/1", f"{first['pid']}?format=geojson")
        return {house.visitor(visitor).get(f"{API}/records/{address}").status_code for address in addresses}

    readers = ("nobody", "submitter", "researcher", "reviewer", "lead")
    assert {visitor: statuses(visitor) for visitor in readers} == {one: {200} for one in readers}
    assert counts("nobody") == {1}
    _seal_by_reviewer(house, held.item)
    assert {visitor: statuses(visitor) for visitor in readers} == {one: {404} for one in readers}
    assert {visitor: counts(visitor) for visitor in readers} == {one: {0} for one in readers}
    assert (statuses("steward"), counts("steward")) == ({200}, {1})


def test_what_is_published_after_sealing_counts_by_itself_and_reopens_nothing(house: House) -> None:
    held, first = _furnished(house, "public", content("Curlew station."))
    _seal_by_reviewer(house, held.item)
    steward = house.visitor("operator")
    assert steward.post(f"{API}/items/{held.item}/publication", json={"sensitivity": "public"}).status_code == 201
    nobody = house.visitor("nobody")
    assert nobody.get(f"{API}/records/{first['pid']}").json()["version"] == 2
    assert nobody.get(f"{API}/records/{first['pid']}/v/1").status_code == 404
    assert nobody.get(f"{API}/records?q=Curlew").json()["count"]["value"] == 1
    assert house.visitor("steward").get(f"{API}/records/{first['pid']}/v/1").status_code == 200


def test_publishing_twice_under_one_key_makes_one_version(house: House) -> None:
    held = house.captured()
    headers = {"Idempotency-Key": f"key-{held.item}"}
    assert _publish(house, held.item, **headers).json() == _publish(house, held.item, **headers).json()
    assert _publish(house, held.item).json()["version"] == 2


@pytest.fixture(scope="module")
def shelf(house: House) -> dict[str, str]:
    """Three records far apart in place, time and unit: name to pid."""
    return {
        "donetsk": _furnished(
            house, "researcher", place(lat=48.0159, lon=37.8028), unit("9733-й полк"),
            recorded("2023-02-25T12:00:00Z", "2023-02-25T13:00:00Z"), content("Мобілізовані з Авдіївки", "plea"),
        )[1]["pid"],
        "fiji": _furnished(
            house, "researcher", place(lat=-17.0, lon=179.9, radius_m=50_000), unit("144 бригада"),
            recorded("2024-01-01T00:00:00Z", "2024-12-31T00:00:00Z"), content("Somewhere in the ocean"),
        )[1]["pid"],
        "nowhere": _furnished(house, "researcher", content("Nothing is known of this one"))[1]["pid"],
    }  # fmt: skip


@pytest.fixture
def found(house: House, shelf: dict[str, str]) -> Asker:
    """Which records of the shelf answer a question."""

    def ask(question: str) -> set[str]:
        answer = house.visitor("researcher").get(f"{API}/records?limit=500&{question}")
        assert answer.status_code == 200, answer.text
        pids = {one["pid"] for one in answer.json()["data"]}
        return {name for name, pid in shelf.items() if pid in pids}

    return ask


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("bbox=37,47,39,49", {"donetsk"}),
        ("bbox=-180,-90,180,90", {"donetsk", "fiji"}),
        ("bbox=179,-18,-179,-16", {"fiji"}),
        ("bbox=-179.9,-18,-179.5,-16", {"fiji"}),
        ("bbox=0,0,1,1", set()),
        ("near=48.0159,37.8028,10", {"donetsk"}),
        ("near=48.2,37.8028,1000", set()),
        ("near=-17.0,-179.8,1000", {"fiji"}),
        ("unit=9733", {"donetsk"}),
        ("unit=9733%20polk", {"donetsk"}),
        ("unit=9733-Й%20ПОЛК", {"donetsk"}),
        ("unit=973", set()),
        ("unit=14", set()),
        ("captured=2023-02-25", {"donetsk"}),
        ("captured=2023-02-24", set()),
        ("captured=2023-02-25T12:30:00Z", {"donetsk"}),
        ("captured=2024-06-01/..", {"fiji"}),
        ("captured=../2023-12-31", {"donetsk"}),
        ("q=мобілізовані", {"donetsk"}),
        ("q=Avdiivky", {"donetsk"}),
        ("q=ocean%20somewhere", {"fiji"}),
        ("q=9733", {"donetsk"}),
        ("q=%27%26%21%28", set()),
        ("q=ocean&bbox=37,47,39,49", set()),
        ("q=plea&unit=9733&captured=2023&x=1", None),
    ],
)
def test_records_are_found_by_place_time_unit_and_words(
    house: House, found: Asker, question: str, names: set[str] | None
) -> None:
    if names is None:
        assert house.visitor("researcher").get(f"{API}/records?{question}").status_code == 400
    else:
        assert found(question) == names


@pytest.mark.parametrize(
    "question",
    ["bbox=1,2,3", "bbox=a,b,c,d", "bbox=0,5,1,4", "near=1,2", "near=91,0,5", "near=0,0,-5", "unit=", "unit=%27", "q=",
     "q=%00", "captured=2023", "captured=2024-01-01/2023-01-01", "format=csv", "bbox=", "near=nan,0,5"],
)  # fmt: skip
def test_a_bad_question_is_a_bad_query(house: House, question: str) -> None:
    answer = house.visitor("researcher").get(f"{API}/records?{question}")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_query")


def test_found_records_are_counted_and_walked(house: House, shelf: dict[str, str]) -> None:
    reader = house.visitor("researcher")
    question = f"{API}/records?bbox=-180,-90,180,90&limit=1"
    first = reader.get(question).json()
    second = reader.get(f"{question}&cursor={first['page']['next']}").json()
    assert first["count"] == second["count"]
    assert first["data"][0]["pid"] > second["data"][0]["pid"]
    other = reader.get(f"{API}/records?bbox=0,0,1,1&cursor={first['page']['next']}")
    assert other.status_code == 400


@pytest.mark.parametrize("how", [{"headers": {"Accept": "application/geo+json"}}, {"params": {"format": "geojson"}}])
def test_records_come_as_geojson(house: House, shelf: dict[str, str], how: dict[str, Any]) -> None:
    answer = house.visitor("researcher").get(f"{API}/records/{shelf['donetsk']}", **how)
    assert answer.headers["content-type"] == "application/geo+json"
    (feature,) = answer.json()["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [37.8028, 48.0159]}
    assert feature["properties"]["radius_m"] == 30
    assert feature["properties"]["review"]["label"] == "one reviewer"
    assert feature["properties"]["units"] == ["9733-й полк"]


def test_a_list_as_geojson_keeps_its_pages_and_records_without_a_place(house: House, shelf: dict[str, str]) -> None:
    told = house.visitor("researcher").get(f"{API}/records?format=geojson&limit=500").json()
    assert told["type"] == "FeatureCollection"
    assert told["count"]["value"] >= 3
    nowhere = [one for one in told["features"] if one["properties"]["pid"] == shelf["nowhere"]]
    assert [one["geometry"] for one in nowhere] == [None]


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("*/*", 200),
        ("text/html, application/json;q=0.5", 200),
        ("application/geo+json;q=0.9, application/json;q=0.1", 200),
        ("text/csv", 406),
        ("application/json;q=0", 406),
        ("application/json;q=x", 406),
    ],
)
def test_a_form_we_do_not_have_is_not_acceptable(house: House, accept: str, status: int) -> None:
    answer = house.visitor("nobody").get(f"{API}/records", headers={"Accept": accept})
    assert answer.status_code == status


def test_more_records_than_one_cares_to_count_are_at_least_so_many(
    house: House, shelf: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction(house.engine) as session:
        every = list(Sensitivity)
        assert records.count(session, RecordQuery(), readable=every, most=2) == 3
        exact = records.count(session, RecordQuery(), readable=every, most=10_000)
    count = house.visitor("steward").get(f"{API}/records?limit=1").json()["count"]
    assert count == {"value": exact, "relation": "exact"}
    monkeypatch.setattr("api.records.MOST_COUNTED", 2)
    count = house.visitor("steward").get(f"{API}/records?limit=1").json()["count"]
    assert count == {"value": 2, "relation": "at_least"}
