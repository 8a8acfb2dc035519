"""The system's own Chromium: where it is, and how it is started inside a box."""

import contextlib
import os
import shutil
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

_PROGRAMS = ("/usr/lib/chromium/chromium", "/usr/lib64/chromium-browser/chromium-browser", "/opt/google/chrome/chrome")
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_SIZE = (1280, 900)

# The box is the sandbox: Chromium's own needs namespaces that the box forbids. Loopback goes through the proxy like
# everything else; frames of other sites stay in the page's own process, where its requests can be seen.
_SWITCHES = (
    *("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-site-isolation-trials"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-pings", "--mute-audio"),
    *("--disable-domain-reliability", "--force-webrtc-ip-handling-policy=disable_non_proxied_udp"),
    *("--webrtc-ip-handling-policy=disable_non_proxied_udp", "--dns-prefetch-disable", "--disable-quic"),
    *("--autoplay-policy=no-user-gesture-required",),
)
# Nothing of what a page may open beside itself is looked at, so it is not opened.
_QUIET = """
for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "WebTransport", "Worker", "SharedWorker"])
  try { Object.defineProperty(globalThis, name, { value: undefined }) } catch {}
globalThis.open = () => null;
"""


def find() -> Path | None:
    """The Chromium of this machine, or None."""
    named = (shutil.which(name) for name in _NAMES)
    return next((Path(path) for path in (*_PROGRAMS, *named) if path and Path(path).is_file()), None)


def outside(program: Path) -> list[Path]:
    """What of the machine a box must be shown beside /usr for `program` to run there."""
    return [] if program.is_relative_to("/usr") else [program.parent]


@contextlib.asynccontextmanager
async def opened(program: str, *, proxy: str | None) -> AsyncIterator[tuple[Browser, BrowserContext, Page]]:
    """One page in a fresh profile: no service worker, no download, no socket, no second window.

    `proxy`: host and port of the only way out; without one there is none.
    """
    temporary = Path("temporary")
    temporary.mkdir()
    os.environ["TMPDIR"] = str(temporary.absolute())  # the driver makes the profile there; /tmp of a box is small
    way = [f"--proxy-server=http://{proxy}", "--proxy-bypass-list=<-loopback>"] if proxy else []
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(
            executable_path=program,
            chromium_sandbox=False,
            args=[*_SWITCHES, *way],
            ignore_default_args=["--disable-popup-blocking"],
            env=_environment(os.environ),
        )
        width, height = _SIZE
        context = await browser.new_context(
            viewport={"width": width, "height": height},
            user_agent=await _plain_name(browser),
            locale="en-US",
            timezone_id="UTC",
            service_workers="block",
            accept_downloads=False,
        )
        await context.add_init_script(_QUIET)
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
