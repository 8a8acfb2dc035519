"""The captures of an item beside each other, by way of the door."""

import io
from collections.abc import Mapping
from typing import Any

from storage.archive import Archive
from storage.db.session import transaction
from storage.domain import clock
from storage.domain.kept import Attempt, Kept, StepKey
from storage.domain.permissions import SYSTEM
from storage.domain.vocab import FileRole, Outcome
from tests.api.house import API, House, next_number

_RECORD = {"url": "https://a.example/v", "software": {"yt-dlp": "1"}, "argv": ["--no-playlist", "--", "x"]}


def _seal(house: House, capture: str, caption: str, *kept: Kept, **record: Any) -> None:
    now = clock.now()
    identity = {"title": "A post", "description": caption, "account": "@olena"}
    attempt = Attempt(Outcome.CAPTURED, "", now, now, "yt-dlp", "1", identity, {**_RECORD, **record})
    blob = house.blobs.put(io.BytesIO(b"video %d" % next_number()))
    original = Kept(
        "original", FileRole.ORIGINAL, "video/mp4", {}, False, blob.digest.hex, blob.sha512, blob.size_bytes
    )
    with transaction(house.engine) as session:
        step = StepKey("capture", "1", f"key of {capture}", ())
        Archive(session, SYSTEM).seal_capture(house.claimed(capture), attempt, step, [original, *kept])


_TWO_ENGINES = {"engine": "Firefox 2", "wrote": "Chromium 1", "is_other_engine": True}
_ONE_ENGINE = {"engine": "Chromium 1"}  # as looks were told while there was no other


def _looked_at(
    house: House, presence: str, *, sealed: bool = False, engines: Mapping[str, Any] = _TWO_ENGINES
) -> list[Kept]:
    blob = house.blobs.put(io.BytesIO(b"\x89PNG %d" % next_number()))
    seen = {"presence": presence, "sentence": "So it is.", "method": "Offline.", **engines}
    page = {"outcome": "captured", "sentence": "The page came.", "ceilings_met": [], "engine": "Chromium 1"}
    size = {"width": 1280, "height": 900, "is_cut": False}
    return [
        Kept("page_capture", FileRole.CONTEXT, "application/json", page),
        Kept("presence", FileRole.PRODUCT, "application/json", seen),
        Kept(
            "presence_picture",
            FileRole.PRODUCT,
            "image/png",
            size,
            sealed,
            blob.digest.hex,
            blob.sha512,
            blob.size_bytes,
        ),
    ]


def _compared(house: House, item: str, role: str = "reviewer") -> list[Mapping[str, Any]]:
    answer = house.visitor(role).get(f"{API}/items/{item}/captures/comparison")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["data"])


def _again(house: House, item: str, **asked: Any) -> Any:
    return house.visitor("reviewer").post(f"{API}/items/{item}/captures", json=asked)


def test_what_changed_between_two_captures_is_told_with_presence_picture_and_recipe(house: House) -> None:
    item, _, first = house.submitted()
    _seal(house, first, "The market", *_looked_at(house, "present", engines=_ONE_ENGINE))
    second = _again(house, item).json()["capture"]
    _seal(house, second, "The market, edited", *_looked_at(house, "wall"), software={"yt-dlp": "2"})
    one, two = _compared(house, item)
    assert one["changes"] == []
    assert {change["name"] for change in two["changes"]} == {"bytes", "caption", "presence", "recipe yt-dlp"}
    [caption] = [change for change in two["changes"] if change["name"] == "caption"]
    assert (caption["before"], caption["after"]) == ("The market", "The market, edited")
    assert two["presence"]["presence"] == "wall"
    assert {name: two["presence"][name] for name in _TWO_ENGINES} == _TWO_ENGINES
    assert (one["presence"]["wrote"], one["presence"]["is_other_engine"]) == ("Chromium 1", False)
    assert two["page"]["outcome"] == "captured"
    assert house.visitor("reviewer").get(two["presence"]["picture"]["content"]).status_code == 200
    assert one["recipe"]["options"] == "--no-playlist"
    assert one["recipe"]["session"] == "guest"


