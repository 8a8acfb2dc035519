"""Spellings of one name meet on one key; other names stay apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.domain.names import fold, name_tokens, skeleton


@pytest.mark.parametrize(
    "spellings",
    [
        ("Иркутск", "Irkutsk"),
        ("Авдіївка", "Avdiivka", "AVDIYIVKA"),
        ("Бахмут", "Bakhmut"),
        ("Горлівка", "Horlivka"),
        ("Горловка", "Gorlovka"),
        ("Мар'їнка", "Мар’їнка", "Марʼїнка"),
        ("9733-й полк", "9733 й ПОЛК", "9733й  полк"),
        ("Святошин", "Sviatoshyn"),
    ],
)
def test_spellings_of_one_name_share_a_key(spellings: tuple[str, ...]) -> None:
    keys = {fold(spelling) for spelling in spellings}
    assert len(keys) == 1, keys


@pytest.mark.parametrize(
    "spellings",
    [
        ("Авдіївка", "Авдеевка", "Avdiivka", "Avdeevka"),
        ("Горлівка", "Горловка", "Horlivka", "Gorlovka"),
        ("Часів Яр", "Часов Яр", "Chasiv Yar"),
        ("Харків", "Харьков", "Kharkiv", "Kharkov"),
    ],
)
def test_names_that_differ_in_inner_vowels_share_a_skeleton(spellings: tuple[str, ...]) -> None:
    assert len({skeleton(spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [("9733 полк", "9731 полк"), ("144 бригада", "14 бригада"), ("11 полк", "1 полк"), ("Бахмут", "Харків")],
)
def test_other_names_and_above_all_other_numbers_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_a_unit_number_is_a_word_of_its_own() -> None:
    assert "95383" in name_tokens("в/ч95383")
    assert "9733" in name_tokens("9733rd Motor Rifle Regiment")


@given(st.text(max_size=40))
def test_folding_never_fails_and_leaves_only_letters_digits_and_spaces(text: str) -> None:
    assert all(letter.isalnum() or letter == " " for letter in fold(text))
    assert fold(text) == fold(f"  {text} ")
