"""The page that verifies a package, opened from a disk: it answers as `svidok verify` does, and never more kindly."""

import base64
import os
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, expect
from sqlalchemy import Engine

from storage.integrity.checkpoint import LogKey
from storage.integrity.findings import Finding, exit_code
from storage.integrity.trust import Trust, split_keys
from storage.integrity.verify import verify_at
from storage.log.keys import log_signer
from tests.storage.package.damage import ARCHIVES, DAMAGE, FORGERY, RECORD_FORGERY, SUCCESSION, files, forge
from tests.storage.package.packed import Packed, copied, pack, pack_again, pack_record
from tests.storage.package.stamping import make_stamped

FLIPS_EACH = 40 if os.environ.get("SVIDOK_CHAOS_FLIPS") == "all" else 2
VERIFIER = Path(__file__).parents[2] / "frontend" / "dist" / "verifier.html"


@pytest.fixture(scope="module")
def packed(module_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Packed:
    return pack(module_engine, tmp_path_factory.mktemp("packed"))


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """The page as somebody opens it who was handed a package; it may ask nobody for anything."""
    context = browser.new_context(locale="en-GB", offline=True)
    asked: list[str] = []

    def ask(request: Request) -> None:
        if not request.url.startswith((VERIFIER.as_uri(), "data:", "blob:")):
            asked.append(request.url)

    context.on("request", ask)
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.goto(VERIFIER.as_uri())
    yield page
    context.close()
    assert asked == []


def _shown(page: Page, key: str, chosen: str, path: Path) -> tuple[int, list[tuple[int, str, str]]]:
    """What the page finds about a package: its exit code, and number, verdict and sentence of each finding."""
    page.get_by_label("Keys you trust").fill(key)
    page.get_by_label(chosen).set_input_files(str(path))
    page.get_by_role("button", name="Check").click()
    page.locator("[data-exit]").wait_for()
    told = page.locator("p[data-number]").evaluate_all(
        "all => all.map(one => [Number(one.dataset.number), one.dataset.verdict, one.textContent])"
    )
    code = page.locator("[data-exit]").get_attribute("data-exit")
    return int(str(code)), [(number, verdict, sentence) for number, verdict, sentence in told]


def _told(findings: list[Finding]) -> tuple[int, list[tuple[int, str, str]]]:
    return exit_code(findings), [(one.number, one.verdict.value, one.sentence) for one in findings]


def _trust(packed: Packed) -> Trust:
    return Trust([LogKey(packed.signer.public)])


@pytest.fixture(scope="module")
def packed_record(module_engine: Engine, packed: Packed, tmp_path_factory: pytest.TempPathFactory) -> Packed:
    return pack_record(module_engine, packed, tmp_path_factory.mktemp("record") / "package")


@pytest.fixture
def copy(packed: Packed, tmp_path: Path) -> Packed:
    return copied(packed, tmp_path / "package")


@pytest.fixture
def record(packed_record: Packed, tmp_path: Path) -> Packed:
    return copied(packed_record, tmp_path / "record")


@pytest.fixture(scope="module")
def later(module_engine: Engine, packed: Packed, packed_record: Packed) -> Packed:
    """A package from after two changes of the ledger's key; what the first key signs is made before."""
    return pack_again(module_engine, packed)


@pytest.fixture
def later_copy(later: Packed, tmp_path: Path) -> Packed:
    return copied(later, tmp_path / "later")


def _compare(page: Page, copy: Packed) -> int:
    wanted = _told(verify_at(copy.folder, _trust(copy)))
    found = _shown(page, str(copy.signer.public), "Choose a folder", copy.folder)
    assert found == wanted
    return found[0]


def test_a_whole_package_is_proved_by_both(page: Page, copy: Packed) -> None:
    assert _compare(page, copy) == 0


@pytest.mark.chaos
def test_fault_D3_no_flipped_bit_of_any_file_passes_the_page(page: Page, copy: Packed) -> None:
    chance, flips, missed = random.Random(20261128), 0, []
    for path in files(copy.folder):
        whole = path.read_bytes()
        for bit in chance.sample(range(8 * len(whole)), FLIPS_EACH):
            flipped = bytearray(whole)
            flipped[bit // 8] ^= 1 << bit % 8
            path.write_bytes(flipped)
            flips += 1
            code, _ = _shown(page, str(copy.signer.public), "Choose a folder", copy.folder)
            if code not in (1, 2):
                missed.append(f"{path.relative_to(copy.folder)} bit {bit}")
        path.write_bytes(whole)
    sys.stdout.write(f"{flips} bits flipped, {len(missed)} missed by the page\n")
    assert missed == []
    assert _compare(page, copy) == 0


def test_without_a_key_both_say_intact_and_not_proved(page: Page, copy: Packed) -> None:
    wanted = _told(verify_at(copy.folder, Trust()))
    assert wanted[0] == 3
    assert _shown(page, "", "Choose a folder", copy.folder) == wanted


def test_what_others_signed_is_read_as_the_command_reads_it(page: Page, engine: Engine, tmp_path: Path) -> None:
    stamped = make_stamped(engine, tmp_path)
    trust = Trust([LogKey(stamped.packed.signer.public)], [stamped.witness.public])
    keys = f"{stamped.packed.signer.public}\n{stamped.witness.public}"
    wanted = _told(verify_at(stamped.packed.folder, trust))
    assert wanted[0] == 3
    assert _shown(page, keys, "Choose a folder", stamped.packed.folder) == wanted


def test_with_the_key_of_another_archive_of_that_name_both_say_it_failed(
    page: Page, copy: Packed, tmp_path: Path
) -> None:
    other = log_signer(tmp_path / "other.pem", copy.signer.name, None)
    wanted = _told(verify_at(copy.folder, Trust([LogKey(other.public)])))
    assert wanted[0] == 1
    assert _shown(page, str(other.public), "Choose a folder", copy.folder) == wanted


@pytest.mark.parametrize("what", list(DAMAGE))
def test_fault_D5_the_page_names_what_was_done_as_the_command_does(page: Page, copy: Packed, what: str) -> None:
    DAMAGE[what][1](copy.folder)
    assert _compare(page, copy) in (1, 2)


@pytest.mark.parametrize("what", list(FORGERY))
def test_fault_D2_the_page_finds_a_resealed_history_as_the_command_does(page: Page, copy: Packed, what: str) -> None:
    forge(copy, what)
    assert _compare(page, copy) == 1


@pytest.mark.parametrize("known", range(3))
def test_fault_D13_the_page_follows_successions_from_any_key_as_the_command_does(
    page: Page, later_copy: Packed, known: int
) -> None:
    key = f"{[*later_copy.earlier, later_copy.signer][known].public}\n"
    wanted = _told(verify_at(later_copy.folder, split_keys(key)))
    assert wanted[0] == 0
    assert _shown(page, key, "Choose a folder", later_copy.folder) == wanted


@pytest.mark.parametrize("what", list(SUCCESSION))
def test_fault_D13_the_page_reads_a_forged_succession_as_the_command_does(
    page: Page, later_copy: Packed, what: str
) -> None:
    SUCCESSION[what][1](later_copy)
    for known in (later_copy.earlier[0], later_copy.signer):
        wanted = _told(verify_at(later_copy.folder, split_keys(str(known.public))))
        assert _shown(page, str(known.public), "Choose a folder", later_copy.folder) == wanted


def test_fault_D13_the_page_reads_successions_in_a_key_file_as_the_command_does(
    page: Page, copy: Packed, later: Packed
) -> None:
    notes = "".join(path.read_text() for path in sorted((later.folder / "data" / "ledger" / "keys").iterdir()))
    ended = f"{later.earlier[0].public} 0 4\n"
    for folder, keys, code in (
        (copy.folder, f"{later.signer.public}\n{notes}", 0),
        (copy.folder, f"{later.signer.public} 9\n# a word\n{notes}", 0),
        (later.folder, f"{notes}{ended}", 1),
        (later.folder, f"{later.earlier[1].public}\n{notes}", 0),
    ):
        wanted = _told(verify_at(folder, split_keys(keys)))
        assert wanted[0] == code
        assert _shown(page, keys, "Choose a folder", folder) == wanted


@pytest.mark.parametrize("what", list(ARCHIVES))
def test_fault_D5_the_page_reads_an_archive_as_the_command_does(
    page: Page, copy: Packed, tmp_path: Path, what: str
) -> None:
    code, make = ARCHIVES[what]
    archive = tmp_path / "made.zip"
    make(copy.folder, archive)
    wanted = _told(verify_at(archive, _trust(copy)))
    assert _shown(page, str(copy.signer.public), "Choose a ZIP archive", archive) == wanted
    assert wanted[0] == code


def test_the_package_of_a_record_is_proved_by_both(page: Page, record: Packed) -> None:
    assert _compare(page, record) == 0


@pytest.mark.parametrize("what", list(RECORD_FORGERY))
def test_fault_D2_both_find_the_package_of_a_record_forged(page: Page, record: Packed, what: str) -> None:
    forge(record, what)
    assert _compare(page, record) == 1


def test_a_stranger_verifies_a_package_in_the_workbench_and_takes_the_page_home(
    copy: Packed, address: str, new_context: Callable[..., Any], tmp_path: Path
) -> None:
    page = new_context(accept_downloads=True).new_page()
    page.goto(f"{address}/explore")
    page.get_by_role("navigation").get_by_role("link", name="Verify").click()
    page.get_by_label("Keys you trust").fill(str(copy.signer.public))
    page.get_by_label("Choose a folder").set_input_files(str(copy.folder))
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_text("Everything this package claims is proved.")).to_be_visible()
    expect(page.get_by_role("listitem")).to_have_count(9)
    DAMAGE["an original cut short"][1](copy.folder)
    page.get_by_label("Choose a folder").set_input_files(str(copy.folder))
    expect(page.get_by_text("Everything this package claims is proved.")).to_be_hidden()
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_text("This package is NOT what was signed.")).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save this verifier").click()
    saved.value.save_as(tmp_path / "saved.html")
    assert (tmp_path / "saved.html").read_bytes() == VERIFIER.read_bytes()


def test_what_is_dropped_is_checked_like_what_is_chosen(
    copy: Packed, address: str, new_context: Callable[..., Any], tmp_path: Path
) -> None:
    archive = tmp_path / "made.zip"
    ARCHIVES["as it is"][1](copy.folder, archive)
    page = new_context().new_page()
    page.goto(f"{address}/verify")
    page.get_by_label("Keys you trust").fill(str(copy.signer.public))
    dropped = page.evaluate_handle(
        """text => { const all = new DataTransfer();
        const bytes = Uint8Array.from(atob(text), one => one.charCodeAt(0));
        all.items.add(new File([bytes], 'made.zip', { type: 'application/zip' })); return all; }""",
        base64.b64encode(archive.read_bytes()).decode(),
    )
    page.get_by_role("group").first.dispatch_event("drop", {"dataTransfer": dropped})
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_text("Everything this package claims is proved.")).to_be_visible()
