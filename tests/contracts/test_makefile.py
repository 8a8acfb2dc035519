"""Every word of the Makefile stands for something: none that others wait for is an empty one."""

import re
from pathlib import Path

_TEXT = (Path(__file__).parents[2] / "Makefile").read_text()
_RULES = {
    name: (needs.split(), recipe)
    for name, needs, recipe in re.findall(r"^([a-z-]+):([^#\n=]*)(?:#.*)?\n((?:\t.*\n)*)", _TEXT, re.MULTILINE)
}


def test_every_word_that_may_be_typed_does_something() -> None:
    [phony] = re.findall(r"^\.PHONY: (.+)$", _TEXT, re.MULTILINE)
    idle = [name for name in phony.split() if not any(_RULES.get(name, ((), "")))]
    assert idle == []


def test_whatever_a_word_waits_for_is_a_word_as_well() -> None:
    waited = {need for needs, _ in _RULES.values() for need in needs}
    assert {"python", "ui", "reader", "browser"} <= waited
    assert waited <= set(_RULES)
