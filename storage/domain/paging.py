"""Pages of a list: a limit, and a cursor that names the last thing seen, never a number of rows to skip."""

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from storage.errors import BadQuery

DEFAULT_LIMIT = 50
LARGEST_LIMIT = 500
_LONGEST_CURSOR = 400


@dataclass(frozen=True, slots=True)
class Page:
    """How many rows to read, and the sort key of the last row of the page before; None on the first page."""

    limit: int
    after: tuple[str, ...] | None = None


def read_page(query: str, *, limit: str | None, cursor: str | None, key_length: int = 1) -> Page:
    """Read `limit` and `cursor` as a reader gave them, for the question `query` (its own spelling, without paging).

    Raises: BadQuery for a number out of range, or a cursor that is damaged or belongs to another question.
    """
    rows = DEFAULT_LIMIT
    if limit is not None:
        if not limit.isascii() or not limit.isdigit() or len(limit) > 6 or not 1 <= int(limit) <= LARGEST_LIMIT:
            raise BadQuery(f"limit is a whole number from 1 to {LARGEST_LIMIT}, found {limit[:20]!r}.")
        rows = int(limit)
    if cursor is None:
        return Page(rows)
    mark, key = _opened(cursor)
    if mark != _mark(query):
        raise BadQuery("This cursor belongs to another question: a next page keeps every other parameter.")
    if len(key) != key_length:
        raise BadQuery("This cursor belongs to another list.")
    return Page(rows, tuple(key))


def cursor_after(query: str, key: Sequence[str]) -> str:
    """The cursor of the page that follows the row with this sort key; it never expires."""
    text = json.dumps([_mark(query), *key], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _opened(cursor: str) -> tuple[str, list[str]]:
    try:
        if len(cursor) > _LONGEST_CURSOR:
            raise ValueError("too long")
        padded = cursor + "=" * (-len(cursor) % 4)
        parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if not isinstance(parts, list) or not all(isinstance(part, str) and part.isprintable() for part in parts):
            raise ValueError("not a list of words")
        mark, *key = parts
    except (ValueError, binascii.Error, RecursionError) as wrong:
        raise BadQuery("This cursor is damaged. Take `page.next` as it stands.") from wrong
    return mark, key


def _mark(query: str) -> str:
    return hashlib.sha256(query.encode()).hexdigest()[:12]
