"""The shell around every page: who may go where, in which language, by which keys."""

from collections.abc import Callable

from playwright.sync_api import Browser, expect

from tests.browser.conftest import Person, Seat


def test_a_stranger_is_led_to_the_log_in_and_then_to_the_page_they_wanted(
    let_in: Callable[..., Person], browser: Browser, address: str
) -> None:
    let_in("Stranger", "reviewer")
    page = browser.new_page()
    page.goto(f"{address}/queue")
    expect(page).to_have_url(f"{address}/login?next=%2Fqueue")
    page.close()
