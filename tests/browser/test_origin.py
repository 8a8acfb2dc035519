"""What stands beside a video in the Source panel: what a file says of its own origin, and a post's subtitles."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Person, Seat
from tests.browser.furnished import Furnisher
from tests.media import draw, signed
from tests.site import Site
from tests.whole import House

_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def item(house: House, tmp_path_factory: pytest.TempPathFactory) -> str:
    film = draw.cuts(tmp_path_factory.mktemp("film") / "film.mp4", lengths=(10, 10), seed=91)
    signer = signed.Authority("Somebody").signer("Olena Camera")
    film.path.write_bytes(signed.sign(film.path.read_bytes(), "video/mp4", signer)[0])
    house_of = Furnisher(house.api)
    return str(house_of.settled(house_of.upload(film.path, "signed.mp4")["submission"])["item"])


@pytest.fixture(scope="module")
def reviewer(let_in: Callable[..., Person]) -> Person:
    return let_in("Marko", "reviewer")


@pytest.mark.parametrize("width", [390, 1440])
def test_a_signer_whom_nobody_knows_is_named_with_that_and_the_codes_come_on_demand(
    seat: Callable[..., Seat], reviewer: Person, item: str, width: int
) -> None:
    sitting = seat(reviewer)
    sitting.page.set_viewport_size({"width": width, "height": 900})
    page = sitting.open(f"/items/{item}?tab=source")
    expect(page.get_by_text("Signed by Olena Camera, which nobody here vouches for.")).to_be_visible()
    expect(page.get_by_text("signingCredential.untrusted")).to_be_hidden()
    more = page.get_by_text("What the file says of itself")
    more.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Test Camera 1.2")).to_be_visible()
    page.get_by_text("codes of the specification").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("signingCredential.untrusted")).to_be_visible()
    assert page.evaluate(_OVERFLOW) <= 0


@pytest.fixture(scope="module")
def subtitled(house: House, site: Site) -> str:
    house_of = Furnisher(house.api)
    submission = house_of.post("/submissions", {"url": site.url("/post-hostile-tracks")})["submission"]
    return str(house_of.settled(submission)["item"])


@pytest.mark.parametrize("width", [390, 1440])
def test_subtitles_are_read_by_the_keyboard_and_a_line_leads_to_its_moment(
    seat: Callable[..., Seat], reviewer: Person, subtitled: str, width: int
) -> None:
    sitting = seat(reviewer)
    sitting.page.set_viewport_size({"width": width, "height": 900})
    page = sitting.open(f"/items/{subtitled}?tab=source")
    expect(page.get_by_text("The source offered no comments.")).to_be_visible()
    expect(page.get_by_text("The track is sealed")).to_be_visible()
    page.get_by_role("button", name="Read the subtitles: ../../etc/x").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("second words")).to_be_visible()
    page.get_by_role("button", name="Go to 00:00:01").focus()
    page.keyboard.press("Enter")
    expect(page.locator('[data-stands="confirmed"]:not([data-frame="0"])')).to_be_visible()
    assert page.evaluate(_OVERFLOW) <= 0
