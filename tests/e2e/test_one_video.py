"""One video, one way: from an address to a record that is found on the map, through the real stack."""

import hashlib
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.media import draw
from tests.site import Site
from tests.whole import House
from workers.pages import chromium

pytestmark = pytest.mark.stack

KEEPS_PAGES = True
CUTS = (30, 75, 100)
FRAMES = 140
RATE = 25
_CAPTURED = ("/post", "/hls/index.m3u8", "/dash/manifest.mpd", "/moved-post")
_REFUSED = {
    "/status/404": "removed",
    "/status/403": "login_required",
    "/playlist.mp4": "not_media",
    "/huge.mp4": "too_large",
    "/to-inside.mp4": "blocked_address",
}
_PAGES = {"/gone-post": ("removed", "wall"), "/article": ("not_media", "unknown")}


@pytest.fixture(scope="module")
def handed_in(house: House, site: Site) -> Callable[[str], dict[str, Any]]:
    """What the command says in the end of an address; those above are handed in together, as many people would."""
    expected = {**dict.fromkeys(_CAPTURED, 0), **dict.fromkeys((*_REFUSED, *_PAGES), 4)}
    with ThreadPoolExecutor(4) as hands:
        ends = {path: hands.submit(house.ingest, site.url(path), expect=expect) for path, expect in expected.items()}
    return lambda path: ends[path].result()


def test_a_direct_file_is_sealed_byte_for_byte_and_its_shots_are_the_true_ones(house: House, site: Site) -> None:
    told = house.ingest(site.url("/direct.mp4"))
    served = site.media.direct
    assert told["capture"]["outcome"] == "captured"
    assert told["originals"] == [
        {"sha256": hashlib.sha256(served).hexdigest(), "size_bytes": len(served), "media_type": "video/mp4"}
    ]
    assert [(step["name"], step["outcome"]) for step in told["steps"]] == [
        ("capture", "done"),
        ("probe", "done"),
        ("credentials", "done"),
        ("arrival", "done"),
        ("analyse", "done"),
        ("review", "done"),
        ("match", "done"),
        ("ocr", "done"),
        ("speech", "done"),
        ("faces", "done"),
        ("redact", "done"),
    ]
    edges = [0, *CUTS, FRAMES]
    assert [shot["start_s"] for shot in told["shots"]] == [edge / RATE for edge in edges[:-1]]
    assert [shot["end_s"] for shot in told["shots"]] == [edge / RATE for edge in edges[1:]]
    assert [shot["transition"] for shot in told["shots"]] == ["start", "cut", "cut", "cut"]
    assert [keyframe["shot"] for keyframe in told["keyframes"]] == [0, 1, 2, 3]
    assert told["events"] == 12


@pytest.mark.parametrize("path", _CAPTURED)
def test_pages_playlists_and_redirects_are_captured_with_their_shots(
    handed_in: Callable[[str], dict[str, Any]], path: str
) -> None:
    told = handed_in(path)
    assert told["capture"]["outcome"] == "captured"
    assert told["capture"]["tool"] == "yt-dlp"
    # A transport stream does not begin at zero; the cuts lie where they lie from its first picture.
    begins = [shot["start_s"] - told["shots"][0]["start_s"] for shot in told["shots"]]
    assert begins == pytest.approx([0, *(cut / RATE for cut in CUTS)], abs=1e-9)
    assert len(told["keyframes"]) == 4
    assert len(told["originals"]) == (2 if "dash" in path else 1)


def test_a_supplied_file_is_said_to_be_supplied(house: House, tmp_path: Path) -> None:
    film = draw.cuts(tmp_path / "supplied.mp4", lengths=(20, 25), seed=77)
    told = house.ingest(str(film.path))
    assert told["originals"][0]["sha256"] == hashlib.sha256(film.path.read_bytes()).hexdigest()
    events = [line["event"] for line in house.get(f"/items/{told['item']}/events")["data"]]
    assert [event["type"] for event in events] == ["local:submission", "ingestion", *["creation"] * 9]
    assert len(told["shots"]) == 2


def test_the_same_address_joins_its_item_and_every_submission_is_kept(house: House, site: Site) -> None:
    first = house.ingest(site.url("/other.mp4"))
    hits = site.hits["/other.mp4"]
    second = house.ingest(site.url("/other.mp4#t=3"))
    assert (second["item"], second["originals"]) == (first["item"], first["originals"])
    assert second["submission"] != first["submission"]
    assert site.hits["/other.mp4"] == hits
    again = house.ingest(site.url("/other.mp4"), "--again")
    assert again["item"] == first["item"]
    assert len(house.get(f"/items/{first['item']}")["captures"]) == 2
    assert again["shots"] == first["shots"]


@pytest.mark.parametrize(("path", "outcome"), _REFUSED.items())
def test_what_cannot_be_captured_ends_with_its_outcome_and_leaves_no_file(
    handed_in: Callable[[str], dict[str, Any]], site: Site, path: str, outcome: str
) -> None:
    _ended_without_a_file(handed_in(path), outcome, site)


# By itself: its failed tries, with the failure of another address among them, would make the whole site rest.
def test_what_is_broken_off_before_it_begins_is_tried_again_and_ends_as_unreachable(house: House, site: Site) -> None:
    _ended_without_a_file(house.ingest(site.url("/empty.mp4"), expect=4), "unreachable", site)


def _ended_without_a_file(told: dict[str, Any], outcome: str, site: Site) -> None:
    assert told["capture"]["outcome"] == outcome
    assert told["capture"]["sentence"]
    assert told["originals"] == []
    assert sum(site.inside_hits.values()) == 0


