"""The player names a frame only when exactly that frame is on the screen: the number drawn in it is read back."""

import hashlib
import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Person, Seat
from tests.browser.screen import drawn_number, is_confirmed
from tests.media.draw import Film, Look, cuts, variable_rate
from tests.site import Site
from tests.whole import House

_CONFIRMED = """frame => {
  const counter = document.querySelector('[data-stands]');
  return counter.dataset.frame === String(frame) && counter.dataset.stands === 'confirmed';
}"""
CLIPS: dict[str, Callable[[Path], Film]] = {
    "25 a second": lambda path: cuts(path.with_suffix(".mp4"), lengths=(40, 35)),
    "29.97 a second, starting late": lambda path: cuts(
        path.with_suffix(".mp4"), Look(rate=Fraction(30_000, 1001), key_every=60), lengths=(40, 35), start=2
    ),
    "variable rate": lambda path: variable_rate(path.with_suffix(".mp4"), lengths=(40, 35)),
    "a review copy": lambda path: cuts(path.with_suffix(".avi"), Look(codec="mpeg4", b_frames=0), lengths=(40, 35)),
}


@dataclass(frozen=True)
class Opened:
    """An item's workbench in front of somebody."""

    page: Page
    item: str
    playback: dict[str, Any]

    def go(self, frame: int) -> None:
        self.page.keyboard.press("g")
        self.page.keyboard.type(f"f{frame}")
        self.page.keyboard.press("Enter")

    def confirmed(self, frame: int) -> None:
        self.page.wait_for_function(_CONFIRMED, arg=frame)

    def number(self) -> int:
        """The number drawn in the frame that the video element shows."""
        return drawn_number(self.page)


