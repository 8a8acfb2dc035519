"""What stands around a video, by real yt-dlp in a box: what comes home, and what no page may make it do."""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests import pages
from tests.capturing import Desk, Exit
from tests.site import Site
from workers.sources import surroundings
from workers.step import Product

Ask = Callable[..., list[Product]]
TALK = ("-c", Path(__file__).with_name("talk.py").read_text(), *surroundings._PROGRAM)


def ask(desk: Desk, url: str, *, most: int = 500) -> list[Product]:
    return surroundings.surroundings(replace(desk.context({}, wall_s=60.0), comments_most=most), url)


def told(brought: list[Product]) -> dict[str, Any]:
    [record] = [one for one in brought if one.kind == "surroundings"]
    return dict(record.payload)


def comments(brought: list[Product]) -> Mapping[str, Any]:
    [product] = [one for one in brought if one.kind == "comments"]
    assert product.path is not None
    assert product.sealed
    assert product.role == "context"
    return dict(json.loads(product.path.read_text()))


@pytest.fixture
def talking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surroundings, "_PROGRAM", TALK)


@pytest.fixture(scope="module")
def talk(way_out: Exit, site: Site, tmp_path_factory: pytest.TempPathFactory) -> list[Product]:
    """One good talk, asked once for the tests that look at what came of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(surroundings, "_PROGRAM", TALK)
        return ask(Desk(way_out, tmp_path_factory.mktemp("talk")), site.url("/talk/good"))


def test_tracks_of_people_and_of_machines_are_kept_apart_and_as_served(talk: list[Product]) -> None:
    tracks = [one for one in talk if one.kind.startswith("subtitles_")]
    assert [(one.kind, one.payload["language"], one.media_type) for one in tracks] == [
        ("subtitles_human", "uk", "text/vtt"),
        ("subtitles_automatic", "uk-orig", "text/vtt"),
    ]
    served, data = (one.path.read_text() for one in tracks if one.path)
    assert served == pages.TRACK
    assert "machine" in data
    assert told(talk)["tracks"]["offered"] == {"human": 1, "automatic": 2}
    assert all(one.role == "context" and not one.sealed for one in tracks)


def test_comments_are_kept_in_the_sources_words_sealed_and_without_what_opens_a_session(talk: list[Product]) -> None:
    document = comments(talk)
    assert (document["state"], document["announced"], len(document["comments"])) == ("complete", 75, 75)
    odd, one = document["comments"][:2]
    assert one == {"id": "1", "author": "Reader 1", "author_id": "@reader1", "text": "Words 1", "parent": "root"}
    assert odd["text"] == "See https://example.org/x?y=1\ufffd"
    assert (odd["like_count"], odd["timestamp"], odd["author_url"]) == (3, 1764000000, "https://example.org/@olena")
    assert "author_thumbnail" not in odd
    assert "parent" not in odd
    assert "very-secret" not in json.dumps(document)
    assert told(talk)["comments"] == {"state": "complete", "kept": 75, "announced": 75, "why": None}


@pytest.mark.usefixtures("talking")
def test_comments_end_at_the_ceiling_which_is_told_and_no_page_after_it_is_asked(desk: Desk, site: Site) -> None:
    before = site.hits["/talk-good.json"]
    brought = ask(desk, site.url("/talk/good"), most=30)
    assert told(brought)["comments"] == {"state": "ceiling", "kept": 30, "announced": 75, "why": "comments"}
    assert len(comments(brought)["comments"]) == 30
    assert site.hits["/talk-good.json"] - before == 2


@pytest.mark.usefixtures("talking")
def test_comments_that_break_off_are_kept_as_far_as_they_came_and_say_why(desk: Desk, site: Site) -> None:
    brought = ask(desk, site.url("/talk/broken"))
    said = told(brought)["comments"]
    assert (said["state"], said["kept"]) == ("failed", 25)
    assert "is gone" in said["why"]
    assert "very-secret" not in json.dumps(told(brought))
    assert len(comments(brought)["comments"]) == 25


@pytest.mark.usefixtures("talking")
def test_a_site_that_holds_comments_back_is_left_with_what_it_gave(
    desk: Desk, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surroundings, "_WALL_S", 6.0)
    brought = ask(desk, site.url("/talk/slow"))
    assert told(brought)["ended"]["how"] == "timed_out"
    assert told(brought)["comments"]["state"] == "failed"
    assert len(comments(brought)["comments"]) == 25
    assert [one.kind for one in brought if one.kind.startswith("subtitles_")] != []


def test_hostile_tracks_reach_nothing_inside_are_cut_and_hold_up_no_other(
    desk: Desk, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surroundings, "_CEILINGS", {**surroundings._CEILINGS, "track_bytes": 100_000, "tracks": 7})
    before = site.inside_hits.total()
    brought = ask(desk, site.url("/post-hostile-tracks"))
    tracks = {one["language"]: one for one in told(brought)["tracks"]["brought"]}
    assert {language for language, one in tracks.items() if one["came"]} == {"../../etc/x", "pl"}
    assert tracks["de"]["why"] == "bytes"
    assert told(brought)["tracks"]["ceilings"] == ["tracks", "bytes"]
    assert told(brought)["comments"]["state"] == "not_offered"
    assert all(tracks[language]["why"] for language in ("en", "fr", "it", "uk"))
    assert site.inside_hits.total() == before
    assert {way["port"] for way in told(brought)["refused"]} == {site.inside_port}
    files = {one.payload["language"]: one for one in brought if one.kind == "subtitles_human"}
    assert all(one.path and one.path.parent == desk.folder / "scratch" / "surroundings" for one in files.values())
    assert [language for language, one in files.items() if one.sealed] == ["pl"]


def test_subtitles_in_segments_become_one_track_and_never_lead_inside(desk: Desk, site: Site) -> None:
    before = site.inside_hits.total()
    brought = ask(desk, site.url("/subtitled.m3u8"))
    tracks = {one["language"]: one for one in told(brought)["tracks"]["brought"]}
    assert {language: one["came"] for language, one in tracks.items()} == {"uk": True, "en": False, "de": False}
    [uk] = [one for one in brought if one.kind == "subtitles_human"]
    assert uk.path is not None
    words = uk.path.read_text()
    assert words.startswith("WEBVTT")
    assert [words.count(one) for one in ("first words", "second words")] == [1, 1]
    assert words.index("first words") < words.index("00:01.500 --> 00:00:02.000") < words.index("second words")
    assert site.inside_hits.total() == before
    assert {way["port"] for way in told(brought)["refused"]} == {site.inside_port}


def test_a_post_that_is_gone_by_then_ends_in_words(desk: Desk, site: Site) -> None:
    brought = ask(desk, site.url("/status/404"))
    assert "404" in told(brought)["error"]
    assert told(brought)["comments"]["state"] == "failed"


def test_a_program_that_was_taken_over_is_not_believed(desk: Desk, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    lie = (
        "import json, os; os.symlink('/etc/passwd', 'track.1'); open('comments.jsonl', 'w').write('[' * 9000);"
        "t = dict(file='track.1', kind='human', language='x', format='vtt', name='', why=None);"
        "json.dump(dict(error=None, extractor='x', tracks=dict(offered={}, ceilings=[], brought=[t]),"
        "comments=dict(state='complete', kept=99, announced=None, why=None)), open('told.json', 'w'))"
    )
    monkeypatch.setattr(surroundings, "_PROGRAM", ("-c", lie))
    brought = ask(desk, site.url("/post"))
    assert {one.kind for one in brought} == {"surroundings"}
    assert told(brought)["tracks"]["brought"][0]["came"] is False
    assert told(brought)["comments"]["kept"] == 0
    assert sys.executable not in json.dumps(told(brought))
