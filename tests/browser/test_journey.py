"""The whole way of one video: the first person, a link, the receipt, every panel, publication, and who finds it.

The tests share one window and come in the order of the work; each begins where the one before it ended.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, expect

from tests.browser.conftest import PASSWORD
from tests.browser.screen import counter, drawn_number, go, is_confirmed
from tests.site import Site
from tests.whole import House

SLOWLY = 60_000
"""Milliseconds for what the workers do."""
REGION = (20, 40, 30, 30)
"""Left, top, width and height of the marked region, in percent."""
SUMMARY = "A street after a strike, seen from above."
# Its first person is the first of all.
HAS_ITS_OWN_HOUSE = True


@pytest.fixture(scope="module")
def page(browser: Browser, browser_context_args: dict[str, Any], address: str) -> Iterator[Page]:
    """The one window of this journey."""
    outside: list[str] = []
    broken: list[str] = []

    def asked(request: Request) -> None:
        if request.url.startswith(("http", "ws")) and not request.url.startswith(f"{address}/"):
            outside.append(request.url)

    context = browser.new_context(**browser_context_args)
    context.on("request", asked)
    context.on("weberror", lambda error: broken.append(str(error.error)))
    page = context.new_page()
    page.set_default_timeout(20_000)
    yield page
    context.close()
    assert (outside, broken) == ([], [])


def said(page: Page) -> Locator:
    """What has been said so far in the open panel."""
    return page.get_by_role("list", name="Said so far").get_by_role("article")


def conclude(page: Page, reasoning: str, confidence: str) -> None:
    """What every conclusion needs: why, how sure, and the frame it rests on."""
    page.get_by_role("textbox", name="Reasoning").fill(reasoning)
    choose(page, "Confidence", confidence)
    page.get_by_role("button", name="This frame, f").click()
    page.get_by_role("button", name="Say it", exact=True).click()


def choose(page: Page, field: str, option: str) -> None:
    page.get_by_role("combobox", name=field).or_(page.get_by_role("textbox", name=field)).first.click()
    page.get_by_role("option", name=option, exact=True).click()


def open_panel(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()
    expect(page.get_by_role("tabpanel", name=name)).to_be_visible()


def answered(page: Page, words: str) -> None:
    """The header says how far the item's questions are answered."""
    expect(page.get_by_role("list", name="How far it is").get_by_text(words, exact=True)).to_be_visible()


def test_the_one_time_link_makes_the_first_person_and_works_once(page: Page, house: House, address: str) -> None:
    page.goto(f"{address}/queue")
    expect(page.get_by_role("heading", name="The one-time link is missing")).to_be_visible()
    page.goto(house.stack.setup_link)
    page.get_by_role("textbox", name="E-mail address").fill("olena@example.org")
    page.get_by_role("textbox", name="Name", exact=True).fill("Olena")
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the first account").click()
    expect(page.get_by_role("heading", name="Submit a video")).to_be_visible()
    assert house.stack.setup_link.partition("#")[2] not in page.url
    page.goto(house.stack.setup_link)
    expect(page.get_by_role("heading", name="This archive is set up already")).to_be_visible()


def test_a_link_is_preserved_before_the_submitters_eyes(page: Page, site: Site, address: str) -> None:
    page.goto(f"{address}/submit")
    page.evaluate("window.neverLoadedAgain = true")
    page.get_by_role("textbox", name="Link to the post or video").fill(site.url("/post"))
    page.get_by_role("textbox", name="What do you know about it?").fill("Filmed from a fifth floor in the morning.")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("heading", name="Receipt")).to_be_visible()
    expect(page.get_by_role("heading", name="Preserved", exact=True)).to_be_visible(timeout=SLOWLY)
    steps = page.get_by_role("listitem").filter(has_text="Looking through the pictures")
    expect(steps).to_contain_text("done", timeout=SLOWLY)
    expect(page.get_by_text("We are still looking through it")).to_be_hidden(timeout=SLOWLY)
    page.get_by_role("link", name="Open it in the workbench").click()
    expect(page.get_by_role("heading", level=1, name="Street after the strike")).to_be_visible()
    answered(page, "preserved")
    assert page.evaluate("window.neverLoadedAgain") is True


