"""What a channel or playlist lists: addresses, titles and dates as the site tells them, for a person to choose from."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from storage.domain import urls
from storage.errors import InvalidUrl
from workers.brought import check_ours
from workers.sources.arguments import ENTRY, LISTED, listing_command
from workers.sources.record import Record, plain

_WALL_S = 120.0
_FOLDER_BYTES = 32 << 20
_TITLE_LETTERS = 200


@dataclass(slots=True)
class Listing:
    """Entries in the site's order, each address once; `count` is how many the site says there are."""

    page: str
    title: str | None = None
    count: int | None = None
    entries: list[dict[str, Any]] = field(default_factory=list)
    more: bool = False
    _known: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        # A list does not list itself.
        self._known.add(urls.canonical(self.page))

    def hear(self, line: str) -> None:
        """One line that the tool printed; what is no entry is passed over: it says what a site makes it say."""
        if not line.startswith(ENTRY):
            return
        try:
            told = json.loads(line.removeprefix(ENTRY))
        except (ValueError, RecursionError):
            return
        if isinstance(told, dict):
            self._add(told)

    def told(self) -> Mapping[str, Any]:
        """The listing as the collection record carries it."""
        told = {"title": self.title, "count": self.count, "more": self.more, "entries": self.entries}
        return {name: plain(value) for name, value in told.items()}

    def _add(self, told: Mapping[str, Any]) -> None:
        if told.get("_type") not in ("url", "url_transparent"):
            return  # a file of this very page: its address is signed for us, and no post of its own
        address = _address(told.get("url")) or _address(told.get("webpage_url"))
        if address is None or urls.canonical(address) in self._known:
            return
        if len(self.entries) >= LISTED:
            self.more = True
            return
        self._known.add(urls.canonical(address))
        self.title = self.title or _text(told.get("playlist_title"))
        count = told.get("playlist_count")
        self.count = count if isinstance(count, int) and not isinstance(count, bool) and 0 <= count < 1 << 31 else None
        self.entries.append(
            {
                "url": address,
                "title": _text(told.get("title")),
                "published_at": _moment(told),
                "duration_s": _seconds(told.get("duration")),
            }
        )


def listing_of(record: Record) -> Listing | None:
    """What the address of an attempt lists, or None where the site does not tell. Raises: LeaseLost, DiskFull."""
    context = record.context
    folder = context.scratch / "listing"
    folder.mkdir()
    listing = Listing(record.url)
    wide = context.sandbox.limits
    limits = replace(wide, wall_s=min(_WALL_S, wide.wall_s), file_bytes=_FOLDER_BYTES, folder_bytes=_FOLDER_BYTES)
    command = listing_command(record.url)
    ended = context.sandbox.run(command, folder=folder, ticket=record.ticket, limits=limits, on_line=listing.hear)
    check_ours(ended)
    return listing if listing.entries else None


def _address(told: object) -> str | None:
    if not isinstance(told, str):
        return None
    try:
        return urls.check(told)
    except InvalidUrl:
        return None


def _text(told: object) -> str | None:
    """One line of text, shortened."""
    if not isinstance(told, str):
        return None
    shown = "".join(letter for letter in " ".join(told.split()) if letter.isprintable())
    return shown[:_TITLE_LETTERS] or None


def _moment(told: Mapping[str, Any]) -> str | None:
    """When it was published, as far as the site tells: a moment, or a day."""
    stamp, day = told.get("timestamp"), told.get("upload_date")
    try:
        if isinstance(stamp, int | float):
            return datetime.fromtimestamp(stamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        if isinstance(day, str):
            return datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC).strftime("%Y-%m-%d")
    except (ValueError, OverflowError, OSError):
        return None
    return None


def _seconds(told: object) -> int | None:
    return int(told) if isinstance(told, int | float) and 0 <= told < 1 << 31 else None
