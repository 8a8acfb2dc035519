"""Pages when things are not as usual: thousands of items, odd windows, no WebGL, nobody answering, closed doors."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from storage.db.session import open_engine, transaction
from storage.settings import Settings
from tests.api.test_crowded_queue import MANY, SEEDS
from tests.browser.conftest import Person, Seat
from tests.browser.furnished import Furnished, furnish
from tests.site import Site
from tests.whole import House
from workers.stack.parts import connected

_RELATION = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_WITHOUT_WEBGL2 = """
const getContext = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
  return kind === 'webgl2' ? null : getContext.call(this, kind, ...more);
};
"""
_FETCHED = "part => performance.getEntriesByType('resource').some(({ name }) => name.includes(part))"
# Thousands of items come into it.
HAS_ITS_OWN_HOUSE = True


@pytest.fixture(scope="module")
def furnished(house: House, site: Site, tmp_path_factory: pytest.TempPathFactory) -> Furnished:
    return furnish(house.api, tmp_path_factory.mktemp("clips"), site.url)


@pytest.fixture(scope="module")
def lead(let_in: Callable[..., Person]) -> Person:
    return let_in("Olena", "lead", "admin")


@pytest.fixture(scope="module")
def reviewer(let_in: Callable[..., Person]) -> Person:
    return let_in("Marko", "reviewer")


@pytest.fixture(scope="module")
def researcher(let_in: Callable[..., Person]) -> Person:
    return let_in("Iryna", "researcher")


def _settled(page: Page) -> None:
    expect(page.locator("h1").first).to_be_attached()
    expect(page.get_by_role("status", name="Loading")).to_have_count(0)


def test_no_page_is_wider_than_a_very_wide_window(
    seat: Callable[..., Seat], lead: Person, furnished: Furnished
) -> None:
    """What opens narrow and grows; whatever there is else, is looked at on a desk and on a phone by the auditor."""
    sitting = seat(lead)
    page = sitting.page
    wide = {}
    for path in ("/queue?view=all", f"/items/{furnished.full}?tab=place", "/explore?face=map", "/admin/jobs"):
        page.set_viewport_size({"width": 390, "height": 900})
        sitting.open(path)
        _settled(page)
        page.set_viewport_size({"width": 2560, "height": 900})
        _settled(page)
        if over := page.evaluate(_RELATION):
            wide[path] = over
    assert wide == {}


def test_the_policy_lets_no_written_script_run(seat: Callable[..., Seat], lead: Person) -> None:
    sitting = seat(lead)
    answer = sitting.page.goto(f"{sitting.address}/queue")
    assert answer is not None
    told = dict(part.strip().partition(" ")[::2] for part in answer.headers["content-security-policy"].split(";"))
    assert told["script-src"] == "'self'"
    assert told["default-src"] == "'none'"
    assert "unsafe" not in answer.headers["content-security-policy"]


def test_a_queue_of_thousands_holds_few_rows_in_the_page(
    seat: Callable[..., Seat], house: House, lead: Person, furnished: Furnished
) -> None:
    engine = open_engine(connected(Settings(vault=house.stack.vault)).database_url.get_secret_value())
    for seed in SEEDS:
        with transaction(engine) as session:
            session.execute(text(seed))
    engine.dispose()
    sitting = seat(lead)
    page = sitting.open("/queue?view=all&order=oldest&q=many.example")
    rows = page.locator("ol[aria-label=All] > li")
    expect(rows.first).to_be_visible()
    total = MANY - MANY // 10
    assert rows.first.get_attribute("aria-setsize") == str(total)
    seen = 0
    # Every turn of the wheel loads what comes next, until the last row of all is there.
    for _ in range(400):
        page.mouse.move(700, 600)
        page.mouse.wheel(0, 40_000)
        last = rows.last.get_attribute("aria-posinset")
        assert rows.count() < 60
        seen = int(last or 0)
        if seen == total:
            break
        page.wait_for_timeout(30)
    assert seen == total
    expect(rows.last).to_be_visible()


def test_without_webgl2_the_map_is_an_outline_with_words(
    seat: Callable[..., Seat], reviewer: Person, furnished: Furnished
) -> None:
    sitting = seat(reviewer)
    sitting.page.add_init_script(_WITHOUT_WEBGL2)
    for path in (f"/items/{furnished.full}?tab=place", "/explore?face=map", f"/places?sel={furnished.place}"):
        page = sitting.open(path)
        expect(page.get_by_text("This browser draws no WebGL 2", exact=False).first).to_be_visible()
    page = sitting.open(f"/items/{furnished.full}?tab=place")
    expect(page.get_by_text("52.28690, 104.30500", exact=False).first).to_be_visible()
    page.get_by_role("button", name="Add a place").click()
    page.get_by_label("Coordinates").first.fill("48.5, 37.5")
    expect(page.get_by_label("Radius, metres")).to_be_visible()


def test_when_nobody_answers_the_page_says_so_and_goes_on_afterwards(
    seat: Callable[..., Seat], reviewer: Person, furnished: Furnished
) -> None:
    sitting = seat(reviewer)
    page = sitting.open("/queue?view=all")
    _settled(page)
    page.context.set_offline(True)
    page.get_by_role("link", name="Failed", exact=False).click()
    expect(page.get_by_role("alert")).to_contain_text("The server does not answer")
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_role("link", name="gone-post", exact=False)).to_be_visible()


def test_an_open_item_stays_readable_while_nobody_answers(
    seat: Callable[..., Seat], reviewer: Person, furnished: Furnished
) -> None:
    sitting = seat(reviewer)
    page = sitting.open(f"/items/{furnished.full}?tab=notes")
    _settled(page)
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_enabled()
    page.wait_for_function(_FETCHED, arg="source-panel")
    page.context.set_offline(True)
    page.get_by_label("New note").fill("Written while nobody answered.")
    expect(page.get_by_text("Kept in this browser", exact=False)).to_be_visible()
    page.get_by_role("tab", name="Source").click()
    expect(page.get_by_role("heading", name="Captures")).to_be_visible()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    page.context.set_offline(False)
    page.reload()
    page.get_by_role("tab", name="Notes").click()
    expect(page.get_by_label("New note")).to_have_value("Written while nobody answered.")


def test_who_may_not_is_told_why_and_whom_to_ask(
    seat: Callable[..., Seat], reviewer: Person, researcher: Person, furnished: Furnished
) -> None:
    page = seat(reviewer).open(f"/items/{furnished.full}?tab=publish")
    expect(page.get_by_text("Publishing is for leads. Ask one of them.")).to_be_visible()
    expect(page.get_by_role("button", name="Publish the next version")).to_be_disabled()
    reading = seat(researcher)
    page = reading.open("/queue")
    expect(page.get_by_role("heading", level=1)).to_have_text("The queue is for reviewers")
    expect(page.get_by_role("link", name="To what is published")).to_be_visible()
    page = reading.open(f"/items/{furnished.full}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Items are for reviewers")
    page = reading.open("/admin")
    expect(page.get_by_role("heading", level=1)).to_have_text("This is for administrators and leads")


def test_what_is_not_there_is_said_with_a_way_on(
    seat: Callable[..., Seat], reviewer: Person, furnished: Furnished
) -> None:
    sitting = seat(reviewer)
    for path, way in (
        ("/items/itm_" + "0" * 26, "To the queue"),
        ("/items/anything", "To the queue"),
        ("/nowhere", "Go to the start"),
    ):
        page = sitting.open(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_role("main").get_by_role("link", name=way)).to_be_visible()
    for path in ("/records/rec_" + "0" * 26, "/units/unt_" + "0" * 26, "/receipts/sub_" + "0" * 26):
        page = sitting.open(path)
        expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here, or you may not see it")
        expect(page.get_by_role("main").get_by_role("button", name="Try again")).to_be_visible()


def test_a_printed_record_is_the_record_alone(
    seat: Callable[..., Seat], reviewer: Person, furnished: Furnished
) -> None:
    page = seat(reviewer).open(f"/records/{furnished.records[0]}")
    _settled(page)
    page.emulate_media(media="print")
    expect(page.get_by_role("banner")).to_be_hidden()
    expect(page.get_by_role("navigation")).to_have_count(0)
    expect(page.get_by_role("button", name="Print")).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text(furnished.original[:12], exact=False).first).to_be_visible()
