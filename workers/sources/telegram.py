"""Public posts of Telegram through their embed page: every video of an album, its pictures, words and numbers."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from storage.domain import clock, urls
from storage.domain.vocab import FileRole, Outcome
from storage.errors import InvalidUrl
from workers.sources import outcomes
from workers.sources.base import Fetched
from workers.sources.direct import check_answer, note_answer
from workers.sources.fetching import Answer, Order, get
from workers.sources.glimpse import Glimpse, look
from workers.sources.identity import post_of
from workers.sources.record import Record, addresses, plain, without_query
from workers.sources.telegram_post import Medium, Post, read_post
from workers.sources.ytdlp import YtDlp
from workers.step import Context, Product

_PAGE_BYTES = 2 << 20
# Such pages have some fifty KiB; what is read of them is bounded, since reading takes longer than they are long.
_READ_BYTES = 256 << 10
_PAGE_WALL_S = 60.0
_PHOTO_BYTES = 32 << 20
_WALL_SHARE = 0.9
_KEPT_BACK = (
    "Telegram shows a part of this post in its own program only, mostly because it is too large for its web page. "
    "Save it there and submit the file."
)
_PICTURES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png", b"RIFF": "image/webp"}


@dataclass(frozen=True, slots=True)
class Telegram:
    """Posts of public channels. A page that is no embed page is handed to `pages`, as any page is."""

    base: str = "https://t.me"
    pages: YtDlp = field(default_factory=YtDlp)
    name: str = "telegram"

    def claims(self, request: Mapping[str, Any]) -> bool:
        return self._named(str(request.get("url", ""))) is not None

    def fetch(self, context: Context) -> Fetched:
        """1 the embed page, 2 a post or something else, 3 what it says, 4 its videos and voices one by one, 5 its
        pictures, 6 whole, in part, or the reason.
        """
        url = str(context.request["url"])
        channel, number = self._named(url) or ("", "")
        record = Record(context, url, self.name, version("svidok"))
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
        return _Album(record, post, answer.file).fetched()

    def _named(self, url: str) -> tuple[str, str] | None:
        """Channel and number of a post's address; a comment under it is another thing."""
        try:
            rest = urls.canonical(url).removeprefix(f"{self.base}/")
        except InvalidUrl:
            return None
        match = re.fullmatch(r"(?!c/)(\w{4,64})/(\d{1,12})", rest)
        return (match[1], match[2]) if match else None


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
class _Album:
    """The media of one post, one after the other: Telegram is not asked for two at once."""

    record: Record
    post: Post
    page: Path

    def fetched(self) -> Fetched:
        if error := self.post.part("error"):
            raise self.record.failed(Outcome.REMOVED, f"Telegram says: {error[:200].rstrip('.')}.")
        wanted = self.post.of_kind("video", "audio")
        kept_back = self.post.part("kept_back")
        if not wanted:
            raise self._nothing(kept_back)
        answers = [self._bring(medium, number) for number, medium in enumerate(wanted, start=1)]
        seen = [(answer, self._look(answer)) for answer in answers]
        good = [(answer, glimpse) for answer, glimpse in seen if glimpse is not None and glimpse.decodes]
        if not good:
            raise self._broken(answers, seen)
        whole = len(good) == len(wanted) and all(answer.ending == "complete" for answer, _ in good)
        outcome = Outcome.CAPTURED if whole and not kept_back else Outcome.PARTIAL
        sentence = outcomes.SENTENCES[Outcome.CAPTURED]
        if outcome is Outcome.PARTIAL:
            sentence = _KEPT_BACK if whole else f"{len(good)} of {len(wanted)} videos of this post could be kept."
        products = [self._original(number, answer, glimpse) for number, (answer, glimpse) in enumerate(good, start=1)]
        return Fetched(
            outcome=outcome,
            sentence=sentence,
            products=[*products, *self._photos(), *self._context()],
            tool=self.record.tool,
            tool_version=self.record.tool_version,
            collection=self.record.collection(),
            identity=plain(self.record.identity),
        )

    def _nothing(self, kept_back: str | None) -> Exception:
        if kept_back:
            return self.record.failed(Outcome.LOGIN_REQUIRED, _KEPT_BACK)
        what = "pictures and no video or sound" if self.post.of_kind("photo") else "no video and no sound"
        return self.record.failed(Outcome.NOT_MEDIA, f"This post has {what}.")

    def _broken(self, answers: Sequence[Answer], seen: Sequence[tuple[Answer, Glimpse | None]]) -> Exception:
        """Why nothing of it came."""
        if self.record.ticket.refused():
            return self.record.blocked()
        for answer in answers:
            if answer.ending == "answered":
                return self.record.failed(outcomes.of_status(answer.status or 0) or Outcome.TOOL_FAILED)
        if any(answer.ending == "size" for answer in answers):
            return self.record.failed(Outcome.TOO_LARGE)
        glimpse = next((glimpse for _, glimpse in seen if glimpse is not None), None)
        if glimpse is None:
            return self.record.failed(Outcome.UNREACHABLE, "Telegram did not send the video of this post.")
        outcome = Outcome.TOO_LARGE if glimpse.code == "too_large" else Outcome.NOT_MEDIA
        return self.record.failed(outcome, glimpse.sentence)

    def _bring(self, medium: Medium, number: int) -> Answer:
        context = self.record.context
        limits = context.sandbox.limits
        wall_s = limits.wall_s * _WALL_SHARE / max(1, len(self.post.of_kind("video", "audio")))
        order = Order(medium.url, limits.file_bytes, wall_s)
        folder = context.scratch / f"medium-{number}"
        return get(order, folder, context.sandbox, self.record.ticket, context.report)

    def _look(self, answer: Answer) -> Glimpse | None:
        context = self.record.context
        return look(answer.file, context.scratch, context.sandbox) if answer.file else None

    def _original(self, number: int, answer: Answer, glimpse: Glimpse) -> Product:
        payload = {
            "entry": number,
            "as_served": answer.encoding is None,
            "is_whole": answer.ending == "complete",
            "has_video": glimpse.has_video,
            "has_audio": glimpse.has_audio,
        }
        return Product("original", glimpse.media_type, answer.file, payload=plain(payload), role=FileRole.ORIGINAL)

    def _photos(self) -> list[Product]:
        """The pictures of the album, kept beside the videos and not looked through; one that fails is left out."""
        context, made = self.record.context, []
        for number, medium in enumerate(self.post.of_kind("photo"), start=1):
            order = Order(medium.url, _PHOTO_BYTES, _PAGE_WALL_S, tries=1)
            folder = context.scratch / f"photo-{number}"
            answer = get(order, folder, context.sandbox, self.record.ticket, lambda _: None)
            if answer.ending != "complete" or answer.file is None:
                continue
            with answer.file.open("rb") as stream:
                head = stream.read(4)
            kind = next((kind for magic, kind in _PICTURES.items() if head.startswith(magic)), None)
            if kind:
                of = {"number": number}
                made.append(Product("photo", kind, path=answer.file, payload=of, role=FileRole.CONTEXT))
        return made

    def _context(self) -> list[Product]:
        """The embed page as received, what it says, and the ways that were taken."""
        ways = self.record.context.scratch / "connections.json"
        ways.write_text(json.dumps([dict(way) for way in self.record.ticket.connections()]))
        post = post_of(self.record.url, clock.rfc3339(self.record.started_at), self.record.identity)
        return [
            Product("page", "text/html", path=self.page, payload={"number": 1}, role=FileRole.CONTEXT, sealed=True),
            Product("post", payload=plain(post), role=FileRole.CONTEXT),
            Product("connections", path=ways, role=FileRole.CONTEXT, sealed=True),
        ]
