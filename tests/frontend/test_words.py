"""What the archive says by a stable code has words in every reader's language."""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from api.fields import CODES, NAMED
from storage.domain.analysis_notes import FORMS, WHYS
from storage.domain.vocab import ErrorClass, Outcome
from workers.lookout import HELPS

ROOT = Path(__file__).parents[2]
# Told at a terminal only, or inside a worker, and never by the API.
_AT_A_TERMINAL = {"no_vault", "rollback", "refused", "not_started", "not_signed_in"}
_NOT_A_FAILURE = {"lease_lost", "superseded"}


def words(name: str) -> dict[str, Any]:
    """A catalogue in English; the front end's own test holds the others to it."""
    return dict(json.loads((ROOT / "frontend" / "src" / "i18n" / "en" / f"{name}.json").read_text()))


def codes(*rooms: str) -> set[str]:
    """Every code that an error of these rooms may bear, read in their source."""
    return {
        code for room in rooms for path in (ROOT / room).rglob("*.py") for code in _codes(ast.parse(path.read_text()))
    }


def _codes(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.keyword(arg="code", value=ast.Constant(value=str(code))):
                yield code
            case ast.Assign(targets=[ast.Name(id="code")], value=ast.Constant(value=str(code))):
                yield code


def test_every_code_that_the_archive_fails_with_has_words() -> None:
    failure = words("failure")
    known = failure["titles"].keys() | failure["causes"].keys()
    assert codes("api", "storage", "workers") - known == _AT_A_TERMINAL | _NOT_A_FAILURE


def reasons(*rooms: str) -> dict[str, set[str]]:
    """The codes by which these rooms tell what exactly is wrong, and what each sentence may name."""
    found: dict[str, set[str]] = {}
    for room in rooms:
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                match node:
                    case (
                        ast.Call(func=ast.Name(id="Unfit"), args=[_, ast.Constant(value=str(code))], keywords=named)
                        | ast.Call(func=ast.Name(id="because"), args=[ast.Constant(value=str(code))], keywords=named)
                    ):
                        found.setdefault(code, set()).update(one.arg for one in named if one.arg)
    return found


def test_whatever_exactly_is_wrong_has_words_and_these_name_only_what_is_told() -> None:
    known = words("wrong")["reasons"]
    told = reasons("api", "storage") | {code: set(NAMED) for code in CODES.values()}
    assert told.keys() == known.keys()
    for code, sentence in known.items():
        assert set(re.findall(r"{{(\w+)}}", sentence)) <= told[code], code


@pytest.mark.parametrize(("group", "forms"), [("notes", FORMS), ("whys", WHYS)])
def test_whatever_an_analysis_notes_has_words_that_name_the_same(group: str, forms: Mapping[str, str]) -> None:
    known = words("player")["flaws"][group]
    assert known.keys() == forms.keys()
    for code, sentence in known.items():
        assert set(re.findall(r"{{(\w+)}}", sentence)) == set(re.findall(r"{(\w+)[^}]*}", forms[code])), code


def test_every_end_of_a_capture_and_every_class_of_failure_has_words() -> None:
    assert {outcome.value for outcome in Outcome} <= words("failure")["causes"].keys()
    assert {kind.value for kind in ErrorClass} == words("admin")["jobs"]["classes"].keys()


def test_what_helps_an_installation_reads_alike_in_its_pages_and_in_the_archive() -> None:
    assert words("admin")["installation"]["next"] == HELPS
