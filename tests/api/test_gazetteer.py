"""Places of the world by name and by point, from this machine alone."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.main import create_app
from storage.settings import Settings
from tests.api.house import API, House, served
from tests.builtmap import built_map


@pytest.fixture(scope="module")
def client(house: House) -> httpx.Client:
    built_map()
    return house.visitor("submitter")


def _names(client: httpx.Client, q: str, limit: int = 5) -> list[str]:
    answer = client.get(f"{API}/gazetteer", params={"q": q, "limit": limit})
    assert answer.status_code == 200, answer.text
    return [one["name"] for one in answer.json()["data"]]


@pytest.mark.parametrize(
    ("q", "name"),
    [
        ("Бахмут", "Bakhmut"), ("Маріуполь", "Mariupol"), ("Ізюм", "Izyum"), ("حلب", "Aleppo"), ("الفاشر", "El Fasher"),
        ("東京", "Tokyo"), ("Сімферополь", "Simferopol"), ("KYIV", "Kyiv"), ("Нью-Йорк", "New York City"),
        # misspelt
        ("Бахмуд", "Bakhmut"), ("Mariopul", "Mariupol"), ("Kherzon", "Kherson"), ("fashir", "El Fasher"),
        # begun
        ("Zaporizh", "Zaporizhzhya"), ("Симфероп", "Simferopol"),
    ],
)  # fmt: skip
def test_a_place_is_found_in_any_script_begun_or_misspelt(client: httpx.Client, q: str, name: str) -> None:
    assert _names(client, q)[0] == name


def test_a_former_name_gives_every_place_that_had_it_the_largest_first_with_its_region(client: httpx.Client) -> None:
    told = client.get(f"{API}/gazetteer", params={"q": "Артемовск", "limit": 4}).json()["data"]
    assert [(one["country"], one["admin"]) for one in told[:3]] == [
        ("UA", "Donetsk"), ("RU", "Yekaterinburg"), ("UA", "Luhansk"),
    ]  # fmt: skip
    populations = [one["population"] for one in told]
    assert populations == sorted(populations, reverse=True)
    assert "Артемовск" in told[0]["names"]
    assert told[0]["timezone"] == "Europe/Kyiv"


@pytest.mark.parametrize(
    "query", ["", "?q=", "?q=%00", "?q=x&limit=0", "?q=x&limit=51", "?q=x&near=1", f"?q={'x' * 201}"]
)
def test_a_question_that_is_none_is_refused(client: httpx.Client, query: str) -> None:
    answer = client.get(f"{API}/gazetteer{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_query")


@pytest.mark.parametrize("q", ["'", '"', '" OR "', "*", "ab*", "%", "NEAR(a b)", "x" * 200, "a b c d e f g h"])
def test_no_question_breaks_the_search(client: httpx.Client, q: str) -> None:
    assert client.get(f"{API}/gazetteer", params={"q": q}).status_code == 200


@pytest.mark.parametrize(
    ("lat", "lon", "name", "country", "timezone"),
    [
        (44.957, 34.11, "Simferopol", "UA", "Europe/Simferopol"),
        (48.59, 38.0, "Bakhmut", "UA", "Europe/Kyiv"),
        (47.23, 39.70, "Rostov-on-Don", "RU", "Europe/Moscow"),
        (-17.8, 179.99, "Levuka", None, "Pacific/Fiji"),
        (89.9, 10.0, "Longyearbyen", None, "Arctic/Longyearbyen"),
    ],
)
def test_a_point_has_a_nearest_place_a_country_and_a_time(
    client: httpx.Client, lat: float, lon: float, name: str, country: str | None, timezone: str
) -> None:
    told = client.get(f"{API}/gazetteer/nearest", params={"lat": lat, "lon": lon}).json()
    assert (told["place"]["name"], told["country"], told["timezone"]) == (name, country, timezone)
    assert told["distance_m"] >= 0


def test_the_answer_about_a_disputed_point_says_so(client: httpx.Client) -> None:
    told = client.get(f"{API}/gazetteer/nearest", params={"lat": 27.14, "lon": -13.19}).json()
    assert told["country"] == "EH"
    assert told["disputed"].startswith("Western Sahara")
    crimea = client.get(f"{API}/gazetteer/nearest", params={"lat": 44.95, "lon": 34.1}).json()
    assert crimea["disputed"] is None


def test_the_middle_of_the_ocean_is_near_nothing(client: httpx.Client) -> None:
    told = client.get(f"{API}/gazetteer/nearest", params={"lat": -48.87, "lon": -123.39}).json()
    assert told == {"place": None, "distance_m": None, "country": None, "timezone": None, "disputed": None}


@pytest.mark.parametrize("query", ["lat=91&lon=0", "lat=0", "lat=0&lon=nan", "lat=x&lon=0", "lat=0&lon=181"])
def test_a_point_that_is_none_is_refused(client: httpx.Client, query: str) -> None:
    assert client.get(f"{API}/gazetteer/nearest?{query}").status_code == 400


@pytest.fixture
def unbuilt(api_settings: Settings, tmp_path: Path, house: House) -> Iterator[httpx.Client]:
    """The same archive without its map."""
    bare = api_settings.model_copy(update={"map_dir": tmp_path})
    headers = {"Authorization": f"Bearer {house.operator_token}"}
    with (
        served(create_app(bare)) as address,
        httpx.Client(base_url=address, headers=headers, trust_env=False) as client,
    ):
        yield client


@pytest.mark.parametrize("question", ["?q=Kyiv", "/nearest?lat=1&lon=1"])
def test_without_its_file_the_gazetteer_says_how_to_get_it(unbuilt: httpx.Client, question: str) -> None:
    answer = unbuilt.get(f"{API}/gazetteer{question}")
    assert (answer.status_code, answer.json()["code"]) == (503, "not_built")
    assert "make setup" in answer.json()["detail"]


def test_a_file_that_is_no_gazetteer_is_not_believed(unbuilt: httpx.Client, tmp_path: Path) -> None:
    for content in (b"", b"not a database at all, but long enough to be looked at" * 100):
        (tmp_path / "gazetteer.sqlite").write_bytes(content)
        assert unbuilt.get(f"{API}/gazetteer?q=Kyiv").json()["code"] == "not_built"
