"""Items as reviewers see them."""

import httpx
import pytest

from tests.api.house import API, Held, House


@pytest.fixture(scope="module")
def held(house: House) -> Held:
    return house.captured()


def _get(house: House, path: str) -> httpx.Response:
    return house.visitor("reviewer").get(f"{API}/items/{path}")


def test_an_item_tells_where_it_stands_and_what_it_holds(house: House, held: Held) -> None:
    answer = _get(house, held.item)
    told = answer.json()
    assert answer.headers["etag"] == f'"{told["version"]}"'
    assert (told["workflow"], told["sensitivity"], told["project"]) == ("intake", "restricted", "main")
    assert [capture["outcome"] for capture in told["captures"]] == ["captured"]
    assert {(file["kind"], file["role"], file["sealed"]) for file in told["files"]} == {
        ("original", "original", False),
        ("info", "context", True),
    }
    assert {product["kind"] for product in told["products"]} == {"shots", "keyframe"}
    assert [(step["name"], step["outcome"], step["tries"]) for step in told["steps"]] == [("capture", "done", 1)]
    assert told["claims"] == []
    assert told["verdict"] is None


def test_the_way_to_a_sealed_file_is_shown_to_stewards_only(house: House, held: Held) -> None:
    for role, shown in (("reviewer", False), ("steward", True)):
        files = house.visitor(role).get(f"{API}/items/{held.item}").json()["files"]
        (sealed,) = [file for file in files if file["sealed"]]
        assert (sealed["content"] is not None) is shown


def test_an_item_never_tells_who_submitted_it_with_what_note(house: House) -> None:
    said = {"url": house.url(), "note": "from my neighbour"}
    item = house.visitor("operator").post(f"{API}/submissions", json=said).json()["item"]
    for path in (item, f"{item}/events"):
        assert "neighbour" not in _get(house, path).text


def test_the_way_to_a_file_leads_there(house: House, held: Held) -> None:
    (frame,) = _get(house, f"{held.item}/keyframes").json()["data"]
    assert (frame["original"], frame["time_s"], frame["pts"], frame["shot"]) == (held.original, 0.4, 4000, 0)
    assert house.visitor("reviewer").get(frame["content"]).content.startswith(b"\xff\xd8")


def test_shots_come_in_order_with_their_transitions(house: House, held: Held) -> None:
    told = _get(house, f"{held.item}/shots").json()
    assert told["count"] == {"value": 2, "relation": "exact"}
    assert [(s["shot"], s["start_s"], s["end_s"], s["transition"]) for s in told["data"]] == [
        (0, 0.0, 1.5, "start"),
        (1, 1.5, 4.0, "cut"),
    ]


def test_the_ledger_is_a_chain(house: House, held: Held) -> None:
    lines = _get(house, f"{held.item}/events").json()["data"]
    assert [line["event"]["type"] for line in lines] == ["local:submission", "capture"]
    assert [line["event"]["previous"] for line in lines] == [None, *(line["sha256"] for line in lines[:-1])]


def test_the_ledger_is_read_page_by_page(house: House, held: Held) -> None:
    whole = _get(house, f"{held.item}/events").json()
    first = _get(house, f"{held.item}/events?limit=1").json()
    rest = _get(house, f"{held.item}/events?limit=1&cursor={first['page']['next']}").json()
    assert first["data"] + rest["data"] == whole["data"]
    assert rest["page"]["next"] is None
    assert first["count"] == whole["count"] == {"value": 2, "relation": "exact"}


def test_walking_the_list_meets_every_item_once_newest_first_even_while_more_arrive(house: House) -> None:
    before = [house.submitted()[0] for _ in range(5)]
    met: list[str] = []
    address = f"{API}/items?limit=2"
    while True:
        page = house.visitor("steward").get(address).json()
        met += [line["item"] for line in page["data"]]
        if page["page"]["next"] is None:
            break
        house.submitted()
        address = f"{API}/items?limit=2&cursor={page['page']['next']}"
    assert met == sorted(set(met), reverse=True)
    assert set(before) <= set(met)


def test_a_cursor_of_another_list_is_refused(house: House, held: Held) -> None:
    house.submitted()
    cursor = house.visitor("reviewer").get(f"{API}/items?limit=1").json()["page"]["next"]
    assert _get(house, f"{held.item}/events?cursor={cursor}").status_code == 400


def test_a_reviewer_asks_for_another_capture(house: House, held: Held) -> None:
    answer = house.visitor("reviewer").post(f"{API}/items/{held.item}/captures")
    assert answer.status_code == 202
    steps = _get(house, held.item).json()["steps"]
    assert (steps[-1]["capture"], steps[-1]["outcome"]) == (answer.json()["capture"], "ready")


def test_asking_twice_under_one_key_owes_one_capture(house: House, held: Held) -> None:
    headers = {"Idempotency-Key": f"key-{house.url()}"}
    address = f"{API}/items/{held.item}/captures"
    answers = [house.visitor("reviewer").post(address, headers=headers).json() for _ in range(2)]
    assert answers[0] == answers[1]


def test_an_item_that_is_not_there_reads_like_one_that_is_sealed(house: House) -> None:
    sealed = _get(house, house.submitted("sealed")[0])
    absent = _get(house, "itm_" + "0" * 26)
    assert (sealed.status_code, sealed.json()) == (absent.status_code, absent.json())
