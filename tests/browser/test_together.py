"""Several people and several windows at one item: nobody overwrites anybody, and no word is lost."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Person, Seat


@dataclass(frozen=True)
class Team:
    """Two reviewers, their lead, and an item for each test: nobody's lease hinders the next one."""

    olena: Person
    taras: Person
    nadia: Person
    items: Iterator[str]


@pytest.fixture(scope="module")
def team(let_in: Callable[..., Person], bring_in: Callable[..., list[str]]) -> Team:
    items = iter(bring_in(*range(31, 37)))
    return Team(let_in("Olena", "reviewer"), let_in("Taras", "reviewer"), let_in("Nadia", "lead"), items)


def note(page: Page) -> Locator:
    return page.get_by_role("textbox", name="New note")


def is_saved(page: Page) -> None:
    expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()


def beside(seat: Seat, path: str) -> Page:
    """One more window of the same person in the same browser."""
    page = seat.page.context.new_page()
    page.goto(seat.address + path)
    return page


def call(seat: Seat, path: str, body: dict[str, Any]) -> Any:
    """Ask the API as this person does from another program."""
    request = seat.page.context.request
    csrf = request.get(f"{seat.address}/api/v1/me").json()["csrf"]
    headers = {"Origin": seat.address, "X-CSRF-Token": csrf}
    answer = request.post(f"{seat.address}/api/v1{path}", data=body, headers=headers)
    assert answer.ok, answer.text()
    return answer.json()


def test_who_comes_second_sees_who_is_editing_and_asks_to_be_next(seat: Callable[..., Seat], team: Team) -> None:
    item = next(team.items)
    taras = seat(team.taras).open(f"/items/{item}?tab=notes")
    expect(note(taras)).to_be_enabled()
    olena = seat(team.olena).open(f"/items/{item}?tab=notes")
    note(olena).fill("Two men, one of them limps.")
    expect(olena.get_by_text("You are editing until")).to_be_visible()

    expect(taras.get_by_text("Olena is editing until").first).to_be_visible()
    expect(note(taras)).to_be_disabled()
    taras.get_by_role("button", name="Ask for it").click()
    expect(taras.get_by_role("button", name="Asked")).to_be_visible()
    expect(olena.get_by_text("Taras would like to go on here")).to_be_visible()

    is_saved(olena)
    olena.get_by_role("button", name="Stop editing").click()
    expect(note(taras)).to_be_enabled()
    note(taras).fill("The left one wears a badge.")
    expect(olena.get_by_text("Taras is editing until").first).to_be_visible()
    expect(note(olena)).to_be_disabled()
    expect(note(olena)).to_have_value("Two men, one of them limps.")
    taras.get_by_role("button", name="Add the note").click()
    expect(olena.get_by_role("list", name="On the video")).to_contain_text("The left one wears a badge.")


def test_a_lead_takes_over_and_the_words_of_the_other_stay(seat: Callable[..., Seat], team: Team) -> None:
    item = next(team.items)
    olena = seat(team.olena).open(f"/items/{item}?tab=notes")
    note(olena).fill("The bridge is the one of 1974.")
    is_saved(olena)
    nadia = seat(team.nadia).open(f"/items/{item}?tab=notes")
    expect(note(nadia)).to_be_disabled()
    nadia.get_by_role("button", name="Take over").click()
    expect(nadia.get_by_text("You are editing until")).to_be_visible()
    expect(note(nadia)).to_be_enabled()
    expect(olena.get_by_text("Nadia is editing until").first).to_be_visible()
    expect(note(olena)).to_be_disabled()
    expect(note(olena)).to_have_value("The bridge is the one of 1974.")
    expect(olena.get_by_role("button", name="Take over")).to_be_hidden()


def test_two_windows_at_one_draft_lose_no_word(seat: Callable[..., Seat], team: Team) -> None:
    path = f"/items/{next(team.items)}?tab=notes"
    person = seat(team.olena)
    first, second = person.open(path), beside(person, path)
    expect(note(second)).to_be_enabled()
    note(first).fill("Written in the first window.")
    is_saved(first)
    note(second).fill("Written in the second window.")

    both = second.get_by_role("region", name="Two versions")
    expect(both.get_by_text("Written in the first window.")).to_be_visible()
    expect(both.get_by_text("Written in the second window.")).to_be_visible()
    second.reload()
    expect(both.get_by_text("Written in the first window.")).to_be_visible()
    expect(both.get_by_text("Written in the second window.")).to_be_visible()
    both.get_by_role("radiogroup", name="Note: which version").get_by_text("Combine").click()
    combined = both.get_by_role("textbox", name="Note, combined").input_value()
    assert "Written in the first window." in combined
    assert "Written in the second window." in combined
    both.get_by_role("button", name="Go on with this").click()
    is_saved(second)
    expect(note(second)).to_have_value(combined)
    first.reload()
    expect(note(first)).to_have_value(combined)


