"""What every sub-command has in common: its options, its settings, and the two ways it speaks."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from storage.settings import Settings

WRONG_USAGE = 2

Vault = Annotated[Path | None, typer.Option(help="Folder that holds everything kept.", show_default="$SVIDOK_VAULT")]
Host = Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")]
Port = Annotated[int | None, typer.Option(help="Port to listen on.", show_default="8420")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


def read_settings(**chosen: object) -> "Settings":
    """Read the settings; an option is a variable said aloud, so that whoever reads the settings after us hears it."""
    from pydantic import ValidationError

    from storage.settings import Settings

    for name, value in chosen.items():
        if value is not None:
            os.environ[f"SVIDOK_{name.upper()}"] = str(value)
    try:
        return Settings()
    except ValidationError as error:
        for problem in error.errors():
            say(f"SVIDOK_{'_'.join(map(str, problem['loc'])).upper()}: {problem['msg']}")
        sys.exit(WRONG_USAGE)


def settings_of(vault: Path | None) -> "Settings":
    """The settings of a vault that is there, for every command that does not begin one. Raises: NoVault."""
    from workers.stack.parts import given
    from workers.stack.vault import Vault as Folder

    settings = read_settings(vault=vault)
    Folder(settings.vault).refuse_absent(own_database=not given(settings.database_url))
    return settings


def tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