@pytest.mark.skipif(chromium.find() is None, reason="no Chromium on this machine (apt install chromium)")
@pytest.mark.parametrize(("path", "outcome", "presence"), [(path, *expected) for path, expected in _PAGES.items()])
def test_where_no_video_could_be_collected_its_page_is_kept(
    handed_in: Callable[[str], dict[str, Any]], house: House, path: str, outcome: str, presence: str
) -> None:
    told = handed_in(path)
    assert told["capture"]["outcome"] == outcome
    [compared] = house.get(f"/items/{told['item']}/captures/comparison")["data"]
    assert compared["page"]["outcome"] == "captured"
    assert compared["page"]["picture"]["width"] == 1280
    assert compared["presence"]["presence"] == presence
    assert {"page_archive", "page_html", "page_text"} <= {
        file["kind"] for file in house.get(f"/items/{told['item']}")["files"]
    }
    assert {step["name"] for step in house.get(f"/items/{told['item']}")["steps"]} == {"capture", "page", "presence"}
    receipt = house.get(f"/submissions/{told['submission']}")
    assert receipt["settled"]
    assert receipt["sentence"].endswith("The page itself has been kept.")


def test_what_is_no_address_is_wrong_usage(house: House) -> None:
    house.svidok("ingest", "ftp://example.org/a.mp4", "--wait", "--json", expect=2)


def test_a_place_a_time_and_a_unit_are_said_published_and_found(house: House, site: Site) -> None:
    """The tour of the README."""
    told = house.ingest(site.url("/direct.mp4"))
    item, original, keyframe = told["item"], told["originals"][0]["sha256"], told["keyframes"][1]
    cited = [{"target": original, "selector": f"t={keyframe['time_s']:.3f}&xywh=percent:10,10,30,40"}]
    common = {"reasoning": "The water tower and the fence stand as in the picture.", "confidence": "moderate"}
    for kind, body in (
        (
            "place",
            {
                "role": "camera",
                "lat": 52.2869,
                "lon": 104.305,
                "radius_m": 60,
                "heading_deg": 135,
                "method": "landmark_match",
            },
        ),
        (
            "time",
            {
                "about": "capture",
                "earliest": "2023-02-24T06:00:00Z",
                "latest": "2023-02-25T18:00:00Z",
                "method": "shadow",
            },
        ),
        (
            "unit",
            {
                "name_as_written": "1439-й мотострелковый полк",
                "role": "speakers_belong_to",
                "basis": ["speech"],
            },
        ),
    ):
        house.post(f"/items/{item}/assertions", {"kind": kind, "body": {**body, **common}, "citations": cited})
    assert house.get("/records", near="52.287,104.305,500")["data"] == []
    published = house.post(f"/items/{item}/publication", {"sensitivity": "researcher"})
    [found] = house.get("/records", near="52.287,104.305,500")["data"]
    assert found["pid"] == published["pid"]
    assert house.get("/records", near="50.45,30.52,500")["data"] == []
    assert len(house.get("/records", unit="1439 motostrelkovy polk")["data"]) == 1
    assert len(house.get("/records", bbox="104,52,105,53")["data"]) == 1
    features = house.api.get("/records", params={"unit": "1439"}, headers={"Accept": "application/geo+json"}).json()
    assert features["type"] == "FeatureCollection"
    assert features["features"][0]["geometry"]["coordinates"] == [104.305, 52.2869]
    events = [line["event"]["type"] for line in house.get(f"/items/{item}/events")["data"]]
    assert events[-4:] == ["local:assertion"] * 3 + ["local:publication"]


def test_an_original_is_read_in_ranges_by_its_digest(house: House, site: Site) -> None:
    told = house.ingest(site.url("/direct.mp4"))
    path = f"/items/{told['item']}/files/{told['originals'][0]['sha256']}/content"
    whole, part = house.api.get(path), house.api.get(path, headers={"Range": "bytes=100-199"})
    assert whole.content == site.media.direct
    assert (part.status_code, part.content) == (206, site.media.direct[100:200])


def test_fault_B5_submitting_does_not_wait_for_a_frozen_broker(house: House) -> None:
    broker = psutil.Process(house.stack.pid("valkey"))
    broker.suspend()
    try:
        began = time.monotonic()
        for number in range(10):
            house.post("/submissions", {"url": f"http://192.0.2.1/{number}.mp4"})
        assert time.monotonic() - began < 20
    finally:
        broker.resume()
    told = house.ingest("http://192.0.2.1/0.mp4", expect=4)
    assert told["capture"]["outcome"] == "blocked_address"


def test_a_user_and_a_key_made_by_command_come_in_with_their_roles_only(house: House) -> None:
    key = house.svidok("key", "add", "--role", "submitter", "--name", "phone").strip()
    base = str(house.api.base_url)
    with httpx.Client(base_url=base, headers={"Authorization": f"Bearer {key}"}) as phone:
        assert phone.post("/submissions", json={"url": "http://192.0.2.1/a.mp4"}).status_code == 202
        assert phone.get("/items").status_code == 403


def test_a_file_is_analysed_without_server_and_vault(tmp_path: Path) -> None:
    film = draw.cuts(tmp_path / "film.mp4")
    run = subprocess.run(
        [sys.executable, "-P", "-m", "workers.cli", "analyse", str(film.path), "--json"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
    )
    assert '"start_frame": 30' in run.stdout