def test_what_another_has_replaced_meanwhile_is_shown_beside_ones_own(seat: Callable[..., Seat], team: Team) -> None:
    item = next(team.items)
    bound = {"about": "capture", "earliest": "2024-03-05T11:30:00Z", "latest": "2024-03-05T12:10:59Z"}
    bound |= {"method": "visible_clock", "confidence": "moderate", "status": "candidate"}
    statement = {"kind": "time", "citations": [{"target": "https://example.org/clock"}]}
    other = seat(team.taras)
    earlier = call(other, f"/items/{item}/assertions", statement | {"body": bound | {"reasoning": "A clock."}})

    page = seat(team.olena).open(f"/items/{item}?tab=time")
    page.get_by_role("button", name="Revise").click()
    reasoning = page.get_by_role("textbox", name="Reasoning")
    expect(reasoning).to_have_value("A clock.")
    reasoning.fill("The clock goes an hour ahead.")
    is_saved(page)
    page.get_by_role("button", name="Stop editing").click()
    replaced = {"body": bound | {"reasoning": "The clock stands still."}, "supersedes": earlier["assertion"]}
    call(other, f"/items/{item}/assertions", statement | replaced)

    stands = page.get_by_role("list", name="Said so far")
    expect(stands).to_contain_text("The clock stands still.")
    expect(reasoning).to_have_value("The clock goes an hour ahead.")
    page.get_by_role("button", name="Say it as a candidate").click()
    both = page.get_by_role("region", name="Two versions")
    expect(both.get_by_text("The clock stands still.")).to_be_visible()
    expect(both.get_by_text("The clock goes an hour ahead.")).to_be_visible()
    expect(both.get_by_text("Taras,")).to_be_visible()
    both.get_by_role("radiogroup", name="Reasoning: which version").get_by_text("Combine").click()
    both.get_by_role("textbox", name="Reasoning, combined").fill("The clock stands still, an hour ahead.")
    both.get_by_role("button", name="Go on with this").click()
    expect(reasoning).to_have_value("The clock stands still, an hour ahead.")
    page.get_by_role("button", name="Say it as a candidate").click()
    expect(reasoning).to_be_hidden()
    expect(stands).to_contain_text("The clock stands still, an hour ahead.")
    page.get_by_text("2 earlier versions").click()
    expect(stands.get_by_text("The clock stands still.", exact=True)).to_be_visible()
    expect(stands.get_by_text("A clock.", exact=True)).to_be_visible()


def test_a_draft_outlives_a_reload_in_the_middle_of_a_word(seat: Callable[..., Seat], team: Team) -> None:
    page = seat(team.olena).open(f"/items/{next(team.items)}?tab=notes")
    note(page).press_sequentially("Half a wor")
    page.reload()
    expect(note(page)).to_have_value("Half a wor")
    is_saved(page)
    page.reload()
    expect(note(page)).to_have_value("Half a wor")


def test_a_draft_outlives_the_network_and_the_window(seat: Callable[..., Seat], team: Team) -> None:
    path = f"/items/{next(team.items)}?tab=notes"
    person = seat(team.olena)
    page = person.open(path)
    note(page).fill("Before.")
    is_saved(page)
    page.context.set_offline(True)
    note(page).fill("Before, and in the dark.")
    expect(page.get_by_text("Kept in this browser: the server does not answer")).to_be_visible()
    page.context.set_offline(False)
    is_saved(page)

    page.context.set_offline(True)
    note(page).fill("Before, in the dark, and to the end.")
    expect(page.get_by_text("Kept in this browser: the server does not answer")).to_be_visible()
    page.close()
    person.page.context.set_offline(False)
    again = beside(person, path)
    expect(note(again)).to_have_value("Before, in the dark, and to the end.")
    is_saved(again)
    elsewhere = seat(team.olena).open(path)
    expect(note(elsewhere)).to_have_value("Before, in the dark, and to the end.")
