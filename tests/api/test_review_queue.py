"""The reviewers' queue: views, filters and orders, what a line tells, and nothing of what is sealed."""

import io
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from storage.domain.kept import Kept
from storage.domain.vocab import FileRole, Outcome
from tests.api.desk_house import etag, person, seal
from tests.api.house import API, House, content, place, unit

POST = {
    "title": "Звернення  мобілізованих\u202e до командира",
    "platform": "Rutube",
    "post_id": "channel/17",
    "account": "channel_id",
    "uploader": "Розвідка Полтава",
    "timestamp": 1677337440,
    "duration": 61.5,
}


def _kept(house: House, kind: str, content: str, told: dict[str, Any] | None = None) -> Kept:
    blob = house.blobs.put(io.BytesIO(content.encode()))
    role = FileRole.ORIGINAL if kind == "original" else FileRole.PRODUCT
    return Kept(kind, role, "image/jpeg", told or {}, False, blob.digest.hex, blob.sha512, blob.size_bytes)


def _list(client: httpx.Client, question: str = "") -> Any:
    answer = client.get(f"{API}/items?{question}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def _found(client: httpx.Client, question: str) -> list[str]:
    return [line["item"] for line in _list(client, f"limit=500&{question}")["data"]]


@pytest.fixture(scope="module")
def ann(house: House) -> Iterator[httpx.Client]:
    _, client = person(house, "Ann", "reviewer")
    yield client
    client.close()


@pytest.fixture(scope="module")
def told(house: House) -> str:
    """An item whose post has a name, with keyframes and their shielded copies."""
    item, _, capture = house.submitted()
    frames = [_kept(house, "keyframe", f"frame {number} of {item}") for number in range(5)]
    middle = {"keyframe": frames[2].sha256}
    seal(
        house,
        capture,
        _kept(house, "original", f"original of {item}"),
        _kept(house, "probe", f"probe of {item}", {"original": "a" * 64, "file": {"duration_s": 60.48}}),
        *frames,
        _kept(house, "keyframe_sketch", f"another sketch of {item}", {"keyframe": frames[0].sha256}),
        _kept(house, "keyframe_sketch", f"sketch of {item}", middle),
        _kept(house, "keyframe_blur", f"blur of {item}", middle),
        identity=POST,
    )
    return item


def test_a_line_tells_what_the_platform_calls_it_and_who_works_on_it(
    house: House, ann: httpx.Client, told: str
) -> None:
    me = ann.get(f"{API}/me").json()["id"]
    address = f"{API}/items/{told}"
    first = ann.post(f"{address}/assertions", json=place()).json()["assertion"]
    ann.post(f"{address}/assertions", json=place(radius_m=20) | {"supersedes": first})
    ann.post(f"{address}/assertions", json=content("Thirty men."))
    second = ann.post(f"{address}/assertions", json=unit("9733")).json()["assertion"]
    withdrawn = unit("9733") | {"supersedes": second, "citations": []}
    withdrawn["body"] |= {"status": "rejected"}
    assert ann.post(f"{address}/assertions", json=withdrawn).status_code == 201
    ann.put(f"{address}/assignee", json={"user": me})
    ann.put(f"{address}/lease")
    (line,) = [line for line in _list(ann, "limit=500")["data"] if line["item"] == told]
    assert line["title"] == "Звернення мобілізованих до командира"
    assert (line["platform"], line["account"]) == ("Rutube", "Розвідка Полтава")
    assert (line["published_at"], line["duration_s"]) == ("2023-02-25T15:04:00Z", 60.48)
    assert (line["outcome"], line["workflow"], line["record"]) == ("captured", "intake", None)
    assert line["kinds"] == {"place": 1, "time": 0, "unit": 0, "content": 1, "quote": 0, "note": 0}
    assert line["assignee"] == line["lease"]["holder"] == {"id": me, "name": "Ann"}
    assert line["lease"]["mine"] is True
    assert line["still"].pop("tile") is None
    pictures = {kind: ann.get(where).text for kind, where in line["still"].items()}
    line["still"]["tile"] = None
    assert pictures == {
        "clear": f"frame 2 of {told}",
        "sketch": f"sketch of {told}",
        "blur": f"blur of {told}",
    }
    whole = ann.get(address).json()
    assert {name: whole[name] for name in line} == line
    events = ann.get(f"{address}/events").json()["data"]
    assert line["changed_at"][:19] == events[-1]["event"]["at"][:19]


def test_until_it_was_looked_through_a_line_shows_the_middle_one_of_the_first_stills(
    house: House, ann: httpx.Client
) -> None:
    item, _, capture = house.submitted()
    grid = {"columns": 3, "rows": 2, "count": 5, "tile_width": 240, "tile_height": 135}
    kinds = {"clear": "first_stills", "sketch": "first_stills_sketch", "blur": "first_stills_blur"}
    sheets = [_kept(house, kind, f"{kind} of {item}", grid) for kind in kinds.values()]
    seal(house, capture, *sheets, identity={})
    (line,) = [line for line in _list(ann, "limit=500")["data"] if line["item"] == item]
    tile = line["still"].pop("tile")
    assert tile == {"column": 2, "row": 0, "columns": 3, "rows": 2, "width": 240, "height": 135}
    assert {kind: ann.get(where).text for kind, where in line["still"].items()} == {
        kind: f"{name} of {item}" for kind, name in kinds.items()
    }


def test_a_line_without_anything_says_so(house: House, ann: httpx.Client) -> None:
    item, _, _ = house.submitted()
    (line,) = [line for line in _list(ann, "limit=500")["data"] if line["item"] == item]
    empty = ("title", "platform", "account", "published_at", "duration_s", "outcome", "sentence", "assignee", "lease")
    assert [line[name] for name in (*empty, "still", "record")] == [None] * 11


def test_a_supplied_file_goes_by_its_name(house: House, ann: httpx.Client) -> None:
    supplied = (
        house.visitor("operator").post(f"{API}/uploads?name=IMG_1942%20(1).mp4", content=house.url().encode()).json()
    )
    (line,) = [line for line in _list(ann, "limit=500")["data"] if line["item"] == supplied["item"]]
    assert (line["title"], line["source"]) == ("IMG_1942 (1).mp4", None)
    assert supplied["item"] in _found(ann, "q=img_1942")


@pytest.mark.parametrize(
    ("timestamp", "duration"), [(1e300, -1), ("yesterday", "long"), (None, None), (-5, 0), (True, {}), ("nan", "inf")]
)
def test_what_a_platform_says_wrongly_is_left_out(
    house: House, ann: httpx.Client, timestamp: object, duration: object
) -> None:
    item, _, capture = house.submitted()
    identity = {"title": "x" * 5000, "timestamp": timestamp, "duration": duration}
    seal(house, capture, _kept(house, "original", item), identity=identity)
    line = ann.get(f"{API}/items/{item}").json()
    assert (line["published_at"], line["duration_s"]) == (None, None)
    assert len(line["title"]) == 300


def test_a_later_failure_shows_and_leaves_the_name(house: House, ann: httpx.Client) -> None:
    item, _, capture = house.submitted()
    seal(house, capture, _kept(house, "original", item), identity={"title": "As it was"})
    again = ann.post(f"{API}/items/{item}/captures").json()["capture"]
    house.fail(again, Outcome.REMOVED, "The post has been deleted.")
    line = ann.get(f"{API}/items/{item}").json()
    assert (line["title"], line["outcome"]) == ("As it was", "removed")
    assert line["sentence"] == "The post has been deleted."
    assert item in _found(ann, "view=failed")


def test_each_view_holds_what_it_says(house: House) -> None:
    me, client = person(house, "Olena", "reviewer")
    _, other = person(house, "Petro", "reviewer")
    assigned, leased, helped, failed, closed, others = (house.submitted() for _ in range(6))
    client.put(f"{API}/items/{assigned[0]}/assignee", json={"user": me})
    client.put(f"{API}/items/{leased[0]}/lease")
    other.put(f"{API}/items/{others[0]}/lease")
    for item, state in ((helped[0], "needs_help"), (closed[0], "out_of_scope")):
        wish = {"workflow": state, "reason": "because"}
        assert client.put(f"{API}/items/{item}/workflow", json=wish, headers=etag(client, item)).status_code == 200
    house.fail(failed[2], Outcome.PRIVATE, "The post is private.")
    ours = {
        "assigned": assigned[0], "leased": leased[0], "helped": helped[0], "failed": failed[0], "closed": closed[0],
        "others": others[0],
    }  # fmt: skip
    names = {item: name for name, item in ours.items()}
    shown = {
        view: {names[item] for item in _found(client, f"view={view}") if item in names}
        for view in ("mine", "unclaimed", "help", "failed", "all")
    }
    assert shown == {
        "mine": {"assigned", "leased"},
        "unclaimed": {"leased", "failed", "others"},
        "help": {"helped"},
        "failed": {"failed"},
        "all": set(ours),
    }
    counts = client.get(f"{API}/items/queue-counts").json()
    for view in shown:
        assert counts[view] == {"value": len(_found(client, f"view={view}")), "relation": "exact"}
    client.close()
    other.close()


@pytest.mark.parametrize(
    "question",
    [
        "q=мобілізованих", "q=КОМАНДИРА%20звернення", "q=полтава", "q=channel_id", "platform=rutube",
        "platform=Rutube&q=звернення&workflow=intake&sensitivity=restricted&view=all",
    ],
)  # fmt: skip
def test_an_item_is_found_by_what_it_is_called_in_any_case(ann: httpx.Client, told: str, question: str) -> None:
    assert _found(ann, question) == [told]


@pytest.mark.parametrize(
    "question", ["q=командир%20нема", "q=%25", "q=_вернення", "platform=Rutu", "workflow=concluded"]
)
def test_what_does_not_match_in_whole_is_not_found(ann: httpx.Client, told: str, question: str) -> None:
    assert told not in _found(ann, question)


def test_an_address_finds_its_item(house: House, ann: httpx.Client) -> None:
    url = house.url()
    item = house.visitor("operator").post(f"{API}/submissions", json={"url": url}).json()["item"]
    assert _found(ann, f"q={url}") == [item]


@pytest.mark.parametrize(
    "question",
    [
        "view=everything", "order=loudest", "workflow=done", "sensitivity=secret", "q=", f"q={'x' * 201}",
        "q=a%20b%20c%20d%20e%20f%20g%20h%20i", "q=%00", "colour=red", "view=mine&view=all", "platform=",
    ],
)  # fmt: skip
def test_a_question_that_is_not_understood_is_refused(ann: httpx.Client, question: str) -> None:
    assert ann.get(f"{API}/items?{question}").status_code == 400


def test_nothing_of_a_sealed_item_shows_in_lists_counts_or_searches(house: House, ann: httpx.Client) -> None:
    before = {view: count["value"] for view, count in ann.get(f"{API}/items/queue-counts").json().items()}
    url, secret = house.url(), "Nachtigall"
    said = {"url": url, "sensitivity": "sealed"}
    receipt = house.visitor("operator").post(f"{API}/submissions", json=said).json()
    identity = POST | {"title": secret, "platform": "Odysee", "addresses": [url]}
    seal(house, receipt["capture"], _kept(house, "original", secret), identity=identity)
    steward = house.visitor("steward")
    assert _found(steward, f"q={secret.lower()}") == _found(steward, "platform=odysee") == [receipt["item"]]
    for question in (f"q={secret}", "platform=odysee", f"q={url}", "sensitivity=sealed"):
        answer = _list(ann, question)
        assert (answer["data"], answer["count"]["value"]) == ([], 0)
    after = {view: count["value"] for view, count in ann.get(f"{API}/items/queue-counts").json().items()}
    assert after == before
    # The same address handed in again is an item of its own, and learns nothing from the sealed one.
    own = ann.post(f"{API}/submissions", json={"url": url}).json()["item"]
    line = ann.get(f"{API}/items/{own}").json()
    assert own != receipt["item"]
    assert (line["title"], line["platform"], line["account"], line["outcome"]) == (None, None, None, None)
    assert _found(ann, "platform=odysee") == []
