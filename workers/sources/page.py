"""The page around the media, as a browser shows it: packed as WACZ, with its picture, its HTML and its words."""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from storage.domain.vocab import FileRole, Outcome
from storage.errors import Implausible
from workers.brought import check_ours, content
from workers.pages import chromium, engines
from workers.pages.left import is_usable, shows_address, tells_address
from workers.sandbox import Ended, Ending, Limits
from workers.sources.outcomes import of_status
from workers.sources.record import plain, summary, without_query
from workers.step import Context, Product

_WALL_S = 75.0
_MARGIN_S = 10.0
_PROCESSES = 768
_FOLDER_BYTES = 1 << 30
_FILE_BYTES = 256 << 20
_HEIGHT = 12_000
_CEILINGS = {"requests": 1500, "body_bytes": 24 << 20, "all_bytes": 96 << 20, "body_s": 12.0}
_TOLD_BYTES = 1 << 20

NO_BROWSER = "The page itself was not captured: there is no Chromium on this machine."
_SENTENCES = {
    "captured": "The page was captured as a browser shows it.",
    "partial": "The page was captured in part: a ceiling was met.",
    "blocked_address": "The page leads to a place inside a private network, where the archive does not go.",
    "unreachable": "The page did not come: the site could not be reached, or broke off.",
    "tool_failed": "The browser did not come to an end that can be used.",
    "unsupported": NO_BROWSER,
    "not_wanted": "The page itself was not captured: this archive keeps no pages.",
}


class Told(BaseModel):
    """What the program in the box says of its work; it may have been taken over, so nothing else is believed."""

    model_config = ConfigDict(extra="forbid", strict=True)
    engine: str = Field(max_length=200)
    user_agent: str = Field(max_length=500)
    began_at: str = Field(max_length=40)
    final_url: str = Field(max_length=8192)
    title: str = Field(max_length=500)
    status: int | None
    requests: int
    answers: int
    kept_bytes: int
    ceilings_met: list[str] = Field(max_length=8)
    refused: dict[str, str] = Field(max_length=64)
    cut: list[str] = Field(max_length=64)
    picture: dict[str, int | bool] | None
    letters: int
    media: list[dict[str, int | float | bool | None]] = Field(max_length=1000)
    notes: list[str] = Field(max_length=20)


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit to a page that has ended: how, and in which folder what it left lies."""

    context: Context
    url: str
    folder: Path
    ended: Ended
    program: Path


def visit(context: Context, url: str) -> list[Product]:
    """Capture the page at `url`; whatever it does, the answer is products, one of which tells how it went.

    Raises: LeaseLost, DiskFull, and what `Sandbox.run` raises where no box or no way out is there.
    """
    if not context.keeps_pages:
        return [_told("not_wanted", {})]
    program = chromium.find()
    if program is None:
        return [_told("unsupported", {})]
    if context.ticket is None:
        raise ValueError("a page is fetched with a ticket to leave the machine")
    folder = context.scratch / "page"
    folder.mkdir()
    order = {
        "url": url,
        "program": str(program),
        "wall_s": min(_WALL_S, context.sandbox.limits.wall_s - _MARGIN_S),
        "height": _HEIGHT,
        "ceilings": _CEILINGS,
    }
    argv = [sys.executable, "-P", "-m", "workers.pages.browse", json.dumps(order)]
    ended = context.sandbox.run(
        argv, folder=folder, read=engines.outside(program), ticket=context.ticket, limits=_limits(context)
    )
    check_ours(ended)
    return list(_brought(Visit(context, url, folder, ended, program)))


def _limits(context: Context) -> Limits:
    return replace(
        context.sandbox.limits,
        wall_s=min(_WALL_S + _MARGIN_S, context.sandbox.limits.wall_s),
        processes=_PROCESSES,
        file_bytes=_FILE_BYTES,
        folder_bytes=_FOLDER_BYTES,
    )


def _brought(visit: Visit) -> Iterator[Product]:
    """1 what it says of itself, 2 how it ended, 3 its files, sealed where they may tell of us."""
    said = _said(visit)
    assert visit.context.ticket is not None  # noqa: S101 - for the type checker
    ways = visit.context.ticket.connections()
    record: dict[str, Any] = {
        "url": visit.url,
        "ended": {
            "how": visit.ended.ending.value,
            "code": visit.ended.returncode,
            "wall_s": round(visit.ended.wall_s, 1),
        },
        "ceilings": {**_CEILINGS, "height": _HEIGHT, "wall_s": _WALL_S},
        "connections": summary(ways),
        "refused": [dict(way) for way in ways if "denied" in way][:50],
    }
    if said is None:
        outcome = "blocked_address" if record["refused"] else "tool_failed"
        yield _told(outcome, record | {"site_answered": outcome})
        return
    shows = shows_address(visit.folder / "page.txt")
    record |= said.model_dump(exclude={"refused"})
    record |= {"final_url": without_query(said.final_url), "shows_address": shows}
    record |= {"title": ""} if tells_address(said.title) else {}
    outcome = _outcome(said, record)
    yield _told(outcome, record | {"site_answered": _answered(said, outcome)})
    if not said.answers:
        return
    for kind, name, media_type, sealed in (
        ("page_archive", "page.wacz", "application/wacz", True),
        ("page_html", "page.html", "text/html", True),
        ("page_text", "page.txt", "text/plain", shows),
        ("page_picture", "page.png", "image/png", shows),
    ):
        path = visit.folder / name
        if is_usable(path, is_picture=kind == "page_picture"):
            yield Product(kind, media_type, path, payload=_of(kind, said), role=FileRole.CONTEXT, sealed=sealed)


def _said(visit: Visit) -> Told | None:
    if visit.ended.ending is not Ending.EXITED or visit.ended.returncode != 0:
        return None
    try:
        return Told.model_validate_json(content(visit.folder, "told.json", limit_bytes=_TOLD_BYTES))
    except (Implausible, ValueError, OSError):
        return None


def _outcome(said: Told, record: Mapping[str, Any]) -> str:
    if said.status is None or not said.final_url.startswith(("http://", "https://")):
        return "blocked_address" if record["refused"] else "unreachable"
    return "partial" if said.ceilings_met or said.picture is None or said.notes else "captured"


def _answered(said: Told, outcome: str) -> str:
    """What the page's number says of the site. Many a site shows browsers without a screen a wall, and tools none."""
    spoken = of_status(said.status) if said.status is not None else None
    match spoken:
        case Outcome.LOGIN_REQUIRED:
            return Outcome.TOOL_FAILED.value
        case None:
            return Outcome.CAPTURED.value if outcome == "partial" else outcome
        case _:
            return spoken.value


def _told(outcome: str, record: Mapping[str, Any]) -> Product:
    sentence = _SENTENCES[outcome]
    if "requests" in record.get("ceilings_met", ()):
        sentence = f"The page was cut at {_CEILINGS['requests']} requests."
    told = {"outcome": outcome, "sentence": sentence, **record}
    return Product("page_capture", payload=plain(told), role=FileRole.CONTEXT)


def _of(kind: str, said: Told) -> Mapping[str, Any]:
    if kind == "page_picture" and said.picture is not None:
        return said.picture
    return {"bodies": "decoded"} if kind == "page_archive" else {}
