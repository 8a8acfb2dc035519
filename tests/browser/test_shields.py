"""Nobody sees what they have not asked to see: shielded copies, no sound, and a look as long as a key is held."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Person, Seat
from tests.browser.screen import counter, go, is_confirmed
from tests.media.pictures import read_number
from tests.whole import House

UNSHIELDED, SKETCHED = "none", 'url("#player-sketch")'


@dataclass(frozen=True)
class Shown:
    """An item, and where its pictures are: those that may be loaded unasked, and those that may not."""

    item: str
    playback: dict[str, Any]

    @property
    def _pictures(self) -> list[dict[str, str]]:
        pictures = [one["content"] for one in (*self.playback["keyframes"], self.playback["sprite"])]
        assert len(pictures) >= 3
        return pictures

    @property
    def sketches(self) -> set[str]:
        return {one["sketch"] for one in self._pictures}

    @property
    def clear(self) -> set[str]:
        return {one["clear"] for one in self._pictures}


@pytest.fixture(scope="module")
def shown(bring_in: Callable[..., list[str]], house: House) -> Shown:
    [item] = bring_in(51)
    return Shown(item, house.get(f"/items/{item}/playback"))


@pytest.fixture(scope="module")
def reviewer(let_in: Callable[..., Person]) -> Person:
    return let_in("Shielded", "reviewer")


def listen(page: Page) -> set[str]:
    """The paths that the page asks for from now on."""
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(urlsplit(request.url).path))
    return asked


def is_drawn(page: Page) -> None:
    """Every picture in the page has come, and is no broken one."""
    page.wait_for_function(
        "() => document.images.length > 0 && [...document.images].every((one) => one.complete && one.naturalWidth > 0)"
    )


def test_the_queue_shows_drawn_stills_and_loads_no_clear_one(
    seat: Callable[..., Seat], reviewer: Person, shown: Shown, house: House
) -> None:
    [line] = [one for one in house.get("/items")["data"] if one["item"] == shown.item]
    window = seat(reviewer)
    asked = listen(window.page)
    page = window.open("/queue?view=all&q=clip+51")
    expect(page.get_by_role("img", name="A drawn still")).to_be_visible()
    is_drawn(page)
    assert line["still"]["sketch"] in asked
    assert not asked & (shown.clear | {line["still"]["clear"]})


def test_the_workbench_loads_no_clear_still_and_no_clear_strip_unasked(
    seat: Callable[..., Seat], reviewer: Person, shown: Shown
) -> None:
    window = seat(reviewer)
    asked = listen(window.page)
    page = window.open(f"/items/{shown.item}")
    expect(counter(page)).to_have_attribute("data-stands", "unasked")
    is_drawn(page)
    page.get_by_role("slider", name="Playhead").hover()
    for key in ("End", "Home"):
        page.keyboard.press(key)
    is_confirmed(page, 0)
    assert asked & shown.sketches
    assert not asked & shown.clear
    video = page.locator("video")
    expect(video).to_have_css("filter", SKETCHED)
    assert video.evaluate("(one) => [one.muted, one.paused]") == [True, True]


def test_a_look_lasts_as_long_as_the_key_or_the_button_is_held(
    seat: Callable[..., Seat], reviewer: Person, shown: Shown
) -> None:
    page = seat(reviewer).open(f"/items/{shown.item}?f=5")
    is_confirmed(page, 5)
    video = page.locator("video")
    page.keyboard.down("b")
    expect(video).to_have_css("filter", UNSHIELDED)
    page.keyboard.up("b")
    expect(video).to_have_css("filter", SKETCHED)
    page.get_by_role("button", name="Hold to see").hover()
    page.mouse.down()
    expect(video).to_have_css("filter", UNSHIELDED)
    page.mouse.move(300, 700)
    expect(video).to_have_css("filter", UNSHIELDED)
    page.mouse.up()
    expect(video).to_have_css("filter", SKETCHED)
    page.keyboard.down("b")
    expect(video).to_have_css("filter", UNSHIELDED)
    page.evaluate("window.dispatchEvent(new Event('blur'))")
    expect(video).to_have_css("filter", SKETCHED)
    page.keyboard.up("b")


def test_escape_puts_the_shield_back_whatever_was_chosen(
    seat: Callable[..., Seat], reviewer: Person, shown: Shown
) -> None:
    page = seat(reviewer).open(f"/items/{shown.item}?f=5")
    is_confirmed(page, 5)
    video = page.locator("video")
    for _ in range(3):
        page.keyboard.press("v")
    expect(video).to_have_css("filter", UNSHIELDED)
    page.keyboard.press("Escape")
    expect(video).to_have_css("filter", SKETCHED)
    page.get_by_role("radiogroup", name="Shield").get_by_text("Clear").click()
    expect(video).to_have_css("filter", UNSHIELDED)
    page.reload()
    is_confirmed(page, 5)
    expect(video).to_have_css("filter", SKETCHED)


def test_sound_is_off_until_somebody_says_yes(seat: Callable[..., Seat], reviewer: Person, shown: Shown) -> None:
    page = seat(reviewer).open(f"/items/{shown.item}?f=5")
    is_confirmed(page, 5)
    video = page.locator("video")
    muted = "(one) => one.muted"
    assert video.evaluate(muted)
    page.keyboard.press("m")
    question = page.get_by_role("dialog", name="Turn the sound on?")
    question.get_by_role("button", name="Stay silent").click()
    expect(question).to_be_hidden()
    assert video.evaluate(muted)
    page.keyboard.press("m")
    question.get_by_role("button", name="Sound on").click()
    expect(page.get_by_role("button", name="Sound off")).to_be_visible()
    assert not video.evaluate(muted)
    page.reload()
    is_confirmed(page, 5)
    assert video.evaluate(muted)


def test_a_still_comes_with_the_truth_about_itself(
    seat: Callable[..., Seat], reviewer: Person, shown: Shown, tmp_path: Path
) -> None:
    page = seat(reviewer).open(f"/items/{shown.item}")
    expect(counter(page)).to_be_visible()
    go(page, 23)
    page.keyboard.press("s")
    with (
        page.expect_download(lambda one: one.suggested_filename.endswith(".png")) as still,
        page.expect_download(lambda one: one.suggested_filename.endswith(".json")) as beside,
    ):
        page.get_by_role("button", name="Save the unshielded picture").click()
    still.value.save_as(tmp_path / "still")
    picture = (tmp_path / "still").read_bytes()
    beside.value.save_as(tmp_path / "caption")
    caption = json.loads((tmp_path / "caption").read_text())
    assert (caption["item"], caption["frame"], caption["frames"]) == (shown.item, 23, 50)
    assert caption["original"] == f"sha256:{shown.playback['original'].removeprefix('sha256:')}"
    assert caption["time_s"] == pytest.approx(shown.playback["start_s"] + 23 / 25, abs=2e-6)
    assert caption["still_sha256"] == f"sha256:{hashlib.sha256(picture).hexdigest()}"
    drawn = cv2.imdecode(np.frombuffer(picture, dtype=np.uint8), cv2.IMREAD_GRAYSCALE)
    assert drawn is not None
    assert read_number(np.asarray(drawn, dtype=np.uint8)) == 23
    assert (caption["shield"], caption["is_from_original"]) == ("clear", True)
