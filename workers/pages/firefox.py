"""The system's own Firefox, in a box without any other way out than a proxy, driven by WebDriver BiDi."""

import asyncio
import base64
import contextlib
import ctypes.util
import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic
from typing import Any

from websockets.exceptions import WebSocketException

from workers.pages.bidi import Bidi, Unanswered, session
from workers.pages.window import FRAMES_MOST, HEIGHT, QUIET, WIDTH, NotStarted, Window

_PROGRAMS = ("/usr/lib/firefox-esr/firefox-esr", "/usr/lib/firefox/firefox", "/usr/lib64/firefox/firefox")
_START_S = 60.0
_WORLD = "svidok"

_OFF = (
    *("network.prefetch-next", "network.predictor.enabled", "network.captive-portal-service.enabled"),
    *("network.connectivity-service.enabled", "network.proxy.failover_direct", "network.http.http3.enable"),
    *("network.webtransport.enabled", "media.peerconnection.enabled", "dom.serviceWorkers.enabled"),
    *("dom.push.enabled", "dom.webnotifications.enabled", "geo.enabled", "beacon.enabled", "media.eme.enabled"),
    *("media.gmp-manager.updateEnabled", "media.gmp-provider.enabled", "media.gmp-gmpopenh264.enabled"),
    *("app.normandy.enabled", "app.update.auto", "extensions.update.enabled", "browser.search.update"),
    *("browser.safebrowsing.malware.enabled", "browser.safebrowsing.phishing.enabled"),
    *("browser.safebrowsing.downloads.enabled", "datareporting.policy.dataSubmissionEnabled"),
    *("datareporting.healthreport.uploadEnabled", "toolkit.telemetry.enabled", "toolkit.telemetry.unified"),
    *("browser.newtabpage.enabled", "browser.cache.disk.enable", "privacy.trackingprotection.enabled"),
    # One process for all that a page does: the box counts them, and walls between sites guard nothing in it.
    *("fission.autostart", "dom.ipc.processPrelaunch.enabled"),
    *("network.process.enabled", "dom.security.https_first"),
)
_ON = (
    *("network.dns.disablePrefetch", "network.proxy.allow_hijacking_localhost", "network.proxy.socks_remote_dns"),
    *("dom.disable_open_during_load", "dom.disable_beforeunload", "gfx.webrender.software"),
)
_SET: dict[str, int | str] = {
    **{"network.proxy.type": 1, "network.proxy.no_proxies_on": "", "network.trr.mode": 5},
    **{"network.http.speculative-parallel-limit": 0, "security.OCSP.enabled": 0, "dom.ipc.processCount": 1},
    **{"dom.popup_allowed_events": "", "browser.startup.page": 0, "media.volume_scale": "0"},
    **{"media.autoplay.default": 0, "media.autoplay.blocking_policy": 0, "security.sandbox.content.level": 0},
    **{"intl.accept_languages": "en-US, en"},
}
# The box is the sandbox: Firefox's own needs namespaces that the box forbids.
_SANDBOXES = ("CONTENT", "RDD", "GMP", "SOCKET_PROCESS", "UTILITY", "GPU")


def find() -> Path | None:
    """A Firefox of this machine that plays what most sites give (H.264, which it takes from FFmpeg), or None."""
    named = shutil.which("firefox-esr") or shutil.which("firefox")
    found = next((Path(path) for path in (*_PROGRAMS, named) if path and Path(path).is_file()), None)
    return found if ctypes.util.find_library("avcodec") else None


class _Firefox(Window):
    """A window of Firefox."""

    def __init__(self, bidi: Bidi, context: str) -> None:
        self._bidi = bidi
        self._context = context

    async def go(self, url: str, within_s: float) -> bool:
        with contextlib.suppress(Unanswered, TimeoutError):
            async with asyncio.timeout(within_s):
                await self._bidi.ask("browsingContext.navigate", context=self._context, url=url, wait="complete")
                return True
        return False

    async def read(self, expression: str, within_s: float) -> list[Any]:
        found = []
        with contextlib.suppress(Unanswered, TimeoutError):
            async with asyncio.timeout(within_s):
                tree = await self._bidi.ask("browsingContext.getTree", root=self._context)
                for frame in _frames(tree["contexts"])[:FRAMES_MOST]:
                    with contextlib.suppress(Unanswered, KeyError, ValueError):
                        found.append(await self._value(expression, frame))
        return found

    async def _value(self, expression: str, frame: str) -> Any:
        said = await self._bidi.ask(
            "script.evaluate",
            expression=f"JSON.stringify({expression})",
            target={"context": frame, "sandbox": _WORLD},
            awaitPromise=False,
        )
        return json.loads(said["result"]["value"])

    async def draw(self, path: Path, height: int, within_s: float) -> bool:
        clip = {"type": "box", "x": 0, "y": 0, "width": WIDTH, "height": height}
        with contextlib.suppress(Unanswered, TimeoutError):
            async with asyncio.timeout(within_s):
                shot = await self._bidi.ask(
                    "browsingContext.captureScreenshot", context=self._context, origin="document", clip=clip
                )
                path.write_bytes(base64.b64decode(shot["data"]))
                return True
        return False