def test_the_named_frame_is_the_seen_frame_by_keys_and_by_buttons(page: Page) -> None:
    expect(counter(page)).to_have_attribute("data-stands", "unasked")
    forward = page.get_by_role("button", name="One frame forward")
    back = page.get_by_role("button", name="One frame back")
    seen: list[tuple[int, int]] = []

    def look(frame: int) -> None:
        is_confirmed(page, frame)
        seen.append((frame, drawn_number(page)))

    page.keyboard.press("Home")
    look(0)
    for frame in (1, 2, 3):
        page.keyboard.press(".")
        look(frame)
    for frame in (4, 5):
        forward.click()
        look(frame)
    back.click()
    look(4)
    for frame in (3, 2):
        page.keyboard.press(",")
        look(frame)
    page.keyboard.press("Shift+Period")
    look(12)
    go(page, 137)
    look(137)
    assert seen == [(frame, frame) for frame, _ in seen]


def test_a_note_stands_on_the_region_and_the_span_it_was_written_on(page: Page) -> None:
    go(page, 10)
    page.keyboard.press("i")
    go(page, 20)
    page.keyboard.press("o")
    page.keyboard.press("r")
    expect(page.get_by_role("button", name="Drag a rectangle over the picture")).to_be_focused()
    box = page.locator("[data-picture]").bounding_box()
    assert box
    left, top, width, height = REGION
    page.mouse.move(box["x"] + box["width"] * left / 100, box["y"] + box["height"] * top / 100)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.6)
    page.mouse.move(box["x"] + box["width"] * (left + width) / 100, box["y"] + box["height"] * (top + height) / 100)
    page.mouse.up()
    expect(page.get_by_role("button", name="Marked region, percent: 20,40,30,30")).to_be_visible()
    page.keyboard.press("Enter")
    field = page.get_by_role("textbox", name="New note")
    expect(field).to_be_focused()
    field.fill("A badge on the sleeve; compare it with the register.")
    page.keyboard.press("Control+Enter")
    note = page.get_by_role("list", name="On the video").get_by_role("listitem").filter(has_text="A badge")
    expect(note.get_by_role("button", name="f10–f20, region")).to_be_visible()
    expect(field).to_have_value("")
    page.get_by_role("button", name="Remove the mark and the region").click()
    go(page, 100)
    note.get_by_role("button", name="f10–f20, region").click()
    is_confirmed(page, 10)
    expect(page.get_by_role("button", name="Marked region, percent: 20,40,30,30")).to_be_visible()
    expect(page.get_by_role("button", name="Note, frames 10 to 20")).to_be_visible()


def test_a_click_on_the_map_is_the_place(page: Page) -> None:
    open_panel(page, "Place")
    page.get_by_role("button", name="Add a place").click()
    the_map = page.get_by_role("region", name="Map of what has been said about the place", exact=True)
    expect(the_map.locator("[data-idle]")).to_be_visible(timeout=SLOWLY)
    box = the_map.bounding_box()
    assert box
    the_map.click(position={"x": box["width"] / 2 + 30, "y": box["height"] / 2 - 20})
    field = page.get_by_role("textbox", name="Coordinates", exact=True)
    expect(field).not_to_have_value("")
    lat, lon = (float(part) for part in field.input_value().split(","))
    assert 42 < lat < 56
    assert 20 < lon < 46
    page.get_by_role("radiogroup", name="Precision class").get_by_text("Vicinity").click()
    expect(page.get_by_role("textbox", name="Radius, metres")).to_have_value("100")
    choose(page, "Method", "Landmarks matched")
    conclude(page, "The tower and the bend of the road.", "Moderate")
    expect(said(page)).to_have_count(1)
    expect(said(page)).to_contain_text("The tower and the bend of the road.")
    answered(page, "located")


