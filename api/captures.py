"""The captures of an item beside each other: what each brought, its page, its recipe, and what had changed."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.deps import ItemPath, SessionDep, visible_item
from api.lines import content_address
from api.queue import Reviewer
from api.strict import StrictRoute
from api.surroundings import KINDS, SurroundingsKept, surroundings_of, told_of
from storage.db import holdings, pages
from storage.db.tables import Capture, Holding, Item
from storage.domain.captures import Attempted, compare, recipe_of
from storage.domain.permissions import Actor, may_read_file
from storage.domain.presence import Presence
from storage.domain.vocab import FileRole, Outcome, Sensitivity

router = APIRouter(route_class=StrictRoute, tags=["items"])
_MOST = 100
_KINDS = ("original", "supplied", "photo", "page_capture", "page_picture", "presence", "presence_picture", *KINDS)


class PagePicture(BaseModel):
    """A picture of a page; `content` is null for those who may not read it."""

    content: str | None
    width: int | None
    height: int | None
    is_cut: bool = Field(description="the page goes on below it")


class PageKept(BaseModel):
    """How the page around the media was captured."""

    outcome: Literal[
        "captured", "partial", "blocked_address", "unreachable", "tool_failed", "unsupported", "not_wanted"
    ]
    sentence: str
    ceilings_met: list[str]
    picture: PagePicture | None


class PresenceSeen(BaseModel):
    """Whether the kept page shows the post, by another look at it without network."""

    presence: Presence
    sentence: str
    engine: str | None = Field(description="what looked; null where nothing could")
    wrote: str | None = Field(description="what had captured the page")
    is_other_engine: bool | None = Field(
        description="whether these are two kinds of browser; null where nothing looked"
    )
    method: str | None
    picture: PagePicture | None


class CaptureChange(BaseModel):
    """What differs from the last capture that knew it."""

    name: str = Field(examples=["caption", "bytes", "recipe yt-dlp"])
    before: str | None
    after: str | None


class ComparedCapture(BaseModel):
    """One capture beside the others."""

    capture: str
    started_at: datetime
    outcome: Outcome
    sentence: str
    originals: list[str] = Field(description="digests of what was served")
    title: str | None
    caption: str | None
    account: str | None
    page: PageKept | None = Field(description="null while nobody has looked, and for what has no page")
    presence: PresenceSeen | None = Field(description="null while nobody has looked, and for what has no page")
    surroundings: SurroundingsKept | None = Field(description="null while nobody has asked, and for what has no page")
    recipe: dict[str, str] = Field(description="tools, options and identity towards the site")
    changes: list[CaptureChange]


class ComparedCaptures(BaseModel):
    """The newest captures of an item, oldest first."""

    data: list[ComparedCapture]
    is_cut: bool = Field(description=f"there are more than these {_MOST}")


@router.get("/items/{item}/captures/comparison")
def compare_captures(item: ItemPath, session: SessionDep, actor: Reviewer) -> ComparedCaptures:
    """What each capture of an item brought, and what had changed since the one before that knew."""
    row = visible_item(session, actor, item)
    newest = pages.newest_captures(session, row.id, limit=_MOST + 1)
    captures = newest[-_MOST:]
    made: dict[str, list[Holding]] = defaultdict(list)
    for kind in _KINDS:
        for holding in holdings.of_kind(session, row.id, kind):
            made[holding.capture_id].append(holding)
    shelf = _Shelf(row, actor)
    attempted = [_attempted(capture, made[capture.id]) for capture in captures]
    return ComparedCaptures(
        data=[
            _compared(capture, tried, changes, made[capture.id], shelf)
            for capture, tried, changes in zip(captures, attempted, compare(attempted), strict=True)
        ],
        is_cut=len(newest) > _MOST,
    )


class _Shelf:
    """Which bytes of an item this person may read."""

    def __init__(self, item: Item, actor: Actor) -> None:
        self._item = item
        self._actor = actor

    def picture(self, made: Sequence[Holding], kind: str) -> PagePicture | None:
        holding = next((one for one in made if one.kind == kind and one.sha256), None)
        if holding is None:
            return None
        return PagePicture(
            content=self.address(holding),
            width=holding.payload.get("width"),
            height=holding.payload.get("height"),
            is_cut=bool(holding.payload.get("is_cut")),
        )

    def address(self, holding: Holding) -> str | None:
        """Where its bytes are read; None where it has none, or this person may not."""
        may = may_read_file(self._actor, Sensitivity(self._item.sensitivity), sealed_file=holding.sealed)
        return content_address(self._item, holding.sha256) if may and holding.sha256 else None


def _attempted(capture: Capture, made: Sequence[Holding]) -> Attempted:
    identity, seen, page = capture.identity, _said(made, "presence"), _said(made, "page_capture")
    subtitles, comments = told_of(made)
    return Attempted(
        outcome=capture.outcome,
        originals=frozenset(f"sha256:{one.sha256}" for one in made if one.role == FileRole.ORIGINAL and one.sha256),
        title=_text(identity.get("title")),
        caption=_text(identity.get("description")),
        account=_text(identity.get("account") or identity.get("uploader")),
        presence=_text(seen.get("presence")) if seen else None,
        subtitles=subtitles,
        comments=comments,
        recipe=recipe_of(capture.collection, page),
    )


def _compared(
    capture: Capture, tried: Attempted, changes: Sequence[Any], made: Sequence[Holding], shelf: _Shelf
) -> ComparedCapture:
    page, seen = _said(made, "page_capture"), _said(made, "presence")
    return ComparedCapture(
        capture=capture.id,
        started_at=capture.started_at,
        outcome=Outcome(capture.outcome),
        sentence=capture.sentence,
        originals=sorted(tried.originals),
        title=tried.title,
        caption=tried.caption,
        account=tried.account,
        page=PageKept(
            outcome=page["outcome"],
            sentence=page["sentence"],
            ceilings_met=page.get("ceilings_met", []),
            picture=shelf.picture(made, "page_picture"),
        )
        if page
        else None,
        presence=PresenceSeen(
            presence=seen["presence"],
            sentence=seen["sentence"],
            engine=seen.get("engine"),
            wrote=seen.get("wrote") or (page or {}).get("engine"),
            is_other_engine=seen.get("is_other_engine", False) if seen.get("engine") else None,
            method=seen.get("method"),
            picture=shelf.picture(made, "presence_picture"),
        )
        if seen
        else None,
        surroundings=surroundings_of(made, shelf.address),
        recipe=dict(tried.recipe),
        changes=[CaptureChange(name=one.name, before=one.before, after=one.after) for one in changes],
    )


def _said(made: Sequence[Holding], kind: str) -> Mapping[str, Any] | None:
    return next((one.payload for one in made if one.kind == kind), None)


def _text(value: object) -> str | None:
    return str(value) if value else None
