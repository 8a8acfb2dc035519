"""A path that was mistyped is an error: of all commands, only those that begin an archive make one."""

import io
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from workers import cli
from workers.stack.vault import NoVault, Vault

# What else a command must be given to come to its vault.
_GIVEN = {
    "renew": ["--older"],
    "export": ["itm_1", "-o", "package.zip"],
    "backup": ["copy", "--keys", "apart"],
    "user add": ["ada@example.org", "--role", "lead", "--password-stdin"],
    "user password": ["ada@example.org", "--password-stdin"],
    "key add": ["--role", "lead", "--name", "tests"],
    "store renew": ["second"],
    "models add": ["model.onnx"],
}
# These begin an archive, or look at a place where there need not be one yet.
_BEGIN = {"up", "ingest", "restore"}
_LOOK = {"doctor", "redact"}


def _of_a_vault(group: Any = None, before: str = "") -> set[str]:
    """The commands that can be told which vault."""
    found: set[str] = set()
    for name, command in (group or typer.main.get_command(cli.app)).commands.items():
        if hasattr(command, "commands"):
            found |= _of_a_vault(command, f"{before}{name} ")
        elif any("--vault" in parameter.opts for parameter in command.params):
            found.add(f"{before}{name}")
    return found


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to stand in, in which there is no vault."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SVIDOK_VAULT", "")  # what a command sets is gone after the test
    monkeypatch.delenv("SVIDOK_DATABASE_URL", raising=False)
    monkeypatch.setattr(sys, "stdin", io.StringIO("a long sentence of a password\n"))
    return tmp_path


def _run(name: str, vault: Path) -> None:
    cli.app([*name.split(), *_GIVEN.get(name, []), "--vault", str(vault)], standalone_mode=False)


@pytest.mark.parametrize("name", sorted(_of_a_vault() - _BEGIN - _LOOK))
def test_a_command_makes_no_vault_where_there_is_none(name: str, nowhere: Path) -> None:
    with pytest.raises(NoVault) as refused:
        _run(name, nowhere / "typo")
    assert refused.value.exit_code == 2
    assert all(said in refused.value.sentence for said in (str(nowhere / "typo"), "--vault", "svidok up"))
    assert list(nowhere.iterdir()) == []


def test_that_a_vault_has_lost_its_database_is_said_before_another_takes_its_place(nowhere: Path) -> None:
    vault = nowhere / "vault"
    (vault / "ledger").mkdir(parents=True)
    with pytest.raises(NoVault, match="svidok rebuild --from"):
        _run("audit", vault)
    assert [path.name for path in vault.iterdir()] == ["ledger"]


def test_all_commands_but_these_are_held_to_it() -> None:
    assert {"audit", "backup", "export", "user add", "key add", "models list"} < _of_a_vault() - _BEGIN - _LOOK
    assert _of_a_vault() > _BEGIN | _LOOK


def test_a_vault_whose_database_is_elsewhere_needs_none_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "operator.token").touch()
    Vault(tmp_path).refuse_absent(own_database=False)


def test_the_command_tells_the_path_and_exits_as_wrong_usage(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["svidok", "audit", "--json", "--vault", str(nowhere / "typo")])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    told = capsys.readouterr()
    assert (ended.value.code, "no_vault" in told.out, str(nowhere / "typo") in told.err) == (2, True, True)