def test_a_bound_is_the_time(page: Page) -> None:
    open_panel(page, "Time")
    page.get_by_role("button", name="Add a bound").click()
    page.get_by_role("textbox", name="Not before").fill("2024-03-05 14:30")
    page.get_by_role("textbox", name="Not after").fill("2024-03-05 15:10")
    choose(page, "Method", "A clock in the picture")
    conclude(page, "The clock of the station.", "High")
    expect(said(page)).to_have_count(1)
    answered(page, "dated")


def test_a_unit_enters_the_register_beside_the_picture(page: Page) -> None:
    open_panel(page, "Unit")
    page.get_by_role("button", name="Enter a new unit").click()
    entry = page.get_by_role("region", name="Enter a new unit")
    entry.get_by_role("textbox", name="Name", exact=True).fill("71 окрема бригада")
    entry.get_by_role("textbox", name="Military number").fill("95383")
    entry.get_by_role("button", name="Enter", exact=True).click()
    expect(entry).to_be_hidden()
    choose(page, "What it has to do with the item", "Is seen")
    page.get_by_role("checkbox", name="Insignia").check()
    conclude(page, "The badge on the sleeve is theirs.", "Moderate")
    expect(said(page)).to_contain_text("71 окрема бригада")
    answered(page, "identified")


def test_what_is_seen_is_told_in_words(page: Page) -> None:
    open_panel(page, "Content")
    page.get_by_role("textbox", name="What is to be seen and heard").fill(SUMMARY)
    conclude(page, "Seen from the fifth floor.", "High")
    expect(said(page)).to_contain_text(SUMMARY)


def test_the_published_record_is_found_in_the_table_and_on_the_map(page: Page) -> None:
    open_panel(page, "Publish")
    page.get_by_role("radio", name="Researchers").check()
    expect(page.get_by_role("heading", name="To be published 4")).to_be_visible()
    page.get_by_role("button", name="Publish", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Publish for: Researchers").click()
    expect(page.get_by_text("Version 1 is published.")).to_be_visible()
    answered(page, "published")
    pid = (page.get_by_role("link", name="See the record").get_attribute("href") or "").rsplit("/", 1)[-1]
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Explore").click()
    row = page.get_by_role("table", name="Table").get_by_role("row").filter(has_text=SUMMARY)
    expect(row).to_contain_text("2024")
    row.get_by_role("cell").nth(1).click()
    chosen = page.get_by_role("complementary", name="Chosen record")
    expect(chosen.get_by_role("heading", name=SUMMARY)).to_be_visible()
    expect(chosen).to_contain_text("Camera")
    chosen.get_by_role("button", name="Close").click()
    page.get_by_role("radiogroup", name="Show as").get_by_text("Map").click()
    the_map = page.get_by_role("region", name="Map", exact=True)
    expect(the_map.locator("[data-idle]")).to_be_visible(timeout=SLOWLY)
    expect(page.get_by_role("heading", name="Without place (0)")).to_be_visible()
    box = the_map.bounding_box()
    assert box
    the_map.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    chosen.get_by_role("link", name="Open the record").click()
    expect(page).to_have_url(re.compile(f"/records/{pid}$"))


def test_the_record_tells_what_was_accepted_and_no_note(page: Page) -> None:
    expect(page.get_by_role("heading", level=1, name=SUMMARY)).to_be_visible()
    for part in ("Places", "Times", "Units", "Source", "Originals", "Withheld", "To verify"):
        expect(page.get_by_role("heading", name=part, exact=True)).to_be_visible()
    sheet = page.get_by_role("article")
    for words in ("The tower and the bend of the road.", "The clock of the station.", "The badge on the sleeve"):
        expect(sheet).to_contain_text(words)
    expect(sheet).not_to_contain_text("compare it with the register")
    expect(sheet).not_to_contain_text("Filmed from a fifth floor")
    sheet.get_by_role("button", name="Compute it here").click()
    expect(sheet.get_by_text("The digest is the same")).to_be_visible()
