"""The analysis of a long film, cancelled and begun again on the item's page."""

import re
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import Person, Seat
from tests.media import draw
from tests.media.draw import Look
from tests.media.looping import looped
from tests.whole import House

LONGEST_MS = 60_000


def _long_film(house: House, folder: Path) -> str:
    """An item whose film takes minutes to look through, and is being looked through."""
    once, film = folder / "once.mp4", folder / "long.mp4"
    draw.cuts(once, Look(size=(640, 360), b_frames=2, key_every=50), lengths=(50, 40, 60))
    looped(once, film, 150)
    taken = house.api.post("/uploads", params={"name": "long.mp4"}, content=film.read_bytes()).json()
    while not (receipt := house.get(f"/submissions/{taken['submission']}")).get("item"):
        time.sleep(0.1)
    return str(receipt["item"])


def _cancel(page: Page, why: str) -> None:
    # By keyboard alone: the button, the reason, and the deed.
    button = page.get_by_role("button", name="Cancel the analysis")
    expect(button).to_be_visible(timeout=LONGEST_MS)
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Cancel the analysis?")
    expect(dialog.get_by_label("Why?")).to_be_focused()
    expect(dialog.get_by_role("button", name="Cancel it")).to_be_disabled()
    page.keyboard.type(why)
    dialog.get_by_role("button", name="Cancel it").click()
    expect(dialog).to_be_hidden()


def test_an_analysis_is_cancelled_with_a_reason_and_begun_again(
    seat: Callable[..., Seat], let_in: Callable[..., Person], house: House, tmp_path: Path
) -> None:
    item = _long_film(house, tmp_path)
    reviewer = seat(let_in("Halyna", "reviewer"))
    page = reviewer.open(f"/items/{item}")
    step = page.get_by_role("region", name="Preservation").get_by_role("listitem").filter(has_text="look through")
    expect(step).to_contain_text("going on", timeout=LONGEST_MS)
    expect(step).to_contain_text("%", timeout=LONGEST_MS)
    _cancel(page, "It is the wrong film.")
    expect(step).to_contain_text("cancelled")
    page.get_by_role("tab", name="History").click()
    expect(page.get_by_text(re.compile("Halyna cancelled the analysis: .*look through"))).to_be_visible()
    expect(page.get_by_text("It is the wrong film.").first).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Begin the analysis again").click()
    expect(step).to_contain_text("going on", timeout=LONGEST_MS)
    _cancel(page, "It will do tomorrow.")
    expect(step).to_contain_text("cancelled")
