"""Runs in a box: loads one page, takes down what it loads, and packs it; its only way out is the egress proxy."""

import asyncio
import contextlib
import importlib.metadata
import json
import os
import sys
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import psutil
from playwright.async_api import Error, Page
from wacz.main import main as pack

from workers.pages import chromium, looks
from workers.pages.taking import Ceilings, Taken, Taking
from workers.pages.warc import Writer

_STEP_S = 6.0
_QUIET_S = 1.5
_PACK_S = 12.0


async def browse(asked: Mapping[str, Any]) -> None:
    """1 open a fresh browser, 2 load the page, 3 let it settle and scroll, 4 look at it, 5 pack it, tell how it went.

    A page that asks without end would fill the box's memory, in the browser and in what speaks to it: they are ended
    at once, and what has come is packed and told.
    """
    ends_at = monotonic() + asked["wall_s"] - _PACK_S
    way = urlsplit(os.environ["SVIDOK_PROXY"])
    began_at = datetime.now(UTC)
    async with chromium.opened(asked["program"], proxy=f"{way.hostname}:{way.port}") as (browser, context, page):
        name = await page.evaluate("navigator.userAgent")
        engine = f"Chromium {browser.version}"
        software = f"Svidok {importlib.metadata.version('svidok')}, {engine}, warcio"
        writer = Writer(Path("data.warc.gz"), software, {"http-header-user-agent": name})
        ceilings = Ceilings(**asked["ceilings"])
        seen: dict[str, Any] = {"engine": engine, "user_agent": name, "began_at": began_at.isoformat()}

        def end_flood() -> None:
            for child in psutil.Process().children(recursive=True):
                child.kill()
            writer.close()
            blank = {"final_url": asked["url"], "title": "", "picture": None, "letters": 0, "media": []}
            _tell(seen | blank | {"notes": ["the page asked without end"]}, taking.taken, asked["url"])
            os._exit(0)

        login = (way.username or "", "ticket")
        protocol = await context.new_cdp_session(page)
        taking = Taking(protocol, writer, ceilings, login, end_flood)
        await taking.begin()
        notes = await _load(page, taking, asked["url"], ends_at)
        left_s = max(2.0, min(_STEP_S, (ends_at - monotonic()) / 3))
        window = chromium.window(page, protocol)
        shot = await looks.picture(window, Path("page.png"), asked["height"], left_s)
        words = await looks.text(window, left_s)
        media = await looks.media(window, left_s)
        url, title = page.url, await _title(page)
        await taking.end()
        with contextlib.suppress(Error, TimeoutError):
            async with asyncio.timeout(5):
                await browser.close()
    Path("page.txt").write_text(words, errors="replace")
    if shot is None:
        notes.append("no picture: the page did not hold still")
    looked = {"final_url": url, "title": title[:500], "picture": shot, "letters": len(words), "media": media}
    _tell(seen | looked | {"notes": notes}, taking.taken, asked["url"])


def _tell(seen: Mapping[str, Any], taken: Taken, url: str) -> None:
    """Leave all that has come of the page: its document, its archive, and what is to be told of it."""
    Path("page.html").write_bytes(taken.document)
    told = {
        **seen,
        "status": taken.status,
        "requests": taken.requests,
        "answers": taken.answers,
        "kept_bytes": taken.kept_bytes,
        "ceilings_met": sorted(taken.met),
        "refused": taken.refused,
        "cut": taken.cut,
    }
    if taken.answers:
        _pack(told, url)
    Path("told.json").write_text(json.dumps(told))


async def _load(page: Page, taking: Taking, url: str, ends_at: float) -> list[str]:
    notes = []
    wait_s = max(3.0, (ends_at - monotonic()) * 0.6)
    try:
        async with asyncio.timeout(wait_s):
            await page.goto(url, wait_until="load", timeout=wait_s * 1000)
    except TimeoutError:
        notes.append("the page was still loading when the time for it ran out")
    except Error as error:
        notes.append("still loading" if "Timeout" in error.message else error.message.splitlines()[0][:200])
    for _ in range(8):
        if monotonic() > ends_at - 3 * _STEP_S or taking.taken.met & {"requests", "bytes"}:
            break
        await _quiet(taking)
        with contextlib.suppress(Error, TimeoutError):
            async with asyncio.timeout(2):
                await page.mouse.wheel(0, 1600)
    with contextlib.suppress(Error, TimeoutError):
        async with asyncio.timeout(2):
            await page.locator("html").evaluate("one => one.ownerDocument.defaultView.scrollTo(0, 0)")
    return notes


async def _quiet(taking: Taking) -> None:
    """Wait until nothing has been asked for a moment, or a while has passed."""
    ends_at = monotonic() + _STEP_S
    while monotonic() < ends_at and (taking.is_busy or monotonic() - taking.taken.moved_at < _QUIET_S / 3):
        await asyncio.sleep(0.1)


async def _title(page: Page) -> str:
    try:
        async with asyncio.timeout(3):
            return await page.title()
    except (Error, TimeoutError):
        return ""


def _pack(told: Mapping[str, Any], url: str) -> None:
    """The WARC, an index and the list of pages as one WACZ file (Webrecorder, WACZ 1.1.1)."""
    head = {"format": "json-pages-1.0", "id": "pages", "title": "All Pages", "hasText": False}
    page = {"id": uuid.uuid4().hex, "url": url, "ts": told["began_at"][:19] + "Z", "title": told["title"]}
    Path("pages.jsonl").write_text(json.dumps(head) + "\n" + json.dumps(page) + "\n")
    with contextlib.redirect_stdout(sys.stderr):
        failed = pack(["create", "-o", "page.wacz", "-p", "pages.jsonl", "-c", "data.warc.gz"])
    if failed:
        raise RuntimeError("the page could not be packed")


def main() -> int:
    asyncio.run(browse(json.loads(sys.argv[1])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
