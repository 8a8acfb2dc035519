"""Names that hold for a time, and an order in which nobody stands above themselves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from storage.domain.registered import RegisteredName, folded_names
from storage.domain.spelling import distance
from storage.domain.units import UnitDescription, folded, makes_circle


def test_a_unit_is_found_by_every_name_and_its_number() -> None:
    unit = UnitDescription(
        name="64-та бригада", names=[RegisteredName(name="64th Brigade"), RegisteredName(name="64-Та Бригада")],
        military_number="51460",
    )  # fmt: skip
    assert folded(unit).splitlines()[-1] == " 51460 "
    assert folded(unit).count(" 64 ta brihada ") == 1


def test_a_name_may_overlap_its_own_doubt_but_not_end_before_it_starts() -> None:
    assert RegisteredName.model_validate({"name": "x", "from": "2014", "until": "2014-03"}).from_ == "2014"
    with pytest.raises(ValidationError):
        RegisteredName.model_validate({"name": "x", "from": "2014-04", "until": "2014-03"})


def test_names_without_letters_are_not_found_by_nothing() -> None:
    assert folded_names(["—", "", "a"]) == " a "


def test_a_circle_is_seen_however_long_and_an_old_one_does_not_hang() -> None:
    chain = {f"u{n}": f"u{n + 1}" for n in range(50)} | {"u50": None}
    assert makes_circle("u50", "u0", chain)
    assert makes_circle("u7", "u7", chain)
    assert not makes_circle("u0", "u50", chain)
    assert not makes_circle("new", "a", {"a": "b", "b": "a"})


@given(st.text("abcd", max_size=7), st.text("abcd", max_size=7))
def test_the_distance_of_spellings_is_the_same_both_ways_and_nothing_only_for_equals(one: str, other: str) -> None:
    far = distance(one, other, most=9)
    assert far == distance(other, one, most=9)
    assert (far == 0) == (one == other)
    assert abs(len(one) - len(other)) <= far <= max(len(one), len(other))
    assert distance(one, other, most=1) == min(far, 2)


def test_two_swapped_letters_are_one_slip() -> None:
    assert distance("mariupol", "maruipol", most=2) == 1
    assert distance("kherson", "herson", most=2) == 1
    assert distance("bakhmut", "donetsk", most=2) == 3
