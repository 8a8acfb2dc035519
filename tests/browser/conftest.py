"""A real browser on a whole stack; no page may ask anybody but this machine for anything."""

import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, Request, expect, sync_playwright
from pytest_playwright.pytest_playwright import CreateContextCallback

from tests.media.draw import Look, cuts
from tests.site import Media, Site, open_site
from tests.whole import House, open_house, settled
from tests.workers.stack import patience

PASSWORD = "a long and quiet winter road"
_NUMBERS = itertools.count(1)
# The browser itself says in the console that an answer was a refusal; that is no fault of the page.
_REFUSED = "Failed to load resource"
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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Modules with a house of their own come first: the shared one would only stand idle beside theirs."""
    items.sort(key=lambda item: not _has_its_own_house(getattr(item, "module", None)))


def _has_its_own_house(module: Any) -> bool:
    return getattr(module, "KEEPS_PAGES", False) or getattr(module, "HAS_ITS_OWN_HOUSE", False)


@dataclass(frozen=True)
class Person:
    """Somebody with an account of this house."""

    id: str
    email: str
    name: str


# The plugin's own fixtures last for the whole run and keep an event loop turning in this thread: tests of other
# rooms that come after could run none of their own. Ours end with this room.
@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """The driver; without a Chromium on the machine these tests say that they were skipped."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine (on Debian: apt install chromium)")
    # The machine is shared with other tests; five seconds, the default, are too few there.
    expect.set_options(timeout=patience(20) * 1000)
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """The system's own Chromium."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_SWITCHES)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    return {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce", "locale": "en-GB"}


@pytest.fixture(scope="package")
def _shared(media: Media, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, House]]:
    """One site and one stack for the whole room: to start a stack costs more than most of the tests."""
    with _standing(media, tmp_path_factory, keeps_pages=False) as both:
        yield both


@pytest.fixture(scope="module")
def standing(
    request: pytest.FixtureRequest, media: Media, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Site, House]]:
    """The site and the house of this module."""
    keeps_pages = getattr(request.module, "KEEPS_PAGES", False)
    if not _has_its_own_house(request.module):
        yield request.getfixturevalue("_shared")
        return
    with _standing(media, tmp_path_factory, keeps_pages=keeps_pages) as both:
        yield both


@pytest.fixture(scope="module")
def site(standing: tuple[Site, House]) -> Site:
    """The loopback site of the house."""
    return standing[0]


@pytest.fixture(scope="module")
def house(standing: tuple[Site, House]) -> House:
    """A whole stack; the UI must have been built.

    Other modules have left what they brought in and will bring in more: a module that counts, or harms what others
    need, says `HAS_ITS_OWN_HOUSE`. Pages are kept where it says `KEEPS_PAGES`, in a house of its own too.
    """
    return standing[1]


@contextmanager
def _standing(
    media: Media, tmp_path_factory: pytest.TempPathFactory, *, keeps_pages: bool
) -> Iterator[tuple[Site, House]]:
    assert (Path(__file__).parents[2] / "frontend" / "dist" / "index.html").exists(), "`make setup` builds the UI"
    vault = tmp_path_factory.mktemp("house") / "vault"
    with open_site(media) as site, open_house(site, vault, keeps_pages=keeps_pages) as house:
        yield site, house


@pytest.fixture(scope="module")
def address(house: House) -> str:
    """Where this house's pages are."""
    return f"http://127.0.0.1:{house.stack.port}"


@pytest.fixture(scope="module")
def let_in(house: House) -> Callable[..., Person]:
    """Give somebody an account: `let_in("Olena", "lead")`. There may be an Olena already: addresses are numbered."""

    def let(name: str, *roles: str) -> Person:
        email = f"{name.lower()}{next(_NUMBERS)}@example.org"
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
        submissions = [hand_in(seed) for seed in seeds]
        return [str(settled(house.api, submission)["item"]) for submission in submissions]

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


@pytest.fixture
def console() -> Iterator[Callable[[Page], None]]:
    """Listen to the console of a page: in the end it may have complained of nothing, a broken policy among it."""
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(_REFUSED):
            complaints.append(message.text)

    yield lambda page: page.on("console", note)
    assert complaints == []
