"""Every setting and every command is described where an operator looks for it."""

from pathlib import Path

import typer.main

from storage.settings import Settings
from workers.cli import app
from workers.commands import settings_example

_ROOT = Path(__file__).parents[2]


def test_the_example_of_settings_is_fresh() -> None:
    assert (_ROOT / ".env.example").read_text() == settings_example.text(), "run `make lock`"


def test_every_setting_says_what_it_means() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name


def test_the_example_holds_no_secret_and_sets_nothing() -> None:
    for line in settings_example.text().splitlines():
        assert line == "" or line.startswith("#")


def test_the_operator_guide_names_every_command() -> None:
    guide = (_ROOT / "docs" / "operate.md").read_text()
    group = typer.main.get_command(app)
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        for inner in getattr(command, "commands", {"": None}):
            assert f"svidok {name} {inner}".strip() in guide
