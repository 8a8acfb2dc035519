"""How much of material is amiss, by kind."""

import pytest

from storage.domain.flaws import Fragments, fragments_of, summed


def test_spans_are_counted_and_their_seconds_added_by_kind() -> None:
    quality = {
        "gaps": [{"kind": "damaged", "start_s": 1.0, "end_s": 1.5}, {"kind": "damaged", "start_s": 3.0, "end_s": 3.25}],
        "black": [{"start_s": 8.0, "end_s": 9.0}],
        "frozen": [],
        "silent": [],
    }
    fragments = Fragments(missing=3, expected=8, is_at_end=True)
    assert summed(quality, fragments) == {
        "damaged": {"count": 2, "seconds": 0.75},
        "black": {"count": 1, "seconds": 1.0},
        "fragments_missing": {"count": 3, "seconds": 0.0},
    }
    assert summed({"gaps": [], "black": []}, None) == {}


@pytest.mark.parametrize(
    "gap",
    [
        {"kind": "rumour", "start_s": 1.0, "end_s": 2.0},
        {"kind": "damaged", "start_s": 2.0, "end_s": 1.0},
        {"kind": "damaged", "start_s": "1", "end_s": 2.0},
        {"kind": "damaged"},
        {},
    ],
)
def test_a_gap_that_is_none_is_refused(gap: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        summed({"gaps": [gap]}, None)


@pytest.mark.parametrize("told", [{}, {"fragments_missing": 3}, {"fragments_missing": {"missing": 0, "expected": 1}}])
def test_an_original_that_says_nothing_of_fragments_has_none_missing(told: dict[str, object]) -> None:
    assert fragments_of(told) is None
