"""Items as reviewers see them."""

import io
import json
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from storage.db.session import transaction
from storage.domain.kept import Kept
from storage.domain.vocab import FileRole
from tests.api.house import API, Held, House, content, kept


@pytest.fixture(scope="module")
def held(house: House) -> Held:
    return house.captured()


def _get(house: House, path: str) -> httpx.Response:
    return house.visitor("reviewer").get(f"{API}/items/{path}")


def test_an_item_tells_where_it_stands_and_what_it_holds(house: House, held: Held) -> None:
    answer = _get(house, held.item)
    told = answer.json()
    assert answer.headers["etag"] == f'"{_get(house, f"{held.item}/events").json()["data"][-1]["sha256"]}"'
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


def test_a_step_that_had_no_model_says_so_until_it_has_looked(house: House) -> None:
    item, submission, capture = house.submitted()
    without = {"original": "a" * 64, "outcome": "no_model", "sentence": "No model."}
    looked = without | {"outcome": "looked"}
    made = [kept("faces", FileRole.PRODUCT, "application/json", None, told) for told in (without, looked)]
    house.seal(capture, made[0])
    [step] = house.visitor("reviewer").get(f"{API}/items/{item}").json()["steps"][:1]
    assert (step["name"], step["state"], step["lacks"]) == ("capture", "done", "model")
    [told] = house.visitor("operator").get(f"{API}/submissions/{submission}").json()["steps"][:1]
    assert (told["lacks"], told["sentence"]) == ("model", "Taking in the video: not done, for want of a model.")
    item, _, capture = house.submitted()
    house.seal(capture, *made)
    [step] = house.visitor("reviewer").get(f"{API}/items/{item}").json()["steps"][:1]
    assert step.get("lacks") is None


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
    assert told["page"] == {"next": None, "limit": 50}
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


def test_what_changes_an_item_changes_its_etag(house: House) -> None:
    held = house.captured()
    seen = _get(house, held.item).headers["etag"]
    assert _get(house, held.item).headers["etag"] == seen
    house.visitor("reviewer").post(f"{API}/items/{held.item}/assertions", json=content("Thirty men."))
    assert _get(house, held.item).headers["etag"] != seen


def test_shots_and_keyframes_carry_exact_times(house: House, held: Held) -> None:
    shots = _get(house, f"{held.item}/shots").json()["data"]
    assert [(s["start_pts"], s["end_pts"], s["time_base"]) for s in shots] == [
        (0, 15_000, "1/10000"),
        (15_000, 40_000, "1/10000"),
    ]
    (frame,) = _get(house, f"{held.item}/keyframes").json()["data"]
    assert (frame["pts"], frame["time_base"]) == (4000, "1/10000")


def test_keyframes_are_those_of_the_analysis_whose_shots_are_shown(house: House) -> None:
    """Of an item that was analysed anew the pictures of both were told, as if all stood for the newer one's shots."""
    held = house.captured()
    with transaction(house.engine) as session:
        session.execute(
            text(
                "INSERT INTO holding (item_id, capture_id, step, step_key, role, kind, media_type, sha256, payload,"
                " sealed) SELECT item_id, capture_id, step, 'a newer one', role, kind, media_type, sha256, CASE kind"
                " WHEN 'keyframe' THEN jsonb_set(payload, '{pts}', '5000') ELSE payload END, sealed"
                " FROM holding WHERE item_id = :item AND kind IN ('shots', 'keyframe') ORDER BY id"
            ),
            {"item": held.item},
        )
    told = _get(house, f"{held.item}/keyframes").json()
    assert [frame["pts"] for frame in told["data"]] == [5000]
    assert told["count"]["value"] == 1


