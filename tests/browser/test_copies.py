"""Copies in the workbench: two uploads of one clip are found, compared frame by frame, and decided of."""

import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Person, Seat
from tests.media.draw import Film, Look, cuts, write
from tests.media.pictures import Picture
from tests.whole import House

LENGTHS = (40, 55, 45, 60, 50)
FIRST, LAST = 50, 200
RATE = 25
DECIDING = re.compile("^(Confirm|Reject)$")
TOPS = "buttons => buttons.map((button) => button.getBoundingClientRect().top)"


def mirrored_and_cropped(film: Film, path: Path) -> None:
    """Frames FIRST to LAST of a film, in a mirror, without a tenth of the picture at each side, encoded anew."""
    import av

    with av.open(str(film.path)) as container:
        shown = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]

    def pictures() -> Iterator[Picture]:
        for whole in shown[FIRST:LAST]:
            height, width = whole.shape[:2]
            yield np.ascontiguousarray(whole[height // 10 : -height // 10, width // 10 : -width // 10][:, ::-1])

    height, width = next(pictures()).shape[:2]
    look = Look(size=(width - width % 2, height - height % 2))
    cut = (picture[: look.size[1], : look.size[0]] for picture in pictures())
    write(path, look, cut, [Fraction(number, RATE) for number in range(LAST - FIRST)], numbered=False)


@pytest.fixture(scope="module")
def two(house: House, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The item of a clip, and that of a mirrored and cropped part of it, handed in later."""
    folder = tmp_path_factory.mktemp("clips")
    film = cuts(folder / "whole.mp4", Look(size=(640, 360)), lengths=LENGTHS, seed=121)
    mirrored_and_cropped(film, folder / "part.mp4")
    whole, part = house.ingest(str(film.path)), house.ingest(str(folder / "part.mp4"))
    assert whole["matches"] == []
    assert [match["other"]["item"] for match in part["matches"]] == [whole["item"]]
    return str(whole["item"]), str(part["item"])


@pytest.fixture(scope="module")
def reviewer(let_in: Callable[..., Person]) -> Person:
    return let_in("Copies", "reviewer")


def test_a_mirrored_and_cropped_part_is_found_compared_in_step_and_confirmed(
    house: House, two: tuple[str, str], seat: Callable[..., Seat], reviewer: Person
) -> None:
    whole, part = two
    [found] = house.get(f"/items/{part}/matches")["data"]
    assert (found["other"]["item"], found["relation"]) == (whole, "contained")
    assert found["transform"]["mirrored"]
    assert found["transform"]["cropped"]

    page = seat(reviewer).open(f"/items/{part}?tab=copies")
    card = page.get_by_role("article")
    expect(card.get_by_text("This is part of the other")).to_be_visible()
    expect(card.get_by_text("one of the two has no sound")).to_be_visible()
    confirm, reject = card.get_by_role("button").filter(has_text=DECIDING).evaluate_all(TOPS)
    assert confirm == reject
    page.wait_for_function("() => document.querySelector('video')?.readyState >= 1")
    card.get_by_role("button", name="Compare").click()
    compared = page.get_by_role("region", name="The other video, at the matching frame")
    expect(compared.locator("video")).to_be_attached()
    apart = []
    for frame in (10, 60, 120):
        page.get_by_role("tab", name="Copies").focus()
        page.keyboard.press("g")
        page.keyboard.type(f"f{frame}")
        page.keyboard.press("Enter")
        words = compared.get_by_role("status").filter(has_text=f"Frame {frame} here, frame")
        expect(words).to_be_visible()
        other = int((words.text_content() or "").split("frame ")[1].split(" ")[0])
        apart.append(other - frame)
    assert all(abs(step - FIRST) <= 2 for step in apart), apart
    before = apart[-1]
    page.get_by_role("tab", name="Copies").focus()
    page.keyboard.press("]")
    expect(compared.get_by_text(f"frame {120 + before + 1} there, moved by +1")).to_be_visible()

    card.get_by_label("Why").fill("The same poster on the wall.")
    card.get_by_role("button", name="Confirm").click()
    expect(card.get_by_text("Confirmed")).to_be_visible()

    page.goto(page.url.replace(part, whole))
    there = page.get_by_role("article")
    expect(there.get_by_text("This contains the other")).to_be_visible()
    expect(there.get_by_text("The same poster on the wall.")).to_be_visible()
