"""A real browser on a whole stack; no page may ask anybody but this machine for anything."""

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Playwright, Request, expect, sync_playwright
from pytest_playwright.pytest_playwright import CreateContextCallback

from tests.media.draw import Look, cuts
from tests.site import Site
from tests.whole import House, open_house
from tests.workers.stack import patience

PASSWORD = "a long and quiet winter road"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
_SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Person:
    """Somebody with an account of this house."""

    id: str
    email: str
    name: str


# The plugin's own fixtures last for the whole run and keep an event loop turning in this thread: tests of other
# rooms that come after could run none of their own. Ours end with their module.
@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """The driver; without a Chromium on the machine these tests say that they were skipped."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine (on Debian: apt install chromium)")
    # The machine is shared with other tests; five seconds, the default, are too few there.
    expect.set_options(timeout=patience(20) * 1000)
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """The system's own Chromium."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_SWITCHES)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    return {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce", "locale": "en-GB"}


@pytest.fixture(scope="module")
def house(site: Site, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The whole stack of this module; the UI must have been built. Pages are kept where it says `KEEPS_PAGES`."""
    assert (Path(__file__).parents[2] / "frontend" / "dist" / "index.html").exists(), "`make setup` builds the UI"
    keeps_pages = getattr(request.module, "KEEPS_PAGES", False)
    with open_house(site, tmp_path_factory.mktemp("house") / "vault", keeps_pages=keeps_pages) as house:
        yield house


@pytest.fixture(scope="module")
def address(house: House) -> str:
    """Where this house's pages are."""
    return f"http://127.0.0.1:{house.stack.port}"


@pytest.fixture(scope="module")
def let_in(house: House) -> Callable[..., Person]:
    """Give somebody an account: `let_in("Olena", "lead")`."""

    def let(name: str, *roles: str) -> Person:
        email = f"{name.lower()}@example.org"
        made = house.post("/users", {"email": email, "password": PASSWORD, "roles": list(roles), "name": name})
        return Person(made["user"], email, name)

    return let


@pytest.fixture(scope="module")
def bring_in(house: House, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., list[str]]:
    """Hand in drawn clips, one for each seed, and wait until all have been looked through: their items."""

    def hand_in(seed: int) -> str:
        clip = cuts(tmp_path_factory.mktemp("clip") / f"{seed}.mp4", Look(audio=True), lengths=(20, 30), seed=seed)
        answer = house.api.post("/uploads", params={"name": f"clip {seed}.mp4"}, content=clip.path.read_bytes())
        assert answer.is_success, answer.text
        return str(answer.json()["submission"])

    def bring(*seeds: int) -> list[str]:
        until = time.monotonic() + 120
        items = []
        for submission in [hand_in(seed) for seed in seeds]:
            while not (receipt := house.get(f"/submissions/{submission}"))["settled"]:
                assert time.monotonic() < until, receipt
                time.sleep(0.1)
            items.append(str(receipt["item"]))
        return items

    return bring


@dataclass(frozen=True)
class Seat:
    """Somebody logged in at a browser of their own."""

    page: Page
    address: str
    person: Person

    def open(self, path: str) -> Page:
        self.page.goto(self.address + path)
        return self.page


@pytest.fixture
def seat(new_context: CreateContextCallback, address: str) -> Iterator[Callable[..., Seat]]:
    """Log somebody in at a new browser window; at the end nothing may have left the machine or broken loudly."""
    outside: list[str] = []
    broken: list[str] = []

    def asked(request: Request) -> None:
        if urlsplit(request.url).scheme in ("http", "https", "ws", "wss") and not request.url.startswith(address + "/"):
            outside.append(request.url)

    def take(person: Person, **more: Any) -> Seat:
        context = new_context(**more)
        context.on("request", asked)
        context.on("weberror", lambda error: broken.append(str(error.error)))
        answer = context.request.post(
            f"{address}/api/v1/sessions",
            data={"email": person.email, "password": PASSWORD},
            headers={"Origin": address},
        )
        assert answer.ok, answer.text()
        page = context.new_page()
        page.set_default_timeout(patience(15) * 1000)
        return Seat(page, address, person)

    yield take
    assert outside == []
    assert broken == []
