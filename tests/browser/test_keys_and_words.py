"""Keys by their place on the keyboard, words in the reader's language, and the door."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from tests.browser.conftest import PASSWORD, Person, Seat
from tests.browser.screen import counter, drawn_number, go, is_confirmed

_STRIKE = "([type, code, key]) => document.body.dispatchEvent(new KeyboardEvent(type, {code, key, bubbles: true}))"
UNSHIELDED, SKETCHED = "none", 'url("#player-sketch")'


@pytest.fixture(scope="module")
def item(bring_in: Callable[..., list[str]]) -> str:
    return bring_in(41)[0]


def strike(page: Page, kind: str, code: str, key: str) -> None:
    """A key event as the browser sends it on another layout: the place is `code`, the letter `key`."""
    page.evaluate(_STRIKE, [kind, code, key])


def person_menu(page: Page, entry: str) -> Locator:
    page.get_by_role("banner").get_by_role("button").last.click()
    return page.get_by_role("menuitem", name=entry)


def test_the_keys_work_by_their_place_on_a_cyrillic_layout(
    seat: Callable[..., Seat], let_in: Callable[..., Person], item: str
) -> None:
    page = seat(let_in("Cyrillic", "reviewer")).open(f"/items/{item}")
    expect(counter(page)).to_be_visible()
    go(page, 5)
    strike(page, "keydown", "Comma", "б")
    is_confirmed(page, 4)
    strike(page, "keydown", "Period", "ю")
    strike(page, "keydown", "Period", "ю")
    is_confirmed(page, 6)
    assert drawn_number(page) == 6
    video = page.locator("video")
    expect(video).to_have_css("filter", SKETCHED)
    strike(page, "keydown", "KeyB", "и")
    expect(video).to_have_css("filter", UNSHIELDED)
    strike(page, "keyup", "KeyB", "и")
    expect(video).to_have_css("filter", SKETCHED)


def test_the_keys_rest_while_somebody_types(
    seat: Callable[..., Seat], let_in: Callable[..., Person], item: str
) -> None:
    page = seat(let_in("Typist", "reviewer")).open(f"/items/{item}?tab=notes&f=7")
    is_confirmed(page, 7)
    field = page.get_by_role("textbox", name="New note")
    field.press_sequentially(", . b v 3 ? r")
    page.keyboard.down("b")
    expect(page.locator("video")).to_have_css("filter", SKETCHED)
    page.keyboard.up("b")
    expect(field).to_have_value(", . b v 3 ? rb")
    is_confirmed(page, 7)
    expect(page.get_by_role("tab", name="Notes")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Escape")
    page.keyboard.press(".")
    is_confirmed(page, 8)


def test_the_help_lists_the_keys_and_the_palette_does_what_is_found_in_it(
    seat: Callable[..., Seat], let_in: Callable[..., Person], item: str
) -> None:
    page = seat(let_in("Palette", "reviewer")).open(f"/items/{item}")
    expect(counter(page)).to_be_visible()
    page.keyboard.press("Shift+Slash")
    keys = page.get_by_role("dialog", name="Keys")
    for action in (
        "One frame forward",
        "Lift the shield while held",
        "New note, on the marked span",
        "Open panel: Copies",
    ):
        expect(keys.get_by_role("definition").filter(has_text=action)).to_be_visible()
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    page.keyboard.press("Control+k")
    words = page.get_by_placeholder("What do you want to do?")
    expect(words).to_be_focused()
    words.fill("panel: hist")
    page.keyboard.press("Enter")
    expect(words).to_be_hidden()
    expect(page.get_by_role("tab", name="History")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Control+k")
    words.fill("go to explore")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Explore")).to_be_visible()


def test_a_key_chosen_under_my_account_counts_and_a_clash_is_said(
    seat: Callable[..., Seat], let_in: Callable[..., Person], item: str
) -> None:
    person = let_in("Chooser", "reviewer")
    page = seat(person).open("/me")
    change = page.get_by_role("button", name="Change the key for: One frame forward")
    clash = page.get_by_text("Another action has this key too.")
    change.click()
    page.keyboard.press("j")
    expect(clash).to_have_count(2)
    change.click()
    page.keyboard.press("n")
    expect(clash).to_have_count(1)
    change.click()
    page.keyboard.press("x")
    expect(clash).to_have_count(0)
    page.goto(page.url.replace("/me", f"/items/{item}"))
    expect(counter(page)).to_be_visible()
    go(page, 3)
    page.keyboard.press(".")
    page.keyboard.press("x")
    is_confirmed(page, 4)
    elsewhere = seat(person).open(f"/items/{item}?f=8")
    is_confirmed(elsewhere, 8)
    elsewhere.keyboard.press("x")
    is_confirmed(elsewhere, 9)


def test_the_words_change_with_the_language_and_stay_chosen(
    seat: Callable[..., Seat], let_in: Callable[..., Person]
) -> None:
    person = let_in("Reader", "reviewer")
    page = seat(person).open("/queue")
    for language, entry, title in (("uk", "Українська", "Черга"), ("ru", "Русский", "Очередь")):
        person_menu(page, entry).click()
        expect(page.locator("html")).to_have_attribute("lang", language)
        expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
        page.reload()
        expect(page.locator("html")).to_have_attribute("lang", language)
        expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
    page.goto(page.url.replace("/queue", "/me"))
    page.get_by_role("textbox", name="Язык").or_(page.get_by_role("combobox", name="Язык")).first.click()
    page.get_by_role("option", name="Українська").click()
    expect(page.get_by_role("heading", level=1, name="Мій обліковий запис")).to_be_visible()


def test_the_language_of_the_account_is_spoken_after_the_log_in(
    let_in: Callable[..., Person], seat: Callable[..., Seat], new_context: CreateContextCallback, address: str
) -> None:
    person = let_in("Speaker", "reviewer")
    page = seat(person).open("/me")
    page.get_by_role("textbox", name="Language").or_(page.get_by_role("combobox", name="Language")).first.click()
    with page.expect_response(lambda answer: answer.url.endswith("/me/preferences")) as kept:
        page.get_by_role("option", name="Українська").click()
    assert kept.value.ok
    other = new_context().new_page()
    other.goto(f"{address}/login")
    other.get_by_role("textbox", name="E-mail address").fill(person.email)
    other.get_by_role("textbox", name="Password").fill(PASSWORD)
    other.get_by_role("button", name="Log in", exact=True).click()
    expect(other.get_by_role("heading", level=1, name="Черга")).to_be_visible()
    expect(other.locator("html")).to_have_attribute("lang", "uk")


def test_the_door_says_no_in_words_and_leads_on_to_where_somebody_wanted(
    let_in: Callable[..., Person], new_context: CreateContextCallback, address: str, item: str
) -> None:
    person = let_in("Guest", "reviewer")
    page = new_context().new_page()
    wanted = f"/items/{item}?tab=time"
    page.goto(address + wanted)
    expect(page.get_by_role("heading", level=1, name="Log in")).to_be_visible()
    page.get_by_role("textbox", name="E-mail address").fill(person.email)
    page.get_by_role("textbox", name="Password").fill("not the password at all")
    page.get_by_role("button", name="Log in", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("The address or the password is wrong")
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    expect(page).to_have_url(address + wanted)
    expect(page.get_by_role("tab", name="Time")).to_have_attribute("aria-selected", "true")

    person_menu(page, "Log out").click()
    expect(page.get_by_role("heading", level=1, name="Log in")).to_be_visible()
    page.go_back()
    page.goto(address + wanted)
    expect(page.get_by_role("heading", level=1, name="Log in")).to_be_visible()
    assert page.context.request.get(f"{address}/api/v1/items/{item}").status == 401


def test_the_door_leads_nowhere_outside(
    let_in: Callable[..., Person], new_context: CreateContextCallback, address: str
) -> None:
    person = let_in("Lured", "reviewer")
    page = new_context().new_page()
    page.goto(f"{address}/login?next=//elsewhere.example/queue")
    page.get_by_role("textbox", name="E-mail address").fill(person.email)
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    expect(page).to_have_url(f"{address}/queue")