def test_the_way_to_a_sealed_picture_is_shown_to_stewards_only(house: House) -> None:
    item, _, capture = house.submitted()
    _seal(house, capture, "The market", *_looked_at(house, "present", sealed=True))
    assert _compared(house, item)[0]["presence"]["picture"]["content"] is None
    assert _compared(house, item, "steward")[0]["presence"]["picture"]["content"] is not None


def test_a_capture_is_run_again_by_the_address_it_asked_for(house: House) -> None:
    item, _, first = house.submitted()
    _seal(house, first, "The market")
    answer = _again(house, item, like=first)
    assert answer.status_code == 202, answer.text
    held = house.claimed(answer.json()["capture"])
    assert held.job.request["url"] == _RECORD["url"]
    events = house.visitor("reviewer").get(f"{API}/items/{item}/events").json()["data"]
    [asked] = [line["event"] for line in events if line["event"]["type"] == "local:retry"]
    assert asked["detail"]["like"] == first


def test_no_capture_of_another_item_is_run_again(house: House) -> None:
    item = house.submitted()[0]
    other, _, capture = house.submitted()
    _seal(house, capture, "The market")
    assert _again(house, item, like=capture).status_code == 404
    assert _again(house, item, like="nonsense").status_code == 422
    assert len(_compared(house, other)) == 1


def _surrounded(house: House, announced: int, state: str = "ceiling") -> list[Kept]:
    def kept(kind: str, media_type: str, payload: Mapping[str, Any], *, sealed: bool = False) -> Kept:
        blob = house.blobs.put(io.BytesIO(b"WEBVTT\n\n%d" % next_number()))
        digests = (blob.digest.hex, blob.sha512, blob.size_bytes)
        return Kept(kind, FileRole.CONTEXT, media_type, payload, sealed, *digests)

    of = {"language": "uk", "format": "vtt", "name": ""}
    missing = {"kind": "automatic", **of, "why": "bytes", "came": False}
    comments = {"state": state, "kept": 2, "announced": announced, "why": "comments"}
    tracks = {"offered": {"human": 1, "automatic": 1}, "ceilings": ["bytes"], "brought": [missing]}
    record = {"error": None, "tracks": tracks, "comments": comments}
    return [
        kept("subtitles_human", "text/vtt", {**of, "made_by": "human"}),
        kept("comments", "application/json", {"state": state, "kept": 2, "announced": announced}, sealed=True),
        Kept("surroundings", FileRole.CONTEXT, "application/json", record),
    ]


def test_subtitles_are_read_by_reviewers_comments_by_stewards_and_both_are_compared(house: House) -> None:
    item, _, first = house.submitted()
    _seal(house, first, "The market", *_surrounded(house, 9))
    second = _again(house, item).json()["capture"]
    _seal(house, second, "The market", *_surrounded(house, 2, "complete"))
    one, two = _compared(house, item)
    track, missing = one["surroundings"]["tracks"]
    assert house.visitor("reviewer").get(track["content"]).headers["content-type"].startswith("text/vtt")
    assert (missing["made_by"], missing["content"], missing["why"]) == ("automatic", None, "bytes")
    comments = one["surroundings"]["comments"]
    assert (comments["state"], comments["kept"], comments["announced"]) == ("ceiling", 2, 9)
    assert comments["content"] is None
    steward = _compared(house, item, "steward")[0]["surroundings"]["comments"]["content"]
    assert house.visitor("steward").get(steward).status_code == 200
    assert house.visitor("reviewer").get(steward).status_code == 403
    changed = {change["name"]: (change["before"], change["after"]) for change in two["changes"]}
    assert changed["comments"] == ("2 (ceiling)", "2 (complete)")
    assert "uk (human" in changed["subtitles"][0]
