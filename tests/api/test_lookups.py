"""Look-ups: whether an address is known, told to submitters without telling of what is sealed."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from storage.db.session import transaction
from storage.db.tables import Submission
from storage.domain.vocab import Outcome
from tests.api.desk_house import person, seal
from tests.api.house import API, House

Past = Callable[[House, str], object]


def _asked(client: httpx.Client, url: str) -> dict[str, Any]:
    answer = client.post(f"{API}/lookups", json={"url": url})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def _submitted(client: httpx.Client, url: str, **more: str) -> dict[str, Any]:
    answer = client.post(f"{API}/submissions", json={"url": url, **more})
    assert answer.status_code == 202, answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt


def test_an_address_nobody_has_handed_in_is_unknown_and_stays_so(house: House) -> None:
    submitter = house.visitor("submitter")
    url = house.url()
    unknown = {
        "canonical_url": url, "platform": None, "known": False, "mine": None, "last_captured_at": None, "outcome": None,
        "site": None,
    }  # fmt: skip
    assert _asked(submitter, f"{url}?utm_source=post#t=4") == unknown
    assert _asked(submitter, url) == unknown


def test_what_others_handed_in_is_known_with_its_newest_capture(house: House) -> None:
    url = house.url()
    receipt = _submitted(house.visitor("operator"), url)
    pending = _asked(house.visitor("submitter"), url)
    assert (pending["known"], pending["mine"], pending["outcome"]) == (True, None, None)
    seal(house, receipt["capture"], identity={"platform": "Telegram", "post_id": "1", "addresses": [url]})
    again = house.visitor("reviewer").post(f"{API}/items/{receipt['item']}/captures").json()["capture"]
    house.fail(again, Outcome.REMOVED, "gone")
    told = _asked(house.visitor("submitter"), url)
    assert (told["platform"], told["outcome"], told["mine"]) == ("Telegram", "captured", None)
    assert told["last_captured_at"] is not None


def test_what_a_platform_calls_itself_is_shown_on_one_bounded_line(house: House) -> None:
    url = house.url()
    receipt = _submitted(house.visitor("operator"), url)
    named = "Tele\u202egram\n" + "!" * 500
    seal(house, receipt["capture"], identity={"platform": named, "post_id": "3", "addresses": [url]})
    shown = _asked(house.visitor("submitter"), url)["platform"]
    assert shown.startswith("Telegram !")
    assert len(shown) == 80


def test_ones_own_newest_submission_is_named(house: House) -> None:
    _, client = person(house, "Sam", "submitter")
    url = house.url()
    with client:
        _submitted(client, url)
        newest = _submitted(client, f"{url}#t=2")["submission"]
        told = _asked(client, url)
    assert told["mine"]["submission"] == newest
    assert told["mine"]["received_at"] is not None
    assert _asked(house.visitor("submitter"), url)["mine"] is None


def _never(_house: House, _url: str) -> None:
    pass


def _sealed(house: House, url: str) -> None:
    _submitted(house.visitor("operator"), url, sensitivity="sealed")


def _sealed_and_captured(house: House, url: str) -> None:
    receipt = _submitted(house.visitor("operator"), url, sensitivity="sealed")
    seal(house, receipt["capture"], identity={"platform": "Telegram", "post_id": "2", "addresses": [url]})


@pytest.mark.parametrize("role", ["submitter", "reviewer", "lead"])
@pytest.mark.parametrize("own", [False, True], ids=["before", "after handing it in oneself"])
def test_a_sealed_item_looks_as_if_nobody_had_handed_it_in(house: House, role: str, *, own: bool) -> None:
    told = []
    for past in (_never, _sealed, _sealed_and_captured):
        url = house.url()
        past(house, url)
        if own:
            _submitted(house.visitor(role), url)
        found = _asked(house.visitor(role), url)
        assert found.pop("canonical_url") == url
        assert (found.pop("mine") is not None) is own
        told.append(found)
    assert told == [told[0]] * 3
    assert told[0]["known"] is own


def test_stewards_who_submit_know_of_it(house: House) -> None:
    url = house.url()
    _sealed_and_captured(house, url)
    assert _asked(house.visitor("operator"), url)["outcome"] == "captured"


def test_that_ones_own_submission_was_sealed_since_does_not_show(house: House) -> None:
    _, client = person(house, "Sam", "submitter")
    with client:
        url = house.url()
        _submitted(client, url)
        before = _asked(client, url)
        with transaction(house.engine) as session:
            session.execute(
                text(
                    "UPDATE item SET sensitivity = 'sealed' FROM source"
                    " WHERE source.id = source_id AND canonical_url = :u"
                ),
                {"u": url},
            )
        assert _asked(client, url) == before


def _known(house: House, receipt: dict[str, Any]) -> tuple[str, str]:
    """The item and the capture behind a receipt that names neither."""
    with transaction(house.engine) as session:
        found = session.get_one(Submission, receipt["submission"])
        return found.item_id, found.capture_id


def test_what_others_do_later_with_a_sealed_item_shows_to_nobody_who_handed_it_in(house: House) -> None:
    _, client = person(house, "Sam", "submitter")
    with client:
        url = house.url()
        receipt = _submitted(client, url, sensitivity="sealed")
        item, capture = _known(house, receipt)
        house.seal(capture)
        before = _asked(client, url), client.get(f"{API}/submissions/{receipt['submission']}").json()
        assert before[1]["outcome"] == "captured"
        again = house.visitor("operator").post(f"{API}/items/{item}/captures").json()["capture"]
        during = _asked(client, url), client.get(f"{API}/submissions/{receipt['submission']}").json()
        house.fail(again, Outcome.REMOVED, "The post has been deleted.")
        third = house.visitor("operator").post(f"{API}/items/{item}/captures").json()["capture"]
        house.seal(third)
        after = _asked(client, url), client.get(f"{API}/submissions/{receipt['submission']}").json()
        assert before == during == after
        assert client.get(f"{API}/submissions").json()["data"][0]["outcome"] == "captured"


def test_whoever_handed_in_what_is_sealed_hears_when_a_later_try_brings_it(house: House) -> None:
    _, client = person(house, "Sam", "submitter")
    with client:
        url = house.url()
        receipt = _submitted(client, url, sensitivity="sealed")
        item, capture = _known(house, receipt)
        house.fail(capture, Outcome.REMOVED, "The post has been deleted.")
        house.seal(house.visitor("operator").post(f"{API}/items/{item}/captures").json()["capture"])
        assert client.get(f"{API}/submissions/{receipt['submission']}").json()["outcome"] == "captured"
        assert _asked(client, url)["outcome"] == "captured"


@pytest.mark.parametrize("url", ["", "example", "ftp://example.org/x", "https://a:b@example.org/", "x" * 3000])
def test_what_is_no_address_is_refused_as_at_submission(house: House, url: str) -> None:
    answer = house.visitor("submitter").post(f"{API}/lookups", json={"url": url})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_url")
    assert house.visitor("submitter").post(f"{API}/lookups", json={"url": url, "x": 1}).status_code == 422


def test_the_list_of_ones_own_submissions_tells_what_their_receipts_tell(house: House) -> None:
    _, client = person(house, "Sam", "submitter")
    with client:
        captured, removed, pending = (_submitted(client, house.url(), note=f"note {n}") for n in range(3))
        supplied = client.post(f"{API}/uploads?name=clip.mp4", content=house.url().encode()).json()
        operator = house.visitor("operator")
        items = {r["submission"]: _item_of(house, r["submission"]) for r in (captured, removed)}
        house.seal(operator.get(f"{API}/items/{items[captured['submission']]}").json()["steps"][0]["capture"])
        gone = operator.get(f"{API}/items/{items[removed['submission']]}").json()["steps"][0]["capture"]
        house.fail(gone, Outcome.REMOVED, "The post has been deleted.")
        listed = client.get(f"{API}/submissions").json()
        made = [supplied, pending, removed, captured]
        assert [line["submission"] for line in listed["data"]] == [receipt["submission"] for receipt in made]
        assert listed["count"] == {"value": 4, "relation": "exact"}
        for line in listed["data"]:
            receipt = client.get(f"{API}/submissions/{line['submission']}").json()
            for name in ("outcome", "settled", "sentence"):
                assert line[name] == receipt.get(name)
            assert line["item"] is None
        assert [line["supplied_name"] for line in listed["data"]] == ["clip.mp4", None, None, None]
        assert [line["note"] for line in listed["data"]] == [None, "note 2", "note 1", "note 0"]
        first = client.get(f"{API}/submissions?limit=3").json()
        rest = client.get(f"{API}/submissions?limit=3&cursor={first['page']['next']}").json()
        assert first["data"] + rest["data"] == listed["data"]
    assert not {
        line["submission"] for line in house.visitor("operator").get(f"{API}/submissions?limit=500").json()["data"]
    } & {receipt["submission"] for receipt in made}


def _item_of(house: House, submission: str) -> str:
    with transaction(house.engine) as session:
        found: str = session.execute(
            text("SELECT item_id FROM submission WHERE id = :id"), {"id": submission}
        ).scalar_one()
        return found
