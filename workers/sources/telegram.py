"""Posts of Telegram, public ones through their embed page: all media of an album, its words and its numbers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from storage.domain import urls
from storage.domain.vocab import FileRole, Outcome
from storage.errors import InvalidUrl, Rejected, Unavailable
from workers.loan import WITH_ACCOUNT
from workers.sources import outcomes
from workers.sources.album import Album, Piece, came_with
from workers.sources.base import Fetched
from workers.sources.direct import check_answer, note_answer
from workers.sources.fetching import Answer, Order, get
from workers.sources.record import Record, addresses, without_query
from workers.sources.telegram_account import Wanted
from workers.sources.telegram_account import fetch as by_account
from workers.sources.telegram_post import Medium, Post, read_post
from workers.sources.ytdlp import YtDlp
from workers.step import Context, Product

_PAGE_BYTES = 2 << 20
# Such pages have some fifty KiB; what is read of them is bounded, since reading takes longer than they are long.
_READ_BYTES = 256 << 10
_PAGE_WALL_S = 60.0
_PHOTO_BYTES = 32 << 20
_WALL_SHARE = 0.9
_WITH_ACCOUNT = WITH_ACCOUNT | {Outcome.PRIVATE.value}
_MEMBERS_ONLY = "This post is in a private channel. Only an account that is a member of it is shown it."
_KEPT_BACK = (
    "Telegram shows a part of this post in its own program only, mostly because it is too large for its web page. "
    "Save it there and submit the file."
)


@dataclass(frozen=True, slots=True)
class Telegram:
    """Posts of channels. A page that is no embed page is handed to `pages`, as any page is."""

    base: str = "https://t.me"
    pages: YtDlp = field(default_factory=YtDlp)
    name: str = "telegram"

    def claims(self, request: Mapping[str, Any]) -> bool:
        return self.named(str(request.get("url", ""))) is not None

    def fetch(self, context: Context) -> Fetched:
        """As a guest first; with the archive's account what a guest is refused, or is not shown the whole of.

        What a guest was shown stays where the account brings nothing.
        """
        channel, number = self.named(str(context.request["url"])) or ("", "")
        loan = context.account
        own = f"{self.base}/c/{channel}/{number}" if channel.isdecimal() else f"{self.base}/{channel}/{number}"
        try:
            seen = self._as_guest(context, channel, number)
        except Rejected as refused:
            if loan is None or refused.code not in _WITH_ACCOUNT:
                raise
            earlier = refused.detail.get("collection")
            return by_account(context, loan, Wanted(channel, number, own, "after a guest was refused", earlier))
        if loan is None or not seen.collection.get("post", {}).get("kept_back"):
            return seen
        why = "since a guest is not shown the whole post"
        try:
            return by_account(context, loan, Wanted(channel, number, own, why, seen.collection))
        except (Rejected, Unavailable) as failed:
            if failed.code not in set(Outcome):  # no room, no box, no way out: nothing that Telegram said
                raise
            tried = {"outcome": failed.code, "sentence": failed.sentence}
            return replace(seen, collection={**seen.collection, "account": tried})

    def _as_guest(self, context: Context, channel: str, number: str) -> Fetched:
        """1 the embed page, 2 a post or something else, 3 what it says, 4 its videos and voices one by one, 5 its
        pictures, 6 whole, in part, or the reason.
        """
        record = Record(context, str(context.request["url"]), self.name, version("svidok"))
        record.facts["session"] = "guest"
        if channel.isdecimal():
            raise record.failed(Outcome.PRIVATE, _MEMBERS_ONLY)
        order = Order(f"{self.base}/{channel}/{number}?embed=1", _PAGE_BYTES, _PAGE_WALL_S)
        answer = get(order, context.scratch / "embed", context.sandbox, record.ticket, lambda _: None)
        note_answer(record, answer)
        check_answer(record, answer)
        if answer.file is None or answer.ending != "complete":
            raise record.failed(Outcome.UNREACHABLE, "Telegram did not send the whole page of this post.")
        post = read_post(answer.file.read_bytes()[:_READ_BYTES].decode("utf-8", errors="replace"))
        if not post.is_post:
            return self.pages.fetch(context, earlier=record.collection())
        note_post(record, post, channel, number, self.base)
        return _Page(record, post, answer.file).fetched()

    def named(self, url: str) -> tuple[str, str] | None:
        """Channel and number of a post's address, a private channel's own number for its name; no comment under it."""
        try:
            rest = urls.canonical(url).removeprefix(f"{self.base}/")
        except InvalidUrl:
            return None
        match = re.fullmatch(r"(?:c/(?=\d))?([A-Za-z]\w{3,63}|(?<=c/)\d{1,15})/(\d{1,12})", rest)
        return (match[1], match[2]) if match else None


def is_members_only(url: str) -> bool:
    """Whether an address names a post of a private channel."""
    named = Telegram().named(url)
    return named is not None and named[0].isdecimal()


def note_post(record: Record, post: Post, channel: str, number: str, base: str) -> None:
    """Write down what the post says, and the addresses that lead to it: each member of an album shows the whole."""
    own = f"{base}/{channel}/{number}"
    members = [medium.post for medium in post.media if medium.post and _is_near(medium.post, channel, int(number))]
    record.identity |= {
        "platform": "Telegram",
        "post_id": f"{channel}/{number}",
        "account": channel,
        "channel": post.part("author"),
        "title": (post.part("text") or "")[:200] or None,
        "description": post.part("text"),
        "timestamp": post.published_at,
        "views_as_shown": post.part("views"),
        "is_edited": post.is_edited,
        "forwarded_from": post.part("forwarded_from"),
        "addresses": addresses(record.url, own, *members),
    }
    record.facts["post"] = {
        "media": [{"kind": medium.kind, "url": without_query(medium.url)} for medium in post.media],
        "kept_back": post.part("kept_back"),
    }


def _is_near(address: str, channel: str, number: int) -> bool:
    """Whether an address names a post of the same channel that may belong to the same album, which has ten at most."""
    match = re.match(r"https?://[^/]+/(\w+)/(\d{1,12})(?:\?|$)", address)
    return match is not None and match[1].lower() == channel.lower() and abs(int(match[2]) - number) < 10


@dataclass(frozen=True, slots=True)
class _Page:
    """An embed page that shows a post; its media are brought one after the other, never two at once."""

    record: Record
    post: Post
    page: Path

    def fetched(self) -> Fetched:
        if error := self.post.part("error"):
            outcome = Outcome.LOGIN_REQUIRED if "open telegram" in error.lower() else Outcome.REMOVED
            raise self.record.failed(outcome, f"Telegram says: {error[:200].rstrip('.')}.")
        wanted = self.post.of_kind("video", "audio")
        pieces = [self._bring(medium, number, len(wanted)) for number, medium in enumerate(wanted, start=1)]
        # Who is refused the videos need not ask for the pictures beside them.
        if not wanted or any(piece.file for piece in pieces):
            photos = self.post.of_kind("photo")
            pieces += [self._bring_photo(medium, number) for number, medium in enumerate(photos, start=1)]
        kept_back = _KEPT_BACK if self.post.part("kept_back") else ""
        return Album(self.record, pieces, kept_back).fetched(self._context())

    def _bring(self, medium: Medium, number: int, of: int) -> Piece:
        context = self.record.context
        limits = context.sandbox.limits
        order = Order(medium.url, limits.file_bytes, limits.wall_s * _WALL_SHARE / of)
        folder = context.scratch / f"medium-{number}"
        answer = get(order, folder, context.sandbox, self.record.ticket, context.report)
        return _piece(medium.kind, answer)

    def _bring_photo(self, medium: Medium, number: int) -> Piece:
        context = self.record.context
        order = Order(medium.url, _PHOTO_BYTES, _PAGE_WALL_S, tries=1)
        folder = context.scratch / f"photo-{number}"
        return _piece("photo", get(order, folder, context.sandbox, self.record.ticket, lambda _: None))

    def _context(self) -> list[Product]:
        """The embed page as received, what it says, and the ways that were taken."""
        page = Product("page", "text/html", path=self.page, payload={"number": 1}, role=FileRole.CONTEXT, sealed=True)
        return [page, *came_with(self.record)]


def _piece(kind: str, answer: Answer) -> Piece:
    why = outcomes.of_status(answer.status or 0) or Outcome.TOOL_FAILED if answer.ending == "answered" else None
    if answer.ending == "size":
        why = Outcome.TOO_LARGE
    return Piece(kind, answer.file, answer.ending == "complete", answer.encoding is None, why)
