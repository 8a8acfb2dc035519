"""Where faces were found, in the workbench: a lane under the picture, and boxes on it for who asks for them."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Person, Seat
from tests.browser.furnished import Furnisher
from tests.browser.screen import go
from tests.media import faces
from tests.site import Media, Site, open_site
from tests.whole import House, open_house
from workers import models

pytestmark = pytest.mark.skipif(not faces.is_here(), reason="no face model here: make faces")
_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
FRAMES, BARE = 50, 40


@pytest.fixture(scope="module")
def standing(media: Media, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, House]]:
    """A house whose operator has brought the model."""
    vault = tmp_path_factory.mktemp("house") / "vault"
    models.add(vault, faces.MODEL)
    with open_site(media) as site, open_house(site, vault) as house:
        yield site, house


@pytest.fixture(scope="module")
def item(house: House, tmp_path_factory: pytest.TempPathFactory) -> str:
    film = tmp_path_factory.mktemp("film") / "face.mp4"
    faces.film(film, FRAMES, BARE)
    house_of = Furnisher(house.api)
    return str(house_of.settled(house_of.upload(film, "face.mp4")["submission"])["item"])


@pytest.fixture(scope="module")
def reviewer(let_in: Callable[..., Person]) -> Person:
    return let_in("Marko", "reviewer")


@pytest.mark.parametrize("width", [390, 1440])
def test_a_face_is_boxed_in_the_frames_that_show_it_once_somebody_asks(
    seat: Callable[..., Seat], reviewer: Person, item: str, width: int
) -> None:
    sitting = seat(reviewer)
    sitting.page.set_viewport_size({"width": width, "height": 900})
    page = sitting.open(f"/items/{item}")
    stretch = page.get_by_role("group", name="Faces").get_by_role("button", name="1 face, from")
    expect(stretch).to_be_visible()
    page.keyboard.press("Space")
    page.keyboard.press("k")
    go(page, 25)
    boxes = page.locator("[data-face]")
    expect(boxes).to_have_count(0)
    page.keyboard.press("f")
    expect(boxes).to_have_count(1)
    expect(page.get_by_role("button", name="Boxes that would hide faces")).to_have_attribute("aria-pressed", "true")
    go(page, FRAMES + 20)
    expect(boxes).to_have_count(0)
    stretch.focus()
    page.keyboard.press("Enter")
    expect(boxes).to_have_count(1)
    page.keyboard.press("f")
    expect(boxes).to_have_count(0)
    link = page.get_by_role("link", name="Save a copy with faces hidden")
    expect(link).to_be_visible()
    place = stretch.bounding_box()
    assert place is not None
    assert place["width"] > 100
    link.focus()
    with page.expect_download() as saving:
        page.keyboard.press("Enter")
    assert saving.value.path().read_bytes()[4:8] == b"ftyp"
    assert page.evaluate(_OVERFLOW) <= 0
