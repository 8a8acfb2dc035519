"""What a page shows at one moment: its words, its pictures that move, and a picture of itself."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playwright.async_api import Error, Page

_TEXT_LETTERS = 1 << 20
_FRAMES = 20

# Read in a world of its own, where the page's scripts have changed nothing.
_MEDIA = """elements => elements.slice(0, 50).map(one => {
  const box = one.getBoundingClientRect();
  return { plays: one.readyState >= 2, error: one.error ? one.error.code : null, poster: Boolean(one.poster),
    width: Math.round(box.width), height: Math.round(box.height),
    duration_s: isFinite(one.duration) ? one.duration : null };
})"""


async def text(page: Page, within_s: float) -> str:
    """The visible words of the page and of the frames in it."""
    parts = []
    for frame in page.frames[:_FRAMES]:
        try:
            async with asyncio.timeout(within_s):
                parts.append(await frame.locator("body").first.inner_text(timeout=within_s * 1000))
        except (Error, TimeoutError):
            continue
    return "\n\n".join(part for part in parts if part.strip())[:_TEXT_LETTERS]


async def media(page: Page, within_s: float) -> list[Mapping[str, Any]]:
    """Every video and sound element: whether it has a frame to show, and a poster."""
    found: list[Mapping[str, Any]] = []
    for frame in page.frames[:_FRAMES]:
        try:
            async with asyncio.timeout(within_s):
                found += await frame.locator("video, audio").evaluate_all(_MEDIA)
        except (Error, TimeoutError):
            continue
    return found


async def picture(page: Page, path: Path, height: int, within_s: float) -> Mapping[str, Any] | None:
    """The whole page as a PNG, down to `height` pixels; its size, or None where none could be made."""
    try:
        async with asyncio.timeout(within_s):
            size = await page.locator("html").evaluate(
                "one => [Math.max(one.scrollWidth, one.clientWidth), Math.max(one.scrollHeight, one.clientHeight)]"
            )
            width, full = page.viewport_size["width"] if page.viewport_size else 1280, max(1, int(size[1]))
            clip = {"x": 0, "y": 0, "width": width, "height": min(full, height)}
            await page.screenshot(path=path, full_page=True, clip=clip, timeout=within_s * 1000, animations="disabled")  # type: ignore[arg-type]
    except (Error, TimeoutError):
        return None
    return {"width": width, "height": min(full, height), "page_height": full, "is_cut": full > height}
