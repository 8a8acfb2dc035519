"""Another look at a kept page: shown from its archive in a box without network, and judged."""

import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from storage.domain.presence import Judgement, Presence, Shown, judge
from storage.errors import Implausible
from workers.brought import check_ours, content
from workers.pages import engines, replay
from workers.pages.engines import Eyes
from workers.pages.left import is_usable, shows_address
from workers.sandbox import Ended, Ending
from workers.step import Context, Product

_WALL_S = 120.0
_PROCESSES = 768
_HEIGHT = 4000
_TOLD_BYTES = 1 << 20
_TEXT_BYTES = 8 << 20
_NOT_SHOWN = "The kept page could not be shown again, so nobody has looked whether the post is on it."
_NO_BROWSER = "There is no browser on this machine, so nobody has looked whether the post is on the kept page."
_METHODS = {
    True: "Shown from the archive alone, without network, by another kind of browser than captured it.",
    False: "Shown from the archive alone, without network, by the same kind of browser that captured it: "
    "no other could be used on this machine.",
}


class Seen(BaseModel):
    """What the program in the box says it saw; only its form is believed."""

    model_config = ConfigDict(extra="forbid", strict=True)
    engine: str = Field(max_length=200)
    is_there: bool
    media: list[dict[str, int | float | bool | None]] = Field(max_length=1000)
    answered: int
    missed: int
    picture: dict[str, int | bool] | None


def look_again(context: Context, archive: Path, post: Mapping[str, Any], wrote: str) -> list[Product]:
    """A `presence` product, and the picture it rests on; what cannot be shown is unknown, never an error.

    `wrote`: the browser that captured the page, by name and version. Another kind looks where there is one.

    Raises: LeaseLost, DiskFull, and what `Sandbox.run` raises where no box is there.
    """
    present = engines.in_order(wrote)
    for eyes in present:
        folder = context.scratch / f"again-{eyes.engine.lower()}"
        ended = _shown(context, eyes, folder, {"url": post["url"], "archive": str(archive)})
        if ended.returncode != replay.NOT_STARTED:
            break
    else:
        return [_unknown(_NOT_SHOWN if present else _NO_BROWSER, wrote)]
    if ended.ending is not Ending.EXITED or ended.returncode != 0:
        return [_unknown(_NOT_SHOWN, wrote, eyes.engine)]
    try:
        seen = Seen.model_validate_json(content(folder, "told.json", limit_bytes=_TOLD_BYTES))
        text = content(folder, "page.txt", limit_bytes=_TEXT_BYTES).decode(errors="replace")
    except (Implausible, ValueError, OSError):
        return [_unknown(_NOT_SHOWN, wrote, eyes.engine)]
    shown = Shown(text, seen.media, is_there=seen.is_there)
    judgement = judge(shown, _named(post, "description", "title"), _named(post, *_AUTHORS))
    return _told(folder, seen, judgement, wrote)


def _shown(context: Context, eyes: Eyes, folder: Path, asked: Mapping[str, str]) -> Ended:
    folder.mkdir()
    order = {**asked, "engine": eyes.engine.value, "program": str(eyes.program), "height": _HEIGHT}
    argv = [sys.executable, "-P", "-m", "workers.pages.replay", json.dumps(order)]
    limits = replace(
        context.sandbox.limits,
        wall_s=min(_WALL_S, context.sandbox.limits.wall_s),
        processes=_PROCESSES,
    )
    read = [Path(asked["archive"]), *engines.outside(eyes.program)]
    ended = context.sandbox.run(argv, folder=folder, read=read, limits=limits)
    check_ours(ended)
    return ended


_AUTHORS = ("uploader", "channel", "uploader_id", "channel_id")


def _told(folder: Path, seen: Seen, judgement: Judgement, wrote: str) -> list[Product]:
    told = {
        "presence": judgement.presence.value,
        "sentence": judgement.reason,
        "words": judgement.words,
        "media": judgement.media,
        "wall": judgement.wall.value if judgement.wall else None,
        **_engines(seen.engine, wrote),
        "answered": seen.answered,
        "missed": seen.missed,
    }
    products = [Product("presence", payload=told)]
    picture = folder / "page.png"
    if is_usable(picture, is_picture=True):
        sealed = shows_address(folder / "page.txt")
        products.append(
            Product("presence_picture", "image/png", picture, payload=dict(seen.picture or {}), sealed=sealed)
        )
    return products


def _unknown(sentence: str, wrote: str, engine: str | None = None) -> Product:
    engines_told = _engines(engine, wrote) if engine else {"wrote": wrote}
    return Product("presence", payload={"presence": Presence.UNKNOWN.value, "sentence": sentence, **engines_told})


def _engines(engine: str, wrote: str) -> Mapping[str, Any]:
    """Which engine looked, which wrote, and in a sentence what that is worth."""
    is_other = not engines.is_same(engine, wrote)
    return {"engine": engine, "wrote": wrote, "is_other_engine": is_other, "method": _METHODS[is_other]}


def _named(post: Mapping[str, Any], *names: str) -> list[str]:
    return [str(post[name]) for name in names if post.get(name)]
