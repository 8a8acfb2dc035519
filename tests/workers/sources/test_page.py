"""The page around the media: what a browser in a box brings home, and what no page may make it do."""

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from tests import site_pages
from tests.capturing import Desk, Exit
from tests.site import Site
from workers.pages import chromium
from workers.sources import page
from workers.step import Product

Visit = Callable[[str], dict[str, Product]]
pytestmark = pytest.mark.skipif(chromium.find() is None, reason="no Chromium on this machine (apt install chromium)")


@pytest.fixture
def visit(desk: Desk, site: Site) -> Visit:
    def go(path: str) -> dict[str, Product]:
        return {one.kind: one for one in page.visit(desk.context({}, wall_s=120.0), site.url(path))}

    return go


def told(brought: dict[str, Product]) -> dict[str, Any]:
    return dict(brought["page_capture"].payload)


def text_of(product: Product) -> str:
    assert product.path is not None
    return product.path.read_text()


@pytest.fixture(scope="module")
def plain(way_out: Exit, site: Site, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Product]:
    """One good page, visited once for the tests that look at what came of it."""
    desk = Desk(way_out, tmp_path_factory.mktemp("plain"))
    return {one.kind: one for one in page.visit(desk.context({}, wall_s=120.0), site.url("/shown/plain"))}


def test_a_page_comes_as_archive_picture_html_and_words(plain: dict[str, Product]) -> None:
    assert told(plain)["outcome"] == "captured", told(plain)
    assert site_pages.CAPTION in text_of(plain["page_text"])
    assert site_pages.AUTHOR in text_of(plain["page_text"])
    assert text_of(plain["page_html"]).startswith("<!doctype html>")
    picture = plain["page_picture"]
    assert picture.path is not None
    assert picture.path.read_bytes().startswith(b"\x89PNG")
    assert picture.payload["width"] == 1280
    assert all(one.role == "context" for one in plain.values())


def test_the_archive_is_sealed_and_wacz_validate_finds_it_valid(plain: dict[str, Product]) -> None:
    archive = plain["page_archive"]
    assert archive.sealed
    assert plain["page_html"].sealed
    assert archive.path is not None
    command = [str(Path(sys.executable).with_name("wacz")), "validate", "-f", str(archive.path)]
    said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert said.returncode == 0, said.stdout + said.stderr
    assert "valid" in said.stdout


def test_the_archive_holds_what_the_page_loaded_and_nothing_that_opens_a_session(
    plain: dict[str, Product], site: Site
) -> None:
    assert plain["page_archive"].path is not None
    warc = plain["page_archive"].path.with_name("data.warc.gz")
    with warc.open("rb") as stream:
        found = [(one.rec_type, one.rec_headers.get_header("WARC-Target-URI")) for one in ArchiveIterator(stream)]
    assert {("response", site.url(path)) for path in ("/shown/plain", "/direct.mp4", "/thumb.jpg")} <= set(found)
    with gzip.open(warc) as stream:
        everything = stream.read().lower()
    assert b"as the browser decoded them" in everything
    assert b"proxy-authorization" not in everything
    assert b"3128" not in everything
    assert b"/work/" not in everything


def test_cookies_that_a_site_sets_are_not_kept(visit: Visit) -> None:
    brought = visit("/cookie")
    path = brought["page_archive"].path
    assert path is not None
    with gzip.open(path.with_name("data.warc.gz")) as stream:
        everything = stream.read()
    assert b"secret-token" not in everything
    assert b"/cookie" in everything


def test_a_page_that_prints_its_visitors_address_is_sealed_whole(visit: Visit) -> None:
    brought = visit("/address")
    assert told(brought)["shows_address"] is True
    assert "93.184.215.14" not in json.dumps(told(brought))
    assert brought["page_text"].sealed
    assert brought["page_picture"].sealed


def test_a_page_that_leads_inside_is_told_as_blocked_and_nobody_inside_is_asked(visit: Visit, site: Site) -> None:
    before = sum(site.inside_hits.values())
    brought = visit("/attack/goes-inside")
    assert told(brought)["outcome"] == "blocked_address"
    assert sum(site.inside_hits.values()) == before


def test_without_a_browser_the_page_is_told_as_missing_and_nothing_fails(
    visit: Visit,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chromium, "find", lambda: None)
    brought = visit("/shown/plain")
    assert set(brought) == {"page_capture"}
    assert told(brought) == {"outcome": "unsupported", "sentence": page.NO_BROWSER}


def test_where_the_operator_keeps_no_pages_each_capture_says_so(desk: Desk, site: Site) -> None:
    [brought] = page.visit(replace(desk.context({}, wall_s=120.0), keeps_pages=False), site.url("/shown/plain"))
    assert (brought.kind, brought.payload["outcome"]) == ("page_capture", "not_wanted")


@pytest.mark.chaos
@pytest.mark.parametrize("path", sorted(path for path in site_pages.attacks("", "") if "goes-inside" not in path))
def test_no_page_gets_out_or_in_or_holds_the_browser_for_ever(
    visit: Visit, site: Site, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "_WALL_S", 35.0)
    before = sum(site.inside_hits.values())
    brought = visit(path)
    said = told(brought)
    assert said["outcome"] in ("captured", "partial"), said
    assert said["ended"]["wall_s"] < page._WALL_S + 15
    assert sum(site.inside_hits.values()) == before
    assert site.hits["/opened"] == 0
    words = text_of(brought["page_text"]) if "page_text" in brought else ""
    assert "root:" not in json.dumps(said) + words
    match path.rpartition("/")[2]:
        case "flood":
            assert "requests" in said["ceilings_met"]
            assert said["sentence"] == "The page was cut at 1500 requests."
            assert "page_archive" in brought
            assert site.hits["/flood"] <= page._CEILINGS["requests"]
        case "endless":
            assert said["cut"]
        case "tall":
            assert brought["page_picture"].payload["is_cut"]
        case "lies":
            assert "An attack" in words
        case "forever":
            assert "page_archive" in brought
            assert "page_picture" not in brought