@pytest.fixture(scope="module")
def item_of(house: House, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """The item of a clip, brought in when it is first asked for."""

    @cache
    def bring_in(clip: str) -> str:
        film = CLIPS[clip](tmp_path_factory.mktemp("clip") / "clip")
        return str(house.ingest(str(film.path))["item"])

    return bring_in


@pytest.fixture
def opened(
    house: House, seat: Callable[..., Seat], reviewer: Person, item_of: Callable[[str], str]
) -> Callable[[str], Opened]:
    def open_clip(clip: str) -> Opened:
        item = item_of(clip)
        playback = house.get(f"/items/{item}/playback")
        assert playback["state"] == "ready", playback
        page = seat(reviewer).open(f"/items/{item}")
        page.wait_for_function("() => document.querySelector('video')?.readyState >= 1")
        return Opened(page, item, playback)

    return open_clip


@pytest.fixture(scope="module")
def reviewer(let_in: Callable[..., Person]) -> Person:
    return let_in("Frames", "reviewer")


@pytest.mark.parametrize("clip", CLIPS)
def test_the_number_with_the_tick_is_the_number_in_the_picture(clip: str, opened: Callable[[str], Opened]) -> None:
    bench = opened(clip)
    count = bench.playback["frame_times"]["count"]
    assert count == 75
    bench.page.keyboard.press("Home")  # till then a still of another frame stands for the video
    bench.confirmed(0)
    wrong = []
    for key, frames in ((".", range(1, 16)), (",", range(14, 4, -1))):
        for frame in frames:
            bench.page.keyboard.press(key)
            bench.confirmed(frame)
            wrong += [(frame, shown)] if (shown := bench.number()) != frame else []
    for frame in (0, count - 1, *random.Random(4).sample(range(1, count - 1), 12)):
        bench.go(frame)
        bench.confirmed(frame)
        wrong += [(frame, shown)] if (shown := bench.number()) != frame else []
    assert wrong == []


def test_a_held_key_ends_at_the_frame_asked_for_last_and_playing_stops_at_a_known_frame(
    opened: Callable[[str], Opened],
) -> None:
    bench = opened("25 a second")
    bench.page.keyboard.press("Home")
    bench.confirmed(0)
    for _ in range(40):
        bench.page.keyboard.down(".")
    bench.page.keyboard.up(".")
    bench.confirmed(40)
    assert bench.number() == 40
    before = 40
    for start, stop in ((" ", " "), ("j", "k")):
        bench.page.keyboard.press(start)
        bench.page.wait_for_timeout(600)
        bench.page.keyboard.press(stop)
        bench.page.wait_for_timeout(600)
        counter = bench.page.locator("[data-stands]")
        expect(counter).to_have_attribute("data-stands", "confirmed")
        after = int(counter.get_attribute("data-frame") or -1)
        assert bench.number() == after
        assert after > before if start == " " else after < before
        before = after


def test_nothing_is_seen_unshielded_until_a_key_is_held_also_on_a_cyrillic_layout(
    opened: Callable[[str], Opened],
) -> None:
    bench = opened("25 a second")
    video = bench.page.locator("video")
    asked: list[str] = []
    bench.page.on("request", lambda request: asked.append(request.url))
    bench.page.reload()
    bench.page.wait_for_function("() => document.querySelector('video')?.readyState >= 1")
    expect(video).to_have_css("filter", 'url("#player-sketch")')
    bench.page.get_by_role("slider", name="Playhead").hover()
    bench.page.wait_for_timeout(300)
    pictures = [*bench.playback["keyframes"], bench.playback["sprite"]]
    assert any(url.endswith(one["content"]["sketch"]) for one in pictures for url in asked)
    assert not any(url.endswith(one["content"]["clear"]) for one in pictures for url in asked)
    assert bench.page.evaluate(
        "() => [document.querySelector('video').muted, document.querySelector('video').paused]"
    ) == [
        True,
        True,
    ]
    bench.page.keyboard.press("Home")
    bench.confirmed(0)
    press = "([type, key]) => window.dispatchEvent(new KeyboardEvent(type, { key, code: 'KeyB', bubbles: true }))"
    bench.page.evaluate(press, ["keydown", "и"])
    expect(video).to_have_css("filter", "none")
    bench.page.evaluate(press, ["keyup", "и"])
    expect(video).to_have_css("filter", 'url("#player-sketch")')
    for filtered in ("grayscale", "grayscale(1)", "none"):
        bench.page.keyboard.press("v")
        assert filtered in bench.page.evaluate("() => getComputedStyle(document.querySelector('video')).filter")
    bench.page.keyboard.press("Escape")
    expect(video).to_have_css("filter", 'url("#player-sketch")')


def test_the_address_leads_back_to_the_same_frame_and_region(
    opened: Callable[[str], Opened],
) -> None:
    bench = opened("variable rate")
    bench.go(33)
    bench.confirmed(33)
    bench.page.keyboard.press("i")
    bench.page.keyboard.press("r")
    bench.page.keyboard.press("Enter")
    bench.page.wait_for_url(lambda url: "f=33" in url and "span=33-33" in url and "xywh=" in url)
    bench.page.reload()
    bench.page.wait_for_selector("[data-stands]")
    bench.confirmed(33)
    assert bench.number() == 33
    expect(bench.page.get_by_role("button", name="Marked region, percent: 30,30,40,40")).to_be_visible()


def test_a_still_says_of_what_frame_of_what_original_it_is(opened: Callable[[str], Opened], tmp_path: Path) -> None:
    bench = opened("29.97 a second, starting late")
    bench.go(21)
    bench.confirmed(21)
    saved: dict[str, bytes] = {}
    for button in ("Save shielded: Sketch", "Save the unshielded picture"):
        files: list[Any] = []
        bench.page.once("download", lambda one, files=files: files.append(one))
        bench.page.keyboard.press("s")
        with bench.page.expect_event("download", predicate=lambda one: one.suggested_filename.endswith("json")) as last:
            bench.page.get_by_role("button", name=button).click()
        for one in (*files, last.value):
            one.save_as(tmp_path / one.suggested_filename)
            saved[one.suggested_filename] = (tmp_path / one.suggested_filename).read_bytes()
    stem = f"{bench.item}_f000021"
    assert set(saved) == {f"{stem}_sketch.png", f"{stem}_sketch.json", f"{stem}.png", f"{stem}.json"}
    caption = json.loads(saved[f"{stem}.json"])
    assert caption["original"] == f"sha256:{bench.playback['original']}"
    assert (caption["item"], caption["frame"], caption["shield"]) == (bench.item, 21, "clear")
    assert caption["time_s"] == pytest.approx(bench.playback["start_s"] + 21 * 1001 / 30_000, abs=2e-6)
    assert caption["still_sha256"] == f"sha256:{hashlib.sha256(saved[f'{stem}.png']).hexdigest()}"
    assert saved[f"{stem}.png"] != saved[f"{stem}_sketch.png"]


def test_a_citation_of_another_original_leads_to_its_own_frame_and_never_into_the_one_that_is_shown(
    house: House, site: Site, seat: Callable[..., Seat], let_in: Callable[..., Person]
) -> None:
    path, address = site.media.folder / "again.mp4", site.url("/again.mp4")
    cuts(path, Look(rate=Fraction(30_000, 1001)), lengths=(20, 20), seed=71, start=1)
    first = house.ingest(address)
    cuts(path, Look(rate=Fraction(10)), lengths=(12, 12), seed=72)
    second = house.ingest(address, "--again")
    (old,), (new,) = ([one["sha256"] for one in told["originals"]] for told in (first, second))
    assert (first["item"], old != new) == (second["item"], True)
    # The 17th frame of the first, to the microsecond; in the second this would be frame 6.
    said = {
        "kind": "note",
        "body": {"text": "The tower."},
        "citations": [{"target": old, "selector": "t=0.6006,0.633967"}],
    }
    house.post(f"/items/{first['item']}/assertions", said)
    page = seat(let_in("Twice", "reviewer")).open(f"/items/{first['item']}?tab=notes&f=3")
    is_confirmed(page, 3)
    assert drawn_number(page) == 3
    expect(page.get_by_role("combobox", name="Which original is shown")).to_have_value(re.compile(f"{new[:8]}$"))
    page.get_by_role("list", name="On what is not shown now").get_by_role("button").first.click()
    is_confirmed(page, 17)
    assert drawn_number(page) == 17
    page.wait_for_url(lambda url: f"of=sha256-{old[:12]}" in url and "f=17" in url)
    expect(
        page.get_by_role("list", name="On the video").get_by_role("button", name=re.compile("^f17 "))
    ).to_be_visible()
    page.reload()
    is_confirmed(page, 17)
    assert drawn_number(page) == 17
    page.goto(page.url.replace(old[:12], "f" * 12))
    expect(page.get_by_role("alert").filter(has_text="an original that is not here")).to_be_visible()
    expect(page.locator("[data-stands]")).to_have_attribute("data-stands", "unasked")
