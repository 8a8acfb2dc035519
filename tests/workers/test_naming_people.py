"""Whoever is let in at the terminal has a name that others can read."""

import pytest

from storage.errors import InvalidValue
from workers.commands.people import name_from


@pytest.mark.parametrize(
    ("said", "email", "name"),
    [
        ("", "ada@example.org", "ada"),
        ("  ", "ada.l+archive@example.org", "ada.l"),
        (" Ada  Lovelace ", "ada@example.org", "Ada Lovelace"),
    ],
)
def test_a_person_is_called_as_is_said_or_by_their_address(said: str, email: str, name: str) -> None:
    assert name_from(said, email) == name


@pytest.mark.parametrize("said", ["A\x1b[2Jda", "a" * 301])
def test_what_cannot_be_written_is_no_name(said: str) -> None:
    with pytest.raises(InvalidValue):
        name_from(said, "ada@example.org")
