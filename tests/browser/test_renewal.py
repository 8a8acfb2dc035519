"""What an older version has analysed says so on the item's page, and is analysed anew there or by command."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from storage.db.session import open_engine, transaction
from storage.settings import Settings
from tests.browser.conftest import Person, Seat
from tests.media import draw
from tests.media.draw import Look
from tests.whole import House, settled
from workers.stack.parts import connected

LONGEST_MS = 60_000
OLDER = "Analysed by an older version: look through"


def _analysed(house: House, folder: Path) -> str:
    film = draw.cuts(folder / "film.mp4", Look(size=(160, 90), audio=True), (20, 25), seed=time.time_ns() % 1000)
    taken = house.api.post("/uploads", params={"name": "film.mp4"}, content=film.path.read_bytes()).json()
    return str(settled(house.api, taken["submission"])["item"])


def _grow_old(house: House, item: str) -> None:
    """As if this version of the step had come after the item was looked through."""
    older = text("UPDATE job SET step_version = '1', key = 'older ' || key WHERE item_id = :item AND step = 'analyse'")
    engine = open_engine(connected(Settings(vault=house.stack.vault)).database_url.get_secret_value())
    with transaction(engine) as session:
        session.execute(older, {"item": item})
    engine.dispose()


def _fits(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.fixture
def old(house: House, tmp_path: Path) -> str:
    item = _analysed(house, tmp_path)
    _grow_old(house, item)
    return item


def test_a_lead_has_it_analysed_anew_by_keyboard_and_sees_when_it_is(
    seat: Callable[..., Seat], let_in: Callable[..., Person], house: House, old: str
) -> None:
    reviewer = seat(let_in("Halyna", "reviewer")).open(f"/items/{old}")
    expect(reviewer.get_by_text(OLDER)).to_be_visible(timeout=LONGEST_MS)
    expect(reviewer.get_by_role("button", name="Analyse anew")).to_have_count(0)
    page = seat(let_in("Larysa", "lead")).open(f"/items/{old}")
    expect(page.get_by_text(OLDER)).to_be_visible()
    _fits(page)
    page.get_by_role("button", name="Analyse anew").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text(OLDER)).to_have_count(0, timeout=LONGEST_MS)
    step = page.get_by_role("region", name="Preservation").get_by_role("listitem").filter(has_text="look through")
    expect(step).to_contain_text("done", timeout=LONGEST_MS)
    expect(reviewer.get_by_text(OLDER)).to_have_count(0, timeout=LONGEST_MS)


def test_the_command_has_all_of_them_analysed_anew(house: House, old: str) -> None:
    def older() -> bool:
        return any(step["is_older"] for step in house.get(f"/items/{old}")["steps"])

    assert older()
    house.svidok("renew", "--older")
    for _ in range(120):
        if not older():
            return
        time.sleep(0.5)
    raise AssertionError("it is still of an older version")
