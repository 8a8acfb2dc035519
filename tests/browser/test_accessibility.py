"""axe finds nothing on any page: WCAG 2.2 AA and best practice, in both themes, on a desk and on a phone.

No page is wider than its window either, nothing moves where people want rest, and the console has no complaint.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Locator, Page, ViewportSize, expect
from playwright.sync_api import TimeoutError as TookTooLong

from tests.browser.conftest import PASSWORD, Person, Seat
from tests.browser.furnished import Furnished, furnish
from tests.browser.troubled import Troubled, trouble
from tests.site import Site
from tests.whole import House
from tests.workers.stack import patience

KEEPS_PAGES = True
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Everything is looked at in the dark on a desk. Another theme changes colours only, and a phone all but colours; what
# is open stays open while the window becomes a phone's, as it does for whoever turns a tablet.
_EVERYTHING: dict[str, Any] = {"runOnly": {"type": "tag", "values": _TAGS}}
_COLOURS: dict[str, Any] = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
_ALL_BUT_COLOURS = _EVERYTHING | {"rules": {"color-contrast": {"enabled": False}}}
_RUN = """async options => {
  const { violations } = await axe.run({ ...options, resultTypes: ['violations'], preload: false });
  return violations.map(({ id, help, nodes }) => [id, help, nodes.map(({ target, html, failureSummary }) =>
    [target.flat().join(' '), html.slice(0, 240), failureSummary.split('\\n').slice(1).join('; ').trim()])]);
}"""
_LOADED = """() => !document.querySelector('[role=status][aria-label=Loading]') && document.querySelector('h1')
  && [...document.querySelectorAll('main *')].every(one => !(one.tagName === 'IMG' && !one.complete))"""
_OVER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_MOVING = "document.getAnimations().filter(one => one.playState === 'running').length"
_DESK = ViewportSize(width=1440, height=900)
_PHONE = ViewportSize(width=390, height=844)


@dataclass
class Auditor:
    """Walks through pages and notes what axe finds on the way."""

    seat: Seat
    found: list[str]

    @property
    def page(self) -> Page:
        return self.seat.page

    def at(self, path: str, what: str = "") -> None:
        """Open a page and look at it."""
        self.seat.open(path)
        self.look(what or path)

    def look(self, what: str, shown: Locator | None = None, *, on_desk: bool = True) -> None:
        """Look at what is there now, on a desk and on a phone; `shown` is what must be there first."""
        page = self.page
        if shown is not None:
            expect(shown.first).to_be_visible()
        page.wait_for_function(_LOADED)
        if not page.evaluate("typeof axe === 'object'"):
            page.evaluate(AXE_SCRIPT)
        if on_desk:
            self._audit(what, _DESK, ("dark", _EVERYTHING), ("light", _COLOURS))
        page.set_viewport_size(_PHONE)
        page.wait_for_function(_LOADED)
        self._audit(what, _PHONE, ("light", _ALL_BUT_COLOURS))
        page.set_viewport_size(_DESK)

    def _audit(self, what: str, size: ViewportSize, *themes: tuple[str, dict[str, Any]]) -> None:
        width = size["width"]
        try:
            # A menu that is open while the window changes finds its new place a little later.
            self.page.wait_for_function(f"() => {_OVER} <= 0", timeout=patience(5) * 1000)
        except TookTooLong:
            over = self.page.evaluate(_OVER)
            self.found.append(f"{what} ({width} px): {over} px wider than its window")
        if moving := self.page.evaluate(_MOVING):
            self.found.append(f"{what} ({width} px): {moving} things move, though people asked for rest")
        for scheme, options in themes:
            self.page.evaluate("to => document.documentElement.setAttribute('data-mantine-color-scheme', to)", scheme)
            for rule, help_, nodes in self.page.evaluate(_RUN, options):
                told = "".join(f"\n    {target}\n      {html}\n      {why}" for target, html, why in nodes[:6])
                self.found.append(f"{what} ({scheme}, {width} px): {rule}: {help_}, {len(nodes)} times{told}")

    def press(self, name: str, role: Any = "button", *, exact: bool = True, nth: int = 0) -> None:
        self.page.get_by_role(role, name=name, exact=exact).nth(nth).click()


@pytest.fixture(scope="module")
def furnished(house: House, site: Site, tmp_path_factory: pytest.TempPathFactory) -> Furnished:
    return furnish(house.api, tmp_path_factory.mktemp("clips"), site.url)


@pytest.fixture(scope="module")
def people(let_in: Callable[..., Person]) -> dict[str, Person]:
    """One person for each way of using the archive."""
    return {
        "lead": let_in("Olena", "lead", "admin"),
        "reviewer": let_in("Marko", "reviewer"),
        "researcher": let_in("Iryna", "researcher"),
        "submitter": let_in("Taras", "submitter"),
        "steward": let_in("Nadia", "steward"),
    }


@pytest.fixture(scope="module")
def troubled(house: House, site: Site, people: dict[str, Person], tmp_path_factory: pytest.TempPathFactory) -> Troubled:
    two = people["lead"].email, people["steward"].email
    return trouble(house, site, tmp_path_factory.mktemp("troubled"), two, PASSWORD)


@pytest.fixture
def walk(
    seat: Callable[..., Seat],
    people: dict[str, Person],
    furnished: Furnished,
    console: Callable[[Page], None],
) -> Iterator[Callable[[str], Auditor]]:
    """Somebody who looks with axe; in the end nothing may have been found."""
    found: list[str] = []

    def begin(who: str) -> Auditor:
        sitting = seat(people[who])
        console(sitting.page)
        return Auditor(sitting, found)

    yield begin
    assert not found, "\n" + "\n".join(found)


def test_setting_up_and_logging_in(house: House, new_context: Callable[..., Any], address: str) -> None:
    found: list[str] = []
    page = new_context().new_page()
    stranger = Auditor(Seat(page, address, Person("", "", "")), found)
    stranger.at("/setup", "set-up without its link")
    page.goto("about:blank")
    page.goto(house.stack.setup_link)
    stranger.look("set-up", page.get_by_label("E-mail address"))
    stranger.at("/login")
    page.get_by_label("E-mail address").fill("nobody@example.org")
    page.locator("input[type=password]").fill("not this one")
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    stranger.look("refused log-in", page.get_by_role("alert"))
    assert not found, "\n" + "\n".join(found)


def test_what_strangers_see(walk: Callable[[str], Auditor], furnished: Furnished, seat: Any) -> None:
    stranger = walk("submitter")
    stranger.page.context.clear_cookies()
    stranger.at("/explore")
    stranger.at("/explore?face=grid")
    stranger.at("/explore?face=map")
    stranger.at(f"/explore?sel={furnished.records[0]}&q=appeal&from=2023-01-01", "explore, filtered and chosen")
    stranger.at("/explore?q=nothing-of-this-name", "explore, nothing found")
    for record in furnished.records:
        stranger.at(f"/records/{record}", "record")
    stranger.at("/records/rec_" + "0" * 26, "record that is not there")
    stranger.at("/verify")
    package = {"name": "none.zip", "mimeType": "application/zip", "buffer": b"no archive"}
    stranger.page.get_by_label("Choose a ZIP archive").set_input_files(package)
    stranger.press("Check")
    stranger.look("verified", stranger.page.get_by_text("This is no package"))
    stranger.at("/nowhere")
    stranger.page.locator("header button").last.click()
    stranger.look("the person's menu", stranger.page.get_by_role("menu"))


def test_what_submitters_see(walk: Callable[[str], Auditor], furnished: Furnished) -> None:
    submitter = walk("submitter")
    submitter.at("/submit")
    submitter.page.get_by_text("A file", exact=True).click()
    submitter.look("submitting a file")
    submitter.page.get_by_text("A list", exact=True).click()
    submitter.page.get_by_label("Or paste links").fill("https://example.org/1\nno link")
    submitter.page.get_by_text("1 line cannot be taken").wait_for()
    submitter.look("submitting a list")
    submitter.at("/receipts", "receipts, none")
    submitter.at("/receipts/sub_" + "0" * 26, "receipt that is not there")
    submitter.at("/me")
    submitter.at("/queue", "queue, closed to submitters")
    submitter.at("/admin", "administration, closed")
    lead = walk("lead")
    lead.at("/receipts")
    for kind, receipt in furnished.receipts.items():
        lead.at(f"/receipts/{receipt}", f"receipt, {kind}")


def test_the_queue(walk: Callable[[str], Auditor], furnished: Furnished) -> None:
    reviewer = walk("reviewer")
    for view in ("mine", "unclaimed", "help", "failed", "all"):
        reviewer.at(f"/queue?view={view}")
    reviewer.at("/queue?view=all&q=nothing-like-this", "queue, nothing found")
    reviewer.page.set_viewport_size(_PHONE)
    reviewer.press("Pages")
    reviewer.look("menu of pages", reviewer.page.get_by_role("menu"), on_desk=False)


def test_the_panels_of_the_workbench(walk: Callable[[str], Auditor], furnished: Furnished) -> None:
    lead = walk("lead")
    page = lead.page
    item = f"/items/{furnished.full}"
    lead.at(item, "source")
    lead.at(f"{item}?tab=place", "place")
    lead.press("Reject")
    lead.press("Add a place")
    lead.look("place, form and rejection", page.get_by_label("Radius, metres"))
    lead.at(f"{item}?tab=time", "time")
    page.locator("summary", has_text="Sun and shadow").click()
    lead.press("Add a bound")
    lead.look("time, form and sun")
    lead.at(f"{item}?tab=unit", "unit")
    lead.press("Enter a new unit")
    lead.look("unit, entering a new one")
    lead.at(f"{item}?tab=content", "content")
    lead.at(f"{item}?tab=notes&f=10&span=10-40&xywh=14,8,16,40", "notes")
    lead.press("Revise")
    lead.look("notes, revising")
    lead.at(f"{item}?tab=history", "history")
    lead.at(f"{item}?tab=publish", "publish")
    bare = f"/items/{furnished.bare}"
    lead.at(f"{bare}?tab=place", "place, none")
    lead.press("It cannot be determined")
    lead.look("place, saying that it cannot be determined")
    for tab in ("time", "unit", "content", "notes"):
        lead.at(f"{bare}?tab={tab}", f"{tab}, none")


def test_what_opens_over_the_workbench(walk: Callable[[str], Auditor], furnished: Furnished) -> None:
    lead = walk("lead")
    page = lead.page
    lead.at(f"/items/{furnished.held}?f=10", "workbench at a frame")
    page.wait_for_selector("[data-stands=confirmed]")
    page.keyboard.press("Control+k")
    lead.look("palette", page.get_by_placeholder("What do you want to do?"))
    page.keyboard.press("Escape")
    page.keyboard.press("Shift+Slash")
    lead.look("keys", page.get_by_role("dialog", name="Keys"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    lead.press("Nobody has it")
    lead.look("assignee menu", page.get_by_role("menu"))
    page.keyboard.press("Escape")
    lead.press("State of review: Intake")
    lead.look("workflow menu", page.get_by_role("menu"))
    lead.press("Set aside for now", "menuitem")
    lead.look("reason for a move", page.get_by_role("dialog"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    lead.press("Seal this testimony…")
    lead.look("sealing", page.get_by_role("dialog", name="Seal this testimony"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    lead.press("Change who may see it…")
    lead.look("changing who may see it", page.get_by_role("dialog", name="Who may see it"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.wait_for_selector("[data-stands=confirmed]")
    page.keyboard.press("s")
    lead.look("saving a still", page.get_by_role("dialog", name="as a still"))


def test_two_versions_of_a_draft(
    walk: Callable[[str], Auditor], furnished: Furnished, house: House, address: str
) -> None:
    lead = walk("lead")
    page = lead.page
    item = furnished.bare
    lead.seat.open(f"/items/{item}?tab=notes")
    page.get_by_label("New note").fill("Typed here.")
    expect(page.get_by_text("Saved ", exact=False).first).to_be_visible()
    me = page.context.request.get(f"{address}/api/v1/me").json()
    drafts = f"{address}/api/v1/items/{item}/drafts/note"
    revision = page.context.request.get(drafts).json()["revision"]
    headers = {"Origin": address, "X-CSRF-Token": me["csrf"], "If-Match": f'"{revision}"'}
    body = {"body": {"text": "Typed elsewhere.", "general": False}}
    assert page.context.request.put(drafts, data=body, headers=headers).ok
    page.get_by_label("New note").fill("Typed here, and more.")
    lead.look("two versions of a note", page.get_by_text("Two versions"))
    page.get_by_text("Combine", exact=True).first.click()
    lead.look("two versions of a note, combined")
    lead.press("Go on with this")
    page.get_by_label("New note").fill("")
    page.context.request.delete(drafts, headers={"Origin": address, "X-CSRF-Token": me["csrf"]})


def test_items_that_cannot_be_worked_on(walk: Callable[[str], Auditor], furnished: Furnished, house: House) -> None:
    reviewer = walk("reviewer")
    reviewer.at(f"/items/{furnished.failed}", "failed capture")
    reviewer.at("/items/itm_" + "0" * 26, "item that is not there")
    assert house.api.put(f"/items/{furnished.held}/lease").is_success
    reviewer.at(f"/items/{furnished.held}?tab=place", "item that somebody else holds")
    reviewer.at(f"/items/{furnished.held}?tab=publish", "publishing, not allowed")
    researcher = walk("researcher")
    researcher.at(f"/items/{furnished.full}", "item, closed to researchers")
    researcher.at("/explore", "explore, researcher")


def test_the_registers(walk: Callable[[str], Auditor], furnished: Furnished) -> None:
    reviewer = walk("reviewer")
    reviewer.at("/units")
    reviewer.at("/units?q=nothing-like-this", "units, nothing found")
    reviewer.at("/units?add=true", "entering a unit")
    reviewer.at(f"/units/{furnished.unit}", "unit")
    reviewer.press("Describe anew")
    reviewer.look("describing a unit anew", reviewer.page.get_by_label("Military number"))
    reviewer.at("/units/unt_" + "0" * 26, "unit that is not there")
    reviewer.at("/places")
    reviewer.at(f"/places?sel={furnished.place}", "place of the register")
    reviewer.press("Describe anew")
    reviewer.look("describing a place anew", reviewer.page.get_by_label("Radius, metres"))
    reviewer.at("/places?add=true", "entering a place")


def test_administration(walk: Callable[[str], Auditor], furnished: Furnished) -> None:
    lead = walk("lead")
    for section in ("people", "jobs", "installation", "storage"):
        lead.at(f"/admin/{section}")
    lead.page.goto(f"{lead.seat.address}/admin/jobs?state=done")
    lead.at("/me")


# From here on nothing is collected any more: the site of the house rests.
def test_what_went_wrong_and_what_waits(walk: Callable[[str], Auditor], troubled: Troubled) -> None:
    lead = walk("lead")
    page = lead.page
    lead.seat.open("/admin/sites")
    lead.look("sites, one rests", page.get_by_text("Does not answer"))
    lead.seat.open("/admin/holds")
    lead.look("holds", page.get_by_role("link", name="held.mp4"))
    lead.seat.open("/admin/erasures")
    lead.look("erasures", page.get_by_role("link", name="asked.mp4"))
    lead.seat.open("/admin/storage")
    lead.look("storage, a file lost", page.get_by_role("heading", name="Damaged files"))
    lead.seat.open("/needs")
    lead.look("needs a person", page.get_by_role("button", name="It is solved: try it again"))
    clip = {"name": "saved.mp4", "mimeType": "video/mp4", "buffer": b"bytes"}
    page.locator("input[type=file]").first.set_input_files(clip)
    lead.look("supplying a file", page.get_by_label("How did you get it?"))
    lead.seat.open(f"/batches/{troubled.batch}")
    lead.look("batch, all failed", page.get_by_text("2 could not be preserved"))
    lead.seat.open(f"/receipts/{troubled.listed}")
    lead.look("channel", page.get_by_role("checkbox", name="Appeal 3"))
    lead.seat.open(f"/receipts/{troubled.waiting}")
    lead.look("receipt, its site rests", page.get_by_text("It is asked again in", exact=False))


def test_the_source_panel_of_items_with_a_past(walk: Callable[[str], Auditor], troubled: Troubled) -> None:
    lead = walk("lead")
    page = lead.page

    def source(item: str, what: str, shown: str) -> None:
        lead.seat.open(f"/items/{item}?tab=source")
        lead.look(what, page.get_by_text(shown))

    source(troubled.walled, "kept page, a wall", "The kept page shows a wall")
    [what, before, after] = page.get_by_role("row").filter(has_text="post on the page").locator("th, td").all()[1:]
    expect(what).to_have_text("post on the page")
    expect(before).to_have_text("✓ The post is on the kept page")
    expect(after).to_have_text("✕ The kept page shows a wall")
    lead.press("Show the picture of the page")
    page.locator("summary", has_text="How it was made").first.click()
    lead.press("See what it holds")
    lead.look("kept page, opened", page.get_by_role("link", name="Take it along (ZIP)"))
    source(troubled.held, "under hold", "District Court, 12 F 34/26")
    lead.press("Ask for release")
    lead.look("asking for a release", page.get_by_label("Why"))
    source(troubled.asked, "erasure asked for", "One person has asked that it is erased")
    lead.press("Take it back")
    lead.look("taking an erasure back", page.get_by_label("Why"))
    source(troubled.missing, "original lost", "1 original is lost")
    expect(page.get_by_role("alert").filter(has_text="An original of this item is lost")).to_be_visible()
    source(troubled.erased, "erased", "This item was erased.")
    expect(page.get_by_role("button", name="See what it holds")).to_have_count(0)
    steward = walk("steward")
    steward.seat.open(f"/items/{troubled.asked}?tab=source")
    steward.press("Answer")
    steward.look("answering an erasure", steward.page.get_by_role("button", name="Agree: erase for good"))
