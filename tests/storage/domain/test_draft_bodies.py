"""Drafts: how much is kept, and what cannot be."""

from typing import Any

import pytest

from storage.domain.drafts import DEEPEST, LARGEST_BYTES, check_body
from storage.errors import InvalidValue, TooLarge


def test_a_draft_of_exactly_the_largest_size_is_kept_and_one_byte_more_is_not() -> None:
    around = len('{"text":""}')
    check_body({"text": "x" * (LARGEST_BYTES - around)})
    with pytest.raises(TooLarge, match="65,536"):
        check_body({"text": "x" * (LARGEST_BYTES - around + 1)})


def test_bytes_are_counted_and_not_letters() -> None:
    with pytest.raises(TooLarge):
        check_body({"text": "ї" * (LARGEST_BYTES // 2)})


@pytest.mark.parametrize(
    "body",
    [{"text": "a\0b"}, {"a\0b": 1}, {"list": [{"text": "\0"}]}, {"text": "\ud800"}, {"n": float("nan")}],
    ids=["nul", "nul in a name", "nul deep down", "half a letter", "no number"],
)
def test_what_the_database_cannot_hold_is_refused_in_words(body: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        check_body(body)


def _nested(levels: int) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for _ in range(levels - 1):
        body = {"a": body}
    return body


def test_what_is_nested_too_deep_is_refused_in_words() -> None:
    check_body(_nested(DEEPEST))
    for levels in (DEEPEST + 1, 400, 5000):
        with pytest.raises(InvalidValue, match="deeper"):
            check_body(_nested(levels))
