"""Sealing from the pages: when something is handed in, and when it lies open before two people."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import Person, Seat
from tests.site import Site
from tests.whole import House, settled

GONE = "There is no such item, or you may not see it"
# An archive of sealed items looks empty.
HAS_ITS_OWN_HOUSE = True


def _sealed(page: Page) -> None:
    choice = page.get_by_role("radio", name="Sealed")
    page.get_by_role("radio", name="Restricted").focus()
    page.keyboard.press("ArrowDown")
    expect(choice).to_be_checked()


def _kept(house: House) -> str:
    """An item without a picture: what is tried here needs none, and three browsers at once would play it."""
    taken = house.api.post("/uploads", params={"name": "witness.mp4"}, content=b"no film either")
    return str(settled(house.api, taken.json()["submission"])["item"])


def test_what_is_handed_in_as_sealed_is_so_from_the_first_and_the_choice_survives_a_failure(
    seat: Callable[..., Seat], let_in: Callable[..., Person], site: Site, tmp_path: Path
) -> None:
    submitter = seat(let_in("Mykola", "submitter"))
    submitter.page.set_viewport_size({"width": 390, "height": 844})
    page = submitter.open("/submit")
    page.get_by_label("Link to the post or video").fill(site.url("/gone-post?sealed=1"))
    _sealed(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.route("**/api/v1/submissions", lambda route: route.abort())
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.unroute("**/api/v1/submissions")
    expect(page.get_by_role("radio", name="Sealed")).to_be_checked()
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(page.get_by_text("You asked for: Sealed.")).to_be_visible()

    submitter.open("/submit")
    page.get_by_text("A file", exact=True).click()
    clip = tmp_path / "sealed.mp4"
    clip.write_bytes(b"no film, and kept all the same")
    page.locator("input[type=file]").set_input_files(clip)
    _sealed(page)
    page.get_by_role("button", name="Submit the file").click()
    page.wait_for_url("**/receipts/sub_*")
    expect(page.get_by_text("You asked for: Sealed.")).to_be_visible()

    submitter.open("/submit")
    page.get_by_text("A list", exact=True).click()
    page.get_by_label("Or paste links").fill(site.url("/gone-post?sealed=2"))
    _sealed(page)
    expect(page.get_by_role("listitem").filter(has_text="Line 1")).to_contain_text("Sealed")
    page.get_by_role("button", name="Submit 1 link").click()
    page.wait_for_url("**/batches/bat_*")

    steward = seat(let_in("Solomiia", "steward"))
    queue = steward.open("/queue?view=all&sensitivity=sealed")
    for called in ("sealed.mp4", "gone-post?sealed=1", "gone-post?sealed=2"):
        expect(queue.get_by_role("link", name=called)).to_be_visible()
    reviewer = seat(let_in("Ihor", "reviewer")).open("/queue?view=all")
    expect(reviewer.get_by_text("The archive is empty")).to_be_visible()


def test_an_open_item_that_is_sealed_vanishes_from_before_everybody_but_stewards(
    seat: Callable[..., Seat], let_in: Callable[..., Person], house: House
) -> None:
    item = _kept(house)
    taras = seat(let_in("Taras", "reviewer")).open(f"/items/{item}")
    expect(taras.get_by_role("heading", name="Who may see it")).to_be_visible()
    olena = seat(let_in("Olena", "reviewer")).open(f"/items/{item}")
    olena.set_default_timeout(60_000)  # two browsers and a stack want their time on a busy machine
    olena.get_by_role("button", name="Seal this testimony…").click()
    dialog = olena.get_by_role("dialog", name="Seal this testimony")
    expect(dialog.get_by_text("You are no steward: you will not see it again.")).to_be_visible()
    expect(dialog.get_by_label("Why")).to_be_focused()
    expect(dialog.get_by_role("button", name="Seal it")).to_be_disabled()
    dialog.get_by_label("Why").fill("Its witness is still in the city.")
    dialog.get_by_role("button", name="Seal it").click()
    expect(olena.get_by_text("It is sealed. Only stewards see it from now on.")).to_be_visible()
    olena.wait_for_url("**/queue*")
    expect(taras.get_by_text(GONE)).to_be_visible()
    expect(taras.get_by_role("heading", name="Who may see it")).to_have_count(0)

    nadia = seat(let_in("Nadia", "steward")).open(f"/items/{item}?tab=history")
    expect(nadia.get_by_text("Sealed: only stewards know that it is here.")).to_be_visible()
    expect(nadia.get_by_text("Its witness is still in the city.").first).to_be_visible()
    nadia.get_by_role("tab", name="Source").click()
    expect(nadia.get_by_role("button", name="Seal this testimony…")).to_have_count(0)