@contextlib.asynccontextmanager
async def opened(program: str, *, proxy: str) -> AsyncIterator[tuple[str, Window]]:
    """The browser's name with its version, and one window in a fresh profile.

    `proxy`: host and port of the only way out. The browser takes any certificate, answers every dialog with no, and
    allows no download. Raises: NotStarted where it does not start, or not do what is asked of it.
    """
    profile = Path("profile").absolute()
    profile.mkdir()
    (profile / "user.js").write_text(_preferences(proxy))
    browser = await _started(program, profile)
    try:
        address = await _listening(profile / "WebDriverBiDiServer.json", browser)
        async with contextlib.AsyncExitStack() as open_until_then:
            try:
                began = session(address, acceptInsecureCerts=True, unhandledPromptBehavior=_PROMPTS)
                bidi, itself = await open_until_then.enter_async_context(began)
                context = await _prepared(bidi)
            except (Unanswered, WebSocketException, OSError) as error:
                raise NotStarted(f"{program} does not do what is asked of it: {error}") from error
            yield f"Firefox {itself['browserVersion']}", _Firefox(bidi, context)
    finally:
        with contextlib.suppress(ProcessLookupError):
            browser.kill()
        await browser.wait()


async def _prepared(bidi: Bidi) -> str:
    """The one window, made ready: no download, nothing beside the page, its size."""
    tree = await bidi.ask("browsingContext.getTree")
    context: str = tree["contexts"][0]["context"]
    await bidi.ask("browser.setDownloadBehavior", downloadBehavior={"type": "denied"})
    await bidi.ask("script.addPreloadScript", functionDeclaration=f"() => {{{QUIET}}}")
    size = {"width": WIDTH, "height": HEIGHT}
    await bidi.ask("browsingContext.setViewport", context=context, viewport=size, devicePixelRatio=1)
    return context


async def _started(program: str, profile: Path) -> asyncio.subprocess.Process:
    argv = [program, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port=0"]
    try:
        return await asyncio.create_subprocess_exec(*argv, env=_environment(), stdout=subprocess.DEVNULL)
    except OSError as error:
        raise NotStarted(f"{program} does not start: {error.strerror}") from error


_PROMPTS = {"default": "dismiss", "beforeUnload": "accept"}


async def _listening(told: Path, browser: asyncio.subprocess.Process) -> str:
    """Where the browser takes commands, as soon as it has written it down in its profile."""
    ends_at = monotonic() + _START_S
    while browser.returncode is None and monotonic() < ends_at:
        with contextlib.suppress(FileNotFoundError, ValueError):
            where = json.loads(told.read_text())
            return f"ws://{where['ws_host']}:{where['ws_port']}"
        await asyncio.sleep(0.05)
    raise NotStarted(f"Firefox took no commands (exit code {browser.returncode})")


def _frames(contexts: list[dict[str, Any]]) -> list[str]:
    """The frames of a page, each after the one it stands in."""
    return [name for one in contexts for name in (one["context"], *_frames(one["children"] or []))]


def _preferences(proxy: str) -> str:
    host, _, port = proxy.rpartition(":")
    ways = {f"network.proxy.{kind}": host for kind in ("http", "ssl")}
    ports = {f"network.proxy.{kind}_port": int(port) for kind in ("http", "ssl")}
    every = {**dict.fromkeys(_OFF, False), **dict.fromkeys(_ON, True), **_SET, **ways, **ports}
    return "".join(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in every.items())


def _environment() -> dict[str, str]:
    quiet = {f"MOZ_DISABLE_{name}_SANDBOX": "1" for name in _SANDBOXES}
    return {
        **os.environ,
        **quiet,
        "MOZ_CRASHREPORTER_DISABLE": "1",
        "MOZ_DISABLE_NONLOCAL_CONNECTIONS": "1",
        "MOZ_DISABLE_AUTO_SAFE_MODE": "1",
        "TZ": "UTC",
    }
