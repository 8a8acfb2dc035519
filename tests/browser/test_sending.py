"""Handing in files from a browser: over a broken line, a closed window, several side by side, and digested twice."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.conftest import Seat
from tests.whole import House

SIZE = 3 << 20


@pytest.fixture
def submitter(let_in: Callable[..., object], seat: Callable[..., Seat]) -> Seat:
    return seat(let_in(f"Sender{os.urandom(4).hex()}", "reviewer"))


def _choose(page: Page, *files: Path) -> None:
    page.get_by_text("A file", exact=True).click()
    page.locator("input[type=file]").set_input_files(list(files))
    page.get_by_role("button", name="Submit the file" if len(files) == 1 else f"Submit {len(files)} files").click()


def _file(folder: Path, name: str) -> Path:
    (folder / name).write_bytes(os.urandom(SIZE))
    os.utime(folder / name, (1_700_000_000, 1_700_000_000))
    return folder / name


def _kept_as(seat: Seat, house: House, submission: str) -> str:
    """The SHA-256 under which what was handed in is kept."""
    receipt = seat.page.context.request.get(f"{seat.address}/api/v1/submissions/{submission}").json()
    events = house.get(f"/items/{receipt['item']}/events")["data"]
    return next(
        one["event"]["detail"]["supplied"]["sha256"] for one in events if one["event"]["detail"].get("supplied")
    )


def test_what_was_begun_elsewhere_is_shown_and_can_be_given_up(submitter: Seat) -> None:
    me = submitter.page.context.request.get(f"{submitter.address}/api/v1/me").json()
    headers = {"Origin": submitter.address, "X-CSRF-Token": me["csrf"], "Tus-Resumable": "1.0.0"}
    begun = headers | {"Upload-Length": "4000", "Upload-Metadata": "filename bGVmdC5tcDQ="}
    assert submitter.page.context.request.post(f"{submitter.address}/api/v1/uploads", headers=begun).status == 201
    page = submitter.open("/submit")
    page.get_by_text("A file", exact=True).click()
    expect(page.get_by_role("heading", name="1 file was begun and not finished")).to_be_visible()
    expect(page.get_by_text("left.mp4 · ")).to_be_visible()
    expect(page.get_by_text("0 % are here; kept until")).to_be_visible()
    page.get_by_role("button", name="Remove: left.mp4").click()
    expect(page.get_by_role("heading", name="1 file was begun and not finished")).to_have_count(0)
    expect(page.get_by_role("alert")).to_have_count(0)
    assert page.context.request.get(f"{submitter.address}/api/v1/uploads").json() == {"data": []}


def test_a_file_survives_a_broken_line_and_a_closed_window(submitter: Seat, house: House, tmp_path: Path) -> None:
    clip = _file(tmp_path, "clip.mp4")
    page = submitter.open("/submit")
    offsets: list[int] = []

    def break_after_two(route: Route) -> None:
        if route.request.method == "PATCH":
            offsets.append(int(route.request.headers["upload-offset"]))
        if len(offsets) > 2:
            route.abort()
        else:
            route.continue_()

    page.route("**/api/v1/uploads/*", break_after_two)
    _choose(page, clip)
    expect(page.get_by_text("No connection. It goes on by itself")).to_be_visible()
    context = page.context
    page.close(run_before_unload=False)
    again = context.new_page()
    parts: list[int] = []

    def note(asked: Request) -> None:
        if asked.method == "PATCH":
            parts.append(int(asked.headers["upload-offset"]))

    again.on("request", note)
    again.goto(f"{submitter.address}/submit")
    _choose(again, clip)
    again.wait_for_url("**/receipts/sub_*")
    # It went on where the line broke; how long the second part was goes by how quick the machine is.
    assert offsets[:2] == [0, 256 << 10]
    assert min(parts) == offsets[2] > offsets[1]
    kept = _kept_as(submitter, house, again.url.rpartition("/")[2])
    assert kept == hashlib.sha256(clip.read_bytes()).hexdigest()


def test_several_files_arrive_side_by_side_and_one_can_be_paused(submitter: Seat, tmp_path: Path) -> None:
    page = submitter.open("/submit")
    page.add_init_script(
        "const ask = fetch; window.fetch = async (...all) => {"
        "await new Promise((go) => setTimeout(go, 600)); return ask(...all); }"
    )
    page.reload()
    _choose(page, *(_file(tmp_path, f"{number}.mp4") for number in range(3)))
    row = page.get_by_role("listitem").filter(has_text="0.mp4")
    row.get_by_role("button", name="Pause").click()
    expect(row.get_by_text("Paused at")).to_be_visible()
    expect(page.get_by_text("Here and preserved")).to_have_count(2)
    row.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Here and preserved")).to_have_count(3)


def test_what_was_altered_on_its_way_is_never_called_preserved(submitter: Seat, tmp_path: Path) -> None:
    """A part that is altered with its checksum would pass the line: the digest of the whole file does not."""
    page = submitter.open("/submit")

    def other_digest(route: Route) -> None:
        answer = route.fetch()
        told = dict(answer.headers)
        if "upload-digest" in told:
            told["upload-digest"] = f"sha256:{'0' * 64}"
        route.fulfill(response=answer, headers=told)

    page.route("**/api/v1/uploads/*", other_digest)
    _choose(page, _file(tmp_path, "altered.mp4"))
    expect(page.get_by_role("alert")).to_contain_text("What arrived is not what is on your side")
    expect(page.get_by_text("Here and preserved")).to_have_count(0)
