"""Drafts: kept whatever happens, theirs alone, and never overwritten unseen."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from storage.db import desk
from storage.db.session import transaction
from storage.domain.drafts import MOST_PER_ITEM, MOST_PER_OWNER
from tests.api.desk_house import person, second_window
from tests.api.house import API, House

FIRST = {"If-None-Match": "*"}


def _match(revision: int) -> dict[str, str]:
    return {"If-Match": f'"{revision}"'}


@pytest.fixture
def window(house: House) -> Iterator[httpx.Client]:
    _, client = person(house, "Ann", "reviewer")
    yield client
    client.close()


@pytest.fixture
def draft(house: House) -> str:
    return f"{API}/items/{house.submitted()[0]}/drafts/place"


def _put(client: httpx.Client, draft: str, body: Any, headers: dict[str, str]) -> httpx.Response:
    return client.put(draft, json={"body": body}, headers=headers)


def test_what_is_typed_comes_back_as_it_was(window: httpx.Client, draft: str) -> None:
    typed = {"text": "Водонапірна вежа", "lat": 48.1, "list": [1, None, {"deep": True}]}
    made = _put(window, draft, typed, FIRST)
    assert made.status_code == 200, made.text
    assert (made.json()["name"], made.json()["body"], made.json()["revision"]) == ("place", typed, 1)
    assert made.headers["etag"] == '"1"'
    kept = window.get(draft)
    assert (kept.json(), kept.headers["etag"]) == (made.json(), '"1"')
    assert window.get(draft.rpartition("/")[0]).json() == {"data": [made.json()]}


def test_each_saving_is_a_revision(window: httpx.Client, draft: str) -> None:
    _put(window, draft, {"text": "a"}, FIRST)
    second = _put(window, draft, {"text": "ab"}, _match(1))
    assert (second.json()["revision"], second.headers["etag"]) == (2, '"2"')


@pytest.mark.parametrize("headers", [FIRST, _match(1), _match(7)])
def test_what_another_window_saved_is_not_overwritten_but_shown(
    window: httpx.Client, draft: str, headers: dict[str, str]
) -> None:
    _put(window, draft, {"text": "a"}, FIRST)
    newest = _put(window, draft, {"text": "from the other window"}, _match(1)).json()
    refused = _put(window, draft, {"text": "lost?"}, headers)
    assert (refused.status_code, refused.json()["code"]) == (412, "stale")
    assert refused.json()["current"] == newest
    assert window.get(draft).json() == newest


def test_saving_over_a_draft_that_was_thrown_away_is_refused(window: httpx.Client, draft: str) -> None:
    refused = _put(window, draft, {"text": "a"}, _match(3))
    assert refused.status_code == 412
    assert "current" not in refused.json()


def test_a_draft_begun_anew_is_not_mistaken_for_the_one_that_was_thrown_away(window: httpx.Client, draft: str) -> None:
    old = _put(window, draft, {"text": "said since"}, FIRST).json()
    assert window.delete(draft, headers=_match(old["revision"])).status_code == 204
    assert window.get(draft).status_code == 404
    assert window.get(draft.rpartition("/")[0]).json() == {"data": []}
    newest = _put(window, draft, {"text": "begun anew"}, FIRST).json()
    late = _put(window, draft, {"text": "from a window that slept"}, _match(old["revision"]))
    assert (late.status_code, late.json()["current"]) == (412, newest)
    assert window.delete(draft, headers=_match(old["revision"])).status_code == 412
    assert window.get(draft).json() == newest
    assert _put(window, draft, {"text": "twice"}, FIRST).status_code == 412


def test_of_many_windows_that_save_at_once_one_is_kept(house: House, window: httpx.Client, draft: str) -> None:
    user = window.get(f"{API}/me").json()["id"]
    windows = [second_window(house, user, "reviewer") for _ in range(6)]
    for headers in (FIRST, _match(1)):
        start = threading.Barrier(len(windows))
        answers: list[int] = []

        def save(number: int, start: Any = start, headers: Any = headers, answers: list[int] = answers) -> None:
            start.wait()
            answers.append(_put(windows[number], draft, {"by": number}, headers).status_code)

        threads = [threading.Thread(target=save, args=(number,)) for number in range(len(windows))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answers) == [200, *[412] * 5]
    for one in windows:
        one.close()
    assert window.get(draft).json()["revision"] == 2


def test_which_state_was_seen_must_be_said(window: httpx.Client, draft: str) -> None:
    assert (answer := _put(window, draft, {}, {})).status_code == 428
    assert answer.json()["code"] == "precondition_required"
    assert _put(window, draft, {}, {"If-Match": "x"}).status_code == 400
    assert _put(window, draft, {}, {"If-None-Match": '"1"'}).status_code == 400
    assert _put(window, draft, {}, FIRST | _match(1)).status_code == 400


def test_a_weak_tag_names_no_state_that_was_seen(window: httpx.Client, draft: str) -> None:
    _put(window, draft, {"text": "a"}, FIRST)
    refused = _put(window, draft, {"text": "ab"}, {"If-Match": 'W/"1"'})
    assert (refused.status_code, refused.json()["code"]) == (412, "stale")
    assert window.get(draft).json()["body"] == {"text": "a"}


def test_a_draft_is_its_owners_alone(house: House, window: httpx.Client, draft: str) -> None:
    _put(window, draft, {"text": "not yet said"}, FIRST)
    for role in ("reviewer", "lead", "operator"):
        other = house.visitor(role)
        assert other.get(draft).status_code == 404
        assert other.get(draft.rpartition("/")[0]).json() == {"data": []}
        assert other.delete(draft).status_code == 204
        assert "not yet said" not in other.get(draft.partition("/drafts")[0]).text
    assert window.get(draft).json()["body"] == {"text": "not yet said"}


def test_a_draft_about_an_item_that_was_sealed_is_kept_and_not_shown(
    house: House, window: httpx.Client, draft: str
) -> None:
    _put(window, draft, {"text": "typed"}, FIRST)
    item = draft.split("/")[4]
    for sensitivity, status in (("sealed", 404), ("restricted", 200)):
        with transaction(house.engine) as session:
            session.execute(text("UPDATE item SET sensitivity = :s WHERE id = :i"), {"s": sensitivity, "i": item})
        for answer in (
            window.get(draft),
            window.get(draft.rpartition("/")[0]),
            _put(window, draft, {"text": "typed"}, _match(1)),
        ):
            assert answer.status_code == status
            assert ("typed" in answer.text) is (status == 200)


def test_throwing_away_is_quiet_unless_something_newer_is_there(window: httpx.Client, draft: str) -> None:
    assert window.delete(draft).status_code == 204
    _put(window, draft, {"text": "a"}, FIRST)
    newest = _put(window, draft, {"text": "ab"}, _match(1)).json()
    refused = window.delete(draft, headers=_match(1))
    assert (refused.status_code, refused.json()["current"]) == (412, newest)
    assert window.delete(draft, headers=_match(2)).status_code == 204
    assert window.get(draft).status_code == 404


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b'{"body": {"text": "%s"}}' % (b"x" * 70_000), 413, "too_large"),
        (b'{"body": {"text": "a\\u0000b"}}', 422, "invalid_value"),
        (b'{"body": {"text": "\\ud800"}}', 422, "invalid_value"),
        (b'{"body": {"n": NaN}}', 422, "invalid_value"),
        (b'{"body": ' + b'{"a":' * 300 + b"1" + b"}" * 301, 422, "invalid_value"),
        (b'{"body": [1]}', 422, "invalid_value"),
        (b'{"body": {}, "more": 1}', 422, "invalid_value"),
    ],
    ids=["too large", "nul", "half a letter", "no number", "too deep", "no object", "more"],
)
def test_what_cannot_be_kept_is_refused_in_words(
    window: httpx.Client, draft: str, content: bytes, status: int, code: str
) -> None:
    answer = window.put(draft, content=content, headers=FIRST | {"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert window.get(draft).status_code == 404


@pytest.mark.parametrize("name", ["", "A", "a b", "..%2f", "x" * 81])
def test_a_draft_has_a_plain_name(window: httpx.Client, draft: str, name: str) -> None:
    assert _put(window, f"{draft.rpartition('/')[0]}/{name}", {}, FIRST).status_code in (404, 405)


def test_there_is_an_end_to_drafts(window: httpx.Client, draft: str) -> None:
    folder = draft.rpartition("/")[0]
    codes = [_put(window, f"{folder}/n{number}", {}, FIRST).status_code for number in range(51)]
    assert codes == [*[200] * 50, 409]
    assert _put(window, f"{folder}/n0", {"a": 1}, _match(1)).status_code == 200
    window.delete(f"{folder}/n1")
    assert _put(window, f"{folder}/n50", {}, FIRST).status_code == 200


def test_there_is_an_end_to_the_drafts_of_one_person_about_everything(
    house: House, window: httpx.Client, draft: str
) -> None:
    owner = window.get(f"{API}/me").json()["id"]
    _put(window, draft, {}, FIRST)
    _put(window, f"{draft}-thrown-away", {}, FIRST)
    window.delete(f"{draft}-thrown-away")
    many = (
        "INSERT INTO draft (owner_id, item_id, name, body, revision, saved_at)"
        " SELECT :owner, :item, 'n' || number, '{}', 1, now() FROM generate_series(2, :most) AS number"
    )
    with transaction(house.engine) as session:
        told = {"owner": owner, "item": house.submitted()[0], "most": MOST_PER_OWNER}
        session.execute(text(many), told)
    refused = _put(window, f"{draft}-more", {}, FIRST)
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many")
    assert f"{MOST_PER_OWNER:,} drafts" in refused.json()["detail"]
    assert _put(window, draft, {"a": 1}, _match(1)).status_code == 200
    window.delete(draft)
    assert _put(window, f"{draft}-more", {}, FIRST).status_code == 200


def test_a_draft_that_was_thrown_away_is_forgotten_after_a_day(house: House, window: httpx.Client, draft: str) -> None:
    owner = window.get(f"{API}/me").json()["id"]
    for name in ("late", "just-now", "kept"):
        _put(window, f"{draft}-{name}", {}, FIRST)
    window.delete(f"{draft}-late")
    with transaction(house.engine) as session:
        aged = "UPDATE draft SET saved_at = now() - interval '25 hours' WHERE owner_id = :owner"
        session.execute(text(aged), {"owner": owner})
    window.delete(f"{draft}-just-now")
    with transaction(house.engine) as session:
        assert desk.forget_drafts(session) >= 1
        left = set(session.scalars(text("SELECT name FROM draft WHERE owner_id = :owner"), {"owner": owner}))
    assert left == {"place-just-now", "place-kept"}


def test_many_drafts_begun_at_once_are_no_more_than_many_begun_one_by_one(window: httpx.Client, draft: str) -> None:
    def begin(number: int) -> int:
        return _put(window, f"{draft}-{number}", {}, FIRST).status_code

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(begin, range(MOST_PER_ITEM + 20)))
    assert sorted(answers) == [200] * MOST_PER_ITEM + [409] * 20
