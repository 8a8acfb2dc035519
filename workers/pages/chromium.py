"""The system's own Chromium: where it is, and how it is started inside a box and asked what a page shows."""

import asyncio
import contextlib
import os
import shutil
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, CDPSession, Error, Page, async_playwright

from workers.pages.window import FRAMES_MOST, HEIGHT, QUIET, WIDTH, Window

_PROGRAMS = ("/usr/lib/chromium/chromium", "/usr/lib64/chromium-browser/chromium-browser", "/opt/google/chrome/chrome")
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_WORLD = "svidok"

# The box is the sandbox: Chromium's own needs namespaces that the box forbids. Loopback goes through the proxy like
# everything else; frames of other sites stay in the page's own process, where its requests can be seen.
_SWITCHES = (
    *("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-site-isolation-trials"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-pings", "--mute-audio"),
    *("--disable-domain-reliability", "--force-webrtc-ip-handling-policy=disable_non_proxied_udp"),
    *("--webrtc-ip-handling-policy=disable_non_proxied_udp", "--dns-prefetch-disable", "--disable-quic"),
    *("--autoplay-policy=no-user-gesture-required",),
)


def find() -> Path | None:
    """The Chromium of this machine, or None."""
    named = (shutil.which(name) for name in _NAMES)
    return next((Path(path) for path in (*_PROGRAMS, *named) if path and Path(path).is_file()), None)


class _Chromium(Window):
    """A window of Chromium (Chrome DevTools Protocol)."""

    def __init__(self, page: Page, session: CDPSession) -> None:
        self._page = page
        self._session = session

    async def go(self, url: str, within_s: float) -> bool:
        with contextlib.suppress(Error, TimeoutError):
            async with asyncio.timeout(within_s):
                await self._page.goto(url, wait_until="load", timeout=within_s * 1000)
                return True
        return False

    async def read(self, expression: str, within_s: float) -> list[Any]:
        found = []
        with contextlib.suppress(Error, TimeoutError):
            async with asyncio.timeout(within_s):
                tree = await self._session.send("Page.getFrameTree")
                for frame in _frames(tree["frameTree"])[:FRAMES_MOST]:
                    with contextlib.suppress(Error, KeyError):
                        found.append(await self._value(expression, frame))
        return found

    async def _value(self, expression: str, frame: str) -> Any:
        world = await self._session.send("Page.createIsolatedWorld", {"frameId": frame, "worldName": _WORLD})
        said = await self._session.send(
            "Runtime.evaluate",
            {"expression": expression, "contextId": world["executionContextId"], "returnByValue": True},
        )
        return said["result"]["value"]

    async def draw(self, path: Path, height: int, within_s: float) -> bool:
        with contextlib.suppress(Error, TimeoutError):
            async with asyncio.timeout(within_s):
                await self._page.screenshot(
                    path=path,
                    full_page=True,
                    clip={"x": 0, "y": 0, "width": WIDTH, "height": height},
                    timeout=within_s * 1000,
                    animations="disabled",
                )
                return True
        return False


def window(page: Page, session: CDPSession) -> Window:
    """The page as those see it who look at what it shows."""
    return _Chromium(page, session)


@contextlib.asynccontextmanager
async def opened(
    program: str, *, proxy: str, any_certificate: bool = False
) -> AsyncIterator[tuple[Browser, BrowserContext, Page]]:
    """One page in a fresh profile: no service worker, no download, no socket, no second window.

    `proxy`: host and port of the only way out.
    """
    temporary = Path("temporary")
    temporary.mkdir()
    os.environ["TMPDIR"] = str(temporary.absolute())  # the driver makes the profile there; /tmp of a box is small
    way = [f"--proxy-server=http://{proxy}", "--proxy-bypass-list=<-loopback>"]
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(
            executable_path=program,
            chromium_sandbox=False,
            args=[*_SWITCHES, *way],
            ignore_default_args=["--disable-popup-blocking"],
            env=_environment(os.environ),
        )
        context = await browser.new_context(
            viewport={"width": WIDTH, "height": HEIGHT},
            user_agent=await _plain_name(browser),
            locale="en-US",
            timezone_id="UTC",
            service_workers="block",
            accept_downloads=False,
            ignore_https_errors=any_certificate,
        )
        await context.add_init_script(QUIET)
        await context.route_web_socket("**/*", lambda socket: socket.close())
        page = await context.new_page()
        context.on("page", lambda another: another.close())
        yield browser, context, page


async def _plain_name(browser: Browser) -> str:
    """What the browser calls itself, as if it had a window: sites show walls to browsers that say they have none."""
    page = await browser.new_page()
    name: str = await page.evaluate("navigator.userAgent")
    await page.close()
    return name.replace("Headless", "")


def _environment(ours: Mapping[str, str]) -> dict[str, str | float | bool]:
    """Variables for the browser: none that names the proxy's ticket."""
    return {name: text for name, text in ours.items() if "proxy" not in name.lower()}


def _frames(tree: Mapping[str, Any]) -> list[str]:
    """The frames of a page, each after the one it stands in."""
    return [tree["frame"]["id"], *(name for child in tree.get("childFrames", ()) for name in _frames(child))]
