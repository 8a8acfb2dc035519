"""Drafts: kept whatever happens, theirs alone, and never overwritten unseen."""

import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from storage.db.session import transaction
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
