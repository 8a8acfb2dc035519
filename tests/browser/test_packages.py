"""Taking evidence along from a browser: what it holds is told first, and what arrives is proved by the page itself."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from storage.integrity.findings import exit_code
from storage.integrity.trust import Trust, split_keys
from storage.integrity.verify import verify_at
from tests.browser.conftest import Person, Seat
from tests.whole import House


@pytest.fixture(scope="module")
def reviewer(let_in: Callable[..., Person]) -> Person:
    return let_in("Iryna", "reviewer")


@pytest.fixture(scope="module")
def item(bring_in: Callable[..., list[str]]) -> str:
    return bring_in(71)[0]


def _keys(house: House) -> str:
    return "".join(f"{one['key']} {one['first_size']}\n" for one in house.get("/ledger/keys")["keys"])


def _trust(house: House) -> Trust:
    return split_keys(_keys(house))


def _saved(page: Page, link: str, target: Path) -> Path:
    with page.expect_download() as download:
        page.get_by_role("link", name=link, exact=True).click()
    download.value.save_as(target)
    return target


@pytest.mark.parametrize("width", [1440, 390])
def test_a_reviewer_sees_what_a_package_holds_and_takes_it_along(
    seat: Callable[..., Seat], reviewer: Person, house: House, item: str, tmp_path: Path, width: int
) -> None:
    page = seat(reviewer, accept_downloads=True).open(f"/items/{item}")
    page.set_viewport_size({"width": width, "height": 900})
    before = len(house.get(f"/items/{item}/events", limit="500")["data"])
    page.get_by_role("button", name="See what it holds").press("Enter")
    expect(page.get_by_text(f"{before} events with their proofs")).to_be_visible()
    assert len(house.get(f"/items/{item}/events", limit="500")["data"]) == before
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0
    taken = _saved(page, "Take it along (ZIP)", tmp_path / f"{item}.zip")
    findings = verify_at(taken, _trust(house))
    assert exit_code(findings) == 0, findings
    assert house.get(f"/items/{item}/events", limit="500")["data"][-1]["event"]["type"] == "dissemination"
    # It has become one event more, and the page knows by itself.
    expect(page.get_by_text(f"{before + 1} events with their proofs")).to_be_visible()


def test_a_file_that_is_gone_is_told_before_anything_is_taken(
    seat: Callable[..., Seat], reviewer: Person, house: House, bring_in: Callable[..., list[str]], tmp_path: Path
) -> None:
    [broken] = bring_in(72)
    original = next(one for one in house.get(f"/items/{broken}")["files"] if one["role"] == "original")["sha256"]
    [kept] = [path for path in house.stack.vault.rglob(original) if path.is_file()]
    away = shutil.copy2(kept, tmp_path / "away")
    kept.unlink()
    page = seat(reviewer).open(f"/items/{broken}")
    page.get_by_role("button", name="See what it holds").click()
    expect(page.get_by_role("alert").filter(has_text=original)).to_contain_text("is missing")
    expect(page.get_by_role("link", name="Take it along (ZIP)")).to_have_count(0)
    shutil.copy2(away, kept)


def test_a_stranger_takes_a_record_along_and_has_it_proved_by_the_page(
    new_context: Callable[..., Any], house: House, item: str, address: str, tmp_path: Path
) -> None:
    record = house.post(f"/items/{item}/publication", {"sensitivity": "public"})["pid"]
    page = new_context(accept_downloads=True).new_page()
    page.goto(f"{address}/records/{record}")
    taken = _saved(page, "Package (ZIP)", tmp_path / f"{record}.zip")
    page.get_by_role("link", name="Check a package").click()
    page.get_by_label("Keys you trust").fill(_keys(house))
    page.get_by_label("Choose a ZIP archive").set_input_files(str(taken))
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_text("Everything this package claims is proved.")).to_be_visible()
    expect(page.get_by_text("the others of its item are not given out")).to_be_visible()
    assert exit_code(verify_at(taken, _trust(house))) == 0
