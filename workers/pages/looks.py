"""What a page shows at one moment: its words, its pictures that move, and a picture of itself."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workers.pages.window import WIDTH, Window

_TEXT_LETTERS = 1 << 20
_SIZE_PX = 1 << 24

_WORDS = "document.body ? document.body.innerText : ''"
_MEDIA = """[...document.querySelectorAll("video, audio")].slice(0, 50).map(one => {
  const box = one.getBoundingClientRect();
  return { plays: one.readyState >= 2, error: one.error ? one.error.code : null, poster: Boolean(one.poster),
    width: Math.round(box.width), height: Math.round(box.height),
    duration_s: isFinite(one.duration) ? one.duration : null };
})"""
_HEIGHT = """Math.max(document.documentElement.scrollHeight, document.documentElement.clientHeight)"""


async def text(window: Window, within_s: float) -> str:
    """The visible words of the page and of the frames in it."""
    parts = [part for part in await window.read(_WORDS, within_s) if isinstance(part, str)]
    return "\n\n".join(part for part in parts if part.strip())[:_TEXT_LETTERS]


async def media(window: Window, within_s: float) -> list[Mapping[str, Any]]:
    """Every video and sound element: whether it has a frame to show, and a poster."""
    return [one for found in await window.read(_MEDIA, within_s) if isinstance(found, list) for one in found]


async def picture(window: Window, path: Path, height: int, within_s: float) -> Mapping[str, Any] | None:
    """The whole page as a PNG, down to `height` pixels; its size, or None where none could be made."""
    [full, *_] = [*await window.read(_HEIGHT, within_s), None]
    if not isinstance(full, int | float):
        return None
    full = max(1, min(int(full), _SIZE_PX))
    if not await window.draw(path, min(full, height), within_s):
        return None
    return {"width": WIDTH, "height": min(full, height), "page_height": full, "is_cut": full > height}
