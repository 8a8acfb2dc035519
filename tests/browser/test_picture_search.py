"""Searching by a picture or a clip in the browser: a crop and a mirrored clip find their video, and nothing sealed."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Person, Seat
from tests.media.draw import Film, Look, cuts, write
from tests.media.pictures import Picture
from tests.whole import House, settled

RATE = 25
LENGTHS = (40, 55, 45)
# How many items were searched is counted.
HAS_ITS_OWN_HOUSE = True


def _shown(film: Film) -> list[Picture]:
    with av.open(str(film.path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def _crop(picture: Picture, path: Path) -> Path:
    height, width = picture.shape[:2]
    part = picture[height // 20 : -height // 12, width // 15 : -width // 18]
    cv2.imwrite(str(path), cv2.cvtColor(np.ascontiguousarray(part), cv2.COLOR_RGB2BGR))
    return path


def _mirrored(shown: list[Picture], path: Path) -> Path:
    turned: Iterator[Picture] = (np.ascontiguousarray(picture[:, ::-1]) for picture in shown)
    times = [Fraction(number, RATE) for number in range(len(shown))]
    write(path, Look(size=(640, 360)), turned, times, numbered=False)
    return path


def _handed_in(house: House, film: Film, sensitivity: str) -> str:
    told = {"name": film.path.name, "sensitivity": sensitivity}
    answer = house.api.post("/uploads", params=told, content=film.path.read_bytes())
    assert answer.is_success, answer.text
    return str(settled(house.api, answer.json()["submission"])["item"])


@pytest.fixture(scope="module")
def archived(house: House, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Film, Film]:
    """The item of an open film, the film, and a film that is sealed."""
    folder = tmp_path_factory.mktemp("archived")
    look = Look(size=(640, 360))
    opened = cuts(folder / "square at noon.mp4", look, lengths=LENGTHS, seed=21)
    sealed = cuts(folder / "sealed.mp4", look, lengths=LENGTHS, seed=61)
    item = _handed_in(house, opened, "restricted")
    _handed_in(house, sealed, "sealed")
    return item, opened, sealed


@pytest.fixture(scope="module")
def reviewer(let_in: Callable[..., Person]) -> Person:
    return let_in("Finder", "reviewer")


def _ask(page: Page, path: Path) -> None:
    page.locator("input[type=file]").set_input_files(path)


def test_a_crop_and_a_mirrored_clip_find_the_video_and_open_it_there(
    archived: tuple[str, Film, Film], seat: Callable[..., Seat], reviewer: Person, tmp_path: Path
) -> None:
    item, film, _ = archived
    shown = _shown(film)
    page = seat(reviewer).open("/queue")
    page.get_by_role("link", name="By picture").click()
    _ask(page, _crop(shown[60], tmp_path / "crop.jpg"))
    found = page.get_by_role("region", name="What was found")
    expect(found.get_by_role("heading", name="1 item shows it")).to_be_visible()
    expect(found.get_by_text("1 item was searched.")).to_be_visible()
    expect(found.get_by_text("Sealed items are never searched.")).to_be_visible()
    card = found.get_by_role("article")
    expect(card.get_by_text("Shows this picture")).to_be_visible()
    expect(card.get_by_text("The difference: cropped.")).to_be_visible()

    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1440, "height": 900})

    _ask(page, _mirrored(shown[20:130], tmp_path / "mirrored.mp4"))
    expect(found.get_by_text("The clip is part of the item")).to_be_visible()
    expect(card.get_by_text("The difference: mirrored.")).to_be_visible()
    card.get_by_role("list", name="Moments").get_by_role("link").first.click()
    page.wait_for_url(f"**/items/{item}?*")
    address = page.url
    assert "of=sha256-" in address
    frame = int(address.split("f=")[1].split("&")[0])
    assert abs(frame - 20) <= 8, address


def test_a_sealed_item_is_not_found_and_what_is_not_found_is_said_plainly(
    archived: tuple[str, Film, Film], seat: Callable[..., Seat], reviewer: Person, tmp_path: Path
) -> None:
    _, _, sealed = archived
    page = seat(reviewer).open("/find")
    _ask(page, _crop(_shown(sealed)[60], tmp_path / "crop.jpg"))
    expect(page.get_by_role("heading", name="Nothing was found")).to_be_visible()
    expect(page.get_by_text("That proves nothing of what this archive does not hold.")).to_be_visible()
    expect(page.get_by_role("article")).to_have_count(0)

    notes = tmp_path / "notes.jpg"
    notes.write_bytes(b"no picture at all")
    _ask(page, notes)
    expect(page.get_by_role("alert")).to_contain_text("neither video nor sound")
    expect(page.get_by_role("heading", name="This could not be looked for")).to_be_visible()


def test_a_picture_is_pasted_and_asked_with(
    archived: tuple[str, Film, Film], seat: Callable[..., Seat], reviewer: Person, tmp_path: Path
) -> None:
    _, film, _ = archived
    content = _crop(_shown(film)[60], tmp_path / "pasted.png").read_bytes()
    page = seat(reviewer).open("/find")
    expect(page.get_by_role("button", name="Choose a picture or clip")).to_be_visible()
    page.evaluate(
        """(bytes) => {
            const brought = new DataTransfer();
            brought.items.add(new File([new Uint8Array(bytes)], 'image.png', { type: 'image/png' }));
            window.dispatchEvent(new ClipboardEvent('paste', { clipboardData: brought }));
        }""",
        list(content),
    )
    expect(page.get_by_role("heading", name="1 item shows it")).to_be_visible()
