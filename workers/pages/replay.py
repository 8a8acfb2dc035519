"""Runs in a box without any network: shows a kept page again from its WACZ alone, and tells what is to be seen."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from workers.pages import chromium, firefox, looks
from workers.pages.engines import Engine
from workers.pages.served import served
from workers.pages.window import NotStarted, Window

NOT_STARTED = 3
"""The exit code that says: there is a browser, but it does not run here."""

_LOAD_S = 20.0
_SETTLE_S = 2.0
_LOOK_S = 6.0


async def look(asked: Mapping[str, Any]) -> dict[str, Any]:
    """1 serve the archive, 2 open a fresh browser that knows nothing else, 3 load the page, 4 look at it."""
    async with served(Path(asked["archive"])) as (given, way), _opened(asked, way) as (name, window):
        await window.go(asked["url"], _LOAD_S)
        await asyncio.sleep(_SETTLE_S)
        words = await looks.text(window, _LOOK_S)
        media = await looks.media(window, _LOOK_S)
        shot = await looks.picture(window, Path("page.png"), asked["height"], _LOOK_S)
    Path("page.txt").write_text(words, errors="replace")
    return {
        "engine": name,
        "is_there": given.answered > 0,
        "media": media,
        "answered": given.answered,
        "missed": given.missed,
        "picture": shot,
    }


@contextlib.asynccontextmanager
async def _opened(asked: Mapping[str, Any], way: str) -> AsyncIterator[tuple[str, Window]]:
    match Engine(asked["engine"]):
        case Engine.FIREFOX:
            async with firefox.opened(asked["program"], proxy=way) as (name, window):
                yield name, window
        case Engine.CHROMIUM:
            async with chromium.opened(asked["program"], proxy=way, any_certificate=True) as (browser, context, page):
                yield f"Chromium {browser.version}", chromium.window(page, await context.new_cdp_session(page))


def main() -> int:
    try:
        told = asyncio.run(look(json.loads(sys.argv[1])))
    except NotStarted as error:
        sys.stderr.write(f"{error}\n")
        return NOT_STARTED
    Path("told.json").write_text(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
