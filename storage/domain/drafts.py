"""Drafts: what somebody has typed and not yet said; how much of it is kept, and in which form."""

import json
from collections.abc import Mapping
from typing import Any

from storage.errors import InvalidValue, TooLarge

LARGEST_BYTES = 64 << 10
MOST_PER_ITEM = 50
MOST_PER_OWNER = 1000
DEEPEST = 32
NAME = r"^[a-z0-9][a-z0-9_.:-]{0,79}$"


def check_body(body: Mapping[str, Any]) -> None:
    """Whether a draft can be kept. Raises: TooLarge, InvalidValue for what the database cannot hold."""
    _check_values(body)
    try:
        size_bytes = len(json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode())
    except UnicodeEncodeError as wrong:
        raise InvalidValue("the draft holds half a letter (a lone surrogate)") from wrong
    except ValueError as wrong:
        raise InvalidValue("the draft holds a number that is none") from wrong
    if size_bytes > LARGEST_BYTES:
        raise TooLarge(f"a draft holds at most {LARGEST_BYTES:,} bytes, and this one has {size_bytes:,}")


def _check_values(body: Mapping[str, Any]) -> None:
    """Walks without calling itself: how deep a draft is must not decide whether its check ends."""
    waiting: list[tuple[Any, int]] = [(body, 1)]
    while waiting:
        value, depth = waiting.pop()
        if depth > DEEPEST:
            raise InvalidValue(f"the draft is nested deeper than {DEEPEST} levels")
        match value:
            case str():
                if "\0" in value:
                    raise InvalidValue("the draft holds the letter U+0000, which cannot be kept")
            case Mapping():
                waiting += [(part, depth + 1) for pair in value.items() for part in pair]
            case list():
                waiting += [(part, depth + 1) for part in value]
