"""What the embed page of a public Telegram post says: its words, its numbers, and where its media lie."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
_DEEPEST = 200
_TEXT_LETTERS = 20_000
_MOST_MEDIA = 20
_PICTURE = re.compile(r"background-image:\s*url\(['\"]?(https?://[^'\")\s]+)", re.IGNORECASE)
# The class of an element, and the part of the post that its text is. A quoted post's own words are none of ours.
_SAID = {
    "js-message_text": "text",
    "tgme_widget_message_owner_name": "author",
    "tgme_widget_message_views": "views",
    "tgme_widget_message_forwarded_from_name": "forwarded_from",
    "tgme_widget_message_meta": "meta",
    "tgme_widget_message_error": "error",
    "message_media_not_supported_label": "kept_back",
}


@dataclass(frozen=True, slots=True)
class Medium:
    """One video, voice message or picture of a post; `post` is the address of the album's member, where it says so."""

    kind: str
    url: str
    post: str | None = None


@dataclass(slots=True)
class Post:
    """A post as its embed page shows it; empty where the page says nothing.

    `is_post` whether the page shows any post at all. `kept_back` is what Telegram says instead of showing a medium.
    """

    is_post: bool = False
    said: dict[str, str] = field(default_factory=dict)
    published_at: str | None = None
    media: list[Medium] = field(default_factory=list)

    def part(self, name: str) -> str | None:
        """One part of what it says, as lines without spaces around them."""
        lines = (" ".join(line.split()) for line in self.said.get(name, "").splitlines())
        return "\n".join(lines).strip() or None

    @property
    def is_edited(self) -> bool:
        return "edited" in (self.part("meta") or "").lower()

    def of_kind(self, *kinds: str) -> Sequence[Medium]:
        return [medium for medium in self.media if medium.kind in kinds]


def read_post(page: str) -> Post:
    """Read an embed page; whatever it holds, something is returned.

    Source: the page that https://t.me/NAME/ID?embed=1 serves, which is described nowhere; classes as of 2026.
    """
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.post


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.post = Post()
        self._open: list[tuple[str, str | None, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        classes = told.get("class", "").split()
        if "tgme_widget_message" in classes or "tgme_widget_message_error" in classes:
            self.post.is_post = True
        if tag == "br":
            self._say("\n")
        if tag == "time" and told.get("datetime") and self.post.published_at is None:
            self.post.published_at = told["datetime"][:40]
        self._look_for_media(tag, classes, told)
        if tag not in _VOID and len(self._open) < _DEEPEST:
            part = next((_SAID[name] for name in classes if name in _SAID), None)
            href = told.get("href") if tag == "a" else None
            self._open.append((tag, part, href))

    def handle_endtag(self, tag: str) -> None:
        for at in range(len(self._open) - 1, -1, -1):
            if self._open[at][0] == tag:
                del self._open[at:]
                return

    def handle_data(self, data: str) -> None:
        self._say(data)

    def _say(self, text: str) -> None:
        for part in {part for _, part, _ in self._open if part}:
            said = self.post.said.get(part, "")
            self.post.said[part] = said + text[: _TEXT_LETTERS - len(said)]

    def _look_for_media(self, tag: str, classes: Sequence[str], told: dict[str, str]) -> None:
        if len(self.post.media) >= _MOST_MEDIA:
            return
        around = next((href for _, _, href in reversed(self._open) if href), None)
        if tag == "video" and told.get("src"):
            self.post.media.append(Medium("video", told["src"], around))
        elif tag == "audio" and told.get("src"):
            self.post.media.append(Medium("audio", told["src"], around))
        elif "tgme_widget_message_photo_wrap" in classes and (shown := _PICTURE.search(told.get("style", ""))):
            self.post.media.append(Medium("photo", shown[1], told.get("href")))
