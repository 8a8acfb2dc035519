"""A second opinion on shots, in the workbench: a quiet mark among the shots, which leads to the frame."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Person, Seat
from tests.browser.furnished import Furnisher
from tests.browser.screen import go, is_confirmed
from tests.media import draw, opinion
from tests.site import Media, Site, open_site
from tests.whole import House, open_house
from workers import models

pytestmark = pytest.mark.skipif(not opinion.is_here(), reason="no second detector here: make opinion")
_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def standing(media: Media, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, House]]:
    """A house whose operator has brought the network."""
    vault = tmp_path_factory.mktemp("house") / "vault"
    models.add(vault, opinion.MODEL)
    with open_site(media) as site, open_house(site, vault) as house:
        yield site, house


@pytest.fixture(scope="module")
def item(house: House, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A film with half of a cut, at frame 50: ours leaves it out by a hair."""
    film = draw.overlaid(tmp_path_factory.mktemp("film") / "overlaid.mp4")
    house_of = Furnisher(house.api)
    return str(house_of.settled(house_of.upload(film.path, "overlaid.mp4")["submission"])["item"])


@pytest.fixture(scope="module")
def reviewer(let_in: Callable[..., Person]) -> Person:
    return let_in("Marko", "reviewer")


@pytest.mark.parametrize("width", [390, 1440])
def test_a_cut_that_another_detector_sees_is_marked_and_leads_to_its_frame_by_keyboard(
    seat: Callable[..., Seat], reviewer: Person, item: str, width: int
) -> None:
    sitting = seat(reviewer)
    sitting.page.set_viewport_size({"width": width, "height": 900})
    page = sitting.open(f"/items/{item}")
    marks = page.get_by_role("group", name="Second opinion on shots").get_by_role("button")
    expect(marks).to_have_count(1)
    expect(marks).to_have_accessible_name(
        re.compile(r"^A second detector sees a cut here that ours left out, 00:00:02\.000: [5-9]\d % for it$")
    )
    expect(page.get_by_text("sees 1 otherwise")).to_be_visible()
    page.keyboard.press("Space")
    page.keyboard.press("k")
    go(page, 10)
    marks.focus()
    page.keyboard.press("Enter")
    is_confirmed(page, 50)
    go(page, 10)
    marks.click()
    is_confirmed(page, 50)
    assert page.evaluate(_OVERFLOW) <= 0
