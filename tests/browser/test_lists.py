"""Handing in lists of links: looked at before, mended where it is wrong, followed line by line."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Seat
from tests.site import Site


@pytest.fixture
def submitter(let_in: Callable[..., object], seat: Callable[..., Seat]) -> Seat:
    return seat(let_in(f"Lister{os.urandom(4).hex()}", "submitter"))


def test_a_table_is_looked_at_then_taken_and_followed(submitter: Seat, site: Site, tmp_path: Path) -> None:
    table = tmp_path / "links.csv"
    here = site.url("/gone-post")
    table.write_text(
        f"url;note;sensitivity\r\n{here}?n=1;Вокзал;\r\nnot a link;;\r\n{here}?n=2;;cosmic\r\n{here}?n=1;Вокзал;\r\n"
        f"{here}?n=3;=1+1;public\r\n",
        encoding="utf-8-sig",
    )
    page = submitter.open("/submit")
    page.get_by_text("A list", exact=True).click()
    page.locator("input[type=file]").set_input_files(table)
    expect(page.get_by_text("2 links can be submitted.")).to_be_visible()
    expect(page.get_by_text("2 lines cannot be taken")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Line 3, url")).to_contain_text("not a web address")
    expect(page.get_by_role("listitem").filter(has_text="Line 4, sensitivity")).to_be_visible()
    expect(page.get_by_text("Says the same as line 2: left out.")).to_be_visible()
    page.get_by_role("button", name="Submit 2 good links, leave 2 out").click()
    page.wait_for_url("**/batches/bat_*")
    expect(page.get_by_role("heading", name="A list of 2 links")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Line 6 · =1+1")).to_be_visible()
    expect(page.get_by_text("2 could not be preserved: open them to see why.")).to_be_visible(timeout=60_000)
    submitter.open("/receipts")
    page.get_by_role("link", name="part of a list").first.click()
    expect(page.get_by_role("heading", name="A list of 2 links")).to_be_visible()


def test_pasted_links_are_a_list_and_what_is_none_says_what_to_do(submitter: Seat, site: Site) -> None:
    page = submitter.open("/submit")
    page.get_by_text("A list", exact=True).click()
    page.get_by_label("Or paste links").fill("colour,url\nred,https://example.org/")
    expect(page.get_by_role("alert")).to_contain_text("There is no column 'colour'")
    expect(page.get_by_role("button", name="Submit 0 links")).to_be_disabled()
    page.get_by_label("Or paste links").fill("\n".join(site.url(f"/gone-post?p={number}") for number in range(120)))
    expect(page.get_by_text("and 20 more")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.get_by_role("button", name="Submit 120 links")).to_be_enabled()


def test_a_channel_is_shown_and_only_what_is_ticked_is_taken(submitter: Seat, site: Site) -> None:
    page = submitter.open("/submit")
    page.get_by_label("Link to the post or video").fill(site.url("/channel.rss"))
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(page.get_by_role("heading", name="A channel", exact=True)).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Choose below what to take.")).to_be_visible()
    expect(page.get_by_text("0 of 13 ticked; at most 50 at once.")).to_be_visible()
    expect(page.get_by_role("button", name="Submit 0 entries")).to_be_disabled()
    page.get_by_label("Appeal 3").check()
    page.get_by_label("Appeal 5").check()
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Submit 2 entries").click()
    expect(page.get_by_role("heading", name="A list of 2 links")).to_be_visible()
    expect(page.get_by_text(f"Found on {site.url('/channel.rss')}")).to_be_visible()
