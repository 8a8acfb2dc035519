"""Texts from outside on one line: bounded, and read as they are written."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.domain.labels import LONGEST, label


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (None, None),
        ("", None),
        (" \n\t ", None),
        ("Звернення  до\nкомандира", "Звернення до командира"),
        ("gpj.\u202eexe", "gpj.exe"),
        ("\u2066hidden\u2069", "hidden"),
        ("a\0b\x1bc", "a b c"),
        ("е\u0301" + "\u0301" * 30, "е" + "\u0301" * 4),
        ("👩‍🚒", "👩‍🚒"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ],
)
def test_what_is_shown_of_a_text(text: str | None, shown: str | None) -> None:
    assert label(text) == shown


@given(st.text(max_size=2000), st.integers(min_value=2, max_value=LONGEST))
def test_a_label_is_one_bounded_line_without_control(text: str, longest: int) -> None:
    shown = label(text, longest)
    if shown is not None:
        assert 1 <= len(shown) <= longest
        assert shown == " ".join(shown.split())
        assert not [letter for letter in shown if unicodedata.category(letter) in ("Cc", "Cs")]
        assert "\u202e" not in shown