def test_shots_are_read_from_the_kept_file_where_the_row_does_not_repeat_them(house: House) -> None:
    item, _, capture = house.submitted()
    shot = {"start_s": 0, "end_s": 2, "start_pts": 0, "end_pts": 20, "time_base": "1/10", "transition": "start"}
    document = house.blobs.put(io.BytesIO(json.dumps({"shots": [shot], "keyframes": []}).encode()))
    told = {"original": "a" * 64}
    house.seal(
        capture,
        Kept("shots", FileRole.PRODUCT, "application/json", told, False, document.digest.hex, document.sha512, 1),
    )
    assert _get(house, f"{item}/shots").json()["data"] == [
        shot | {"original": "a" * 64, "shot": 0, "transition_start_s": None, "transition_end_s": None}
    ]


def _walked(house: House, role: str, path: str) -> tuple[list[dict[str, Any]], int]:
    """A list read one entry at a time, and how many it says there are."""
    met: list[dict[str, Any]] = []
    address = f"{API}{path}?limit=1"
    while True:
        page = house.visitor(role).get(address).json()
        assert set(page) == {"data", "page", "count"}
        assert page["page"]["limit"] == 1
        met += page["data"]
        assert len(page["data"]) <= 1
        if page["page"]["next"] is None:
            return met, page["count"]["value"]
        address = f"{API}{path}?limit=1&cursor={page['page']['next']}"


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("reviewer", "/items/{item}/shots"),
        ("reviewer", "/items/{item}/keyframes"),
        ("reviewer", "/items/{item}/assertions"),
        ("reviewer", "/items/{item}/events"),
        ("operator", "/keys"),
        ("operator", "/users"),
    ],
)
def test_every_list_comes_in_pages_that_make_up_the_whole(house: House, role: str, path: str) -> None:
    held = house.captured()
    for number in (1, 2, 3):
        house.visitor("reviewer").post(f"{API}/items/{held.item}/assertions", json=content(f"{number} men."))
        person = {"email": f"{house.url()[-8:].replace('/', '-')}@example.org", "password": "a long sentence"}
        assert house.visitor("operator").post(f"{API}/users", json=person | {"roles": ["lead"]}).status_code == 201
    path = path.format(item=held.item)
    met, count = _walked(house, role, path)
    whole = house.visitor(role).get(f"{API}{path}?limit=500").json()
    assert whole["page"] == {"next": None, "limit": 500}
    assert [_unused(one) for one in met] == [_unused(one) for one in whole["data"]]
    assert count == len(met) == whole["count"]["value"] > 0
    assert house.visitor(role).get(f"{API}{path}?limit=501").status_code == 400


def _unused(one: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in one.items() if name != "last_used_at"}


def test_what_was_superseded_is_named_also_from_another_page(house: House) -> None:
    item, _, _ = house.submitted()
    address = f"{API}/items/{item}/assertions"
    first = house.visitor("reviewer").post(address, json=content("Ten men.")).json()["assertion"]
    said = content("Eleven men.") | {"supersedes": first}
    second = house.visitor("reviewer").post(address, json=said).json()["assertion"]
    (told,) = house.visitor("reviewer").get(f"{address}?limit=1").json()["data"]
    assert (told["assertion"], told["superseded_by"]) == (first, second)


def test_an_item_shows_no_more_than_five_hundred_of_anything_and_says_so(house: House) -> None:
    held = house.captured()
    assert _get(house, held.item).json()["cut_short"] == []
    with transaction(house.engine) as session:
        session.execute(
            text(
                "INSERT INTO holding (item_id, capture_id, step, step_key, role, kind, media_type, sha256, payload,"
                " sealed) SELECT item_id, capture_id, step, step_key, role, kind, media_type, sha256, payload, sealed"
                " FROM holding, generate_series(1, 600) WHERE item_id = :item AND kind = 'keyframe'"
            ),
            {"item": held.item},
        )
    told = _get(house, held.item).json()
    assert len(told["products"]) == 500
    assert told["cut_short"] == ["products"]
    assert [file["kind"] for file in told["files"]] == ["original", "info"]
    assert _get(house, f"{held.item}/keyframes?limit=1").json()["count"]["value"] == 601
