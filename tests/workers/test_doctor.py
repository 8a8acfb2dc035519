"""The doctor finds what is silently wrong: each thing is made wrong for real, and looked at again."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, text

from storage.settings import Settings
from workers.doctor import examination, machine, stack, tools
from workers.doctor.finding import Condition, Finding


def _settings(vault: Path, **chosen: object) -> Settings:
    return Settings(vault=vault, **chosen)  # type: ignore[arg-type]


def _by_name(findings: object) -> dict[str, Finding]:
    return {finding.name: finding for finding in findings}  # type: ignore[attr-defined]


def _install(monkeypatch: pytest.MonkeyPatch, folder: Path, name: str, version: str, *lines: str) -> None:
    """Put another version of a distribution first on the path, as a careless upgrade would."""
    place = folder / f"{name}-{version}.dist-info"
    place.mkdir()
    (place / "METADATA").write_text(
        "\n".join(["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *lines])
    )
    monkeypatch.syspath_prepend(str(folder))


def test_the_tools_of_this_installation_are_good(tmp_path: Path) -> None:
    checks = (tools.versions, tools.ytdlp, tools.javascript, tools.impersonation, tools.ffmpeg, tools.browser)
    findings = [finding for check in checks for finding in check(_settings(tmp_path))]
    assert {finding.name for finding in findings} == {
        "versions",
        "yt-dlp",
        "solver",
        "javascript",
        "impersonation",
        "ffmpeg",
        "browser",
        "second browser",
    }
    wanted = {finding.state for finding in findings if "browser" not in finding.name}  # a machine may have none
    assert wanted == {Condition.OK}, findings


def test_an_old_downloader_is_unsafe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _install(monkeypatch, tmp_path, "yt_dlp", "2026.6.9", 'Requires-Dist: yt-dlp-ejs==0.8.0; extra == "default"')
    found = _by_name(tools.ytdlp(_settings(tmp_path)))
    assert found["yt-dlp"].state is Condition.UNSAFE
    assert "2026.6.9" in found["yt-dlp"].sentence


def test_a_solver_that_does_not_fit_the_downloader_is_unsafe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _install(monkeypatch, tmp_path, "yt_dlp_ejs", "0.0.1")
    found = _by_name(tools.ytdlp(_settings(tmp_path)))
    assert found["solver"].state is Condition.UNSAFE
    assert "0.0.1" in found["solver"].sentence
    assert found["yt-dlp"].state is Condition.OK


def test_exceptions_to_the_address_policy_are_named(tmp_path: Path) -> None:
    (with_one,) = machine.egress(_settings(tmp_path, egress_allow="127.0.0.1:9000"))
    (without,) = machine.egress(_settings(tmp_path))
    assert (with_one.state, without.state) == (Condition.WARN, Condition.OK)
    assert "127.0.0.1:9000" in with_one.sentence


def test_working_without_a_sandbox_is_unsafe_and_every_wall_is_listed(tmp_path: Path) -> None:
    found = _by_name(machine.sandbox(_settings(tmp_path, unsafe_no_sandbox=True)))
    assert found["sandbox"].state is Condition.UNSAFE
    boxed = _by_name(machine.sandbox(_settings(tmp_path)))
    assert {"limits", "sandbox"} <= set(boxed)
    unsafe = [finding.name for finding in boxed.values() if finding.state is Condition.UNSAFE]
    assert (boxed["sandbox"].state is Condition.OK) == (unsafe == [])


def test_a_vault_that_others_may_enter_is_unsafe(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert _by_name(machine.vault(_settings(tmp_path)))["vault"].state is Condition.UNSAFE
    tmp_path.chmod(0o700)
    found = _by_name(machine.vault(_settings(tmp_path)))
    assert found["vault"].state is Condition.OK
    assert found["immutability"].state is Condition.WARN
    assert "not enforcing" in found["immutability"].sentence
    assert _by_name(machine.vault(_settings(tmp_path / "not" / "yet")))["vault"].state is Condition.UNKNOWN


def test_the_clock_is_looked_at_and_so_is_who_keeps_it(tmp_path: Path) -> None:
    found = _by_name(machine.clock(_settings(tmp_path)))
    assert found["clock"].state is Condition.OK
    assert found["time source"].state in {Condition.OK, Condition.WARN, Condition.UNKNOWN}


def test_a_guard_that_was_switched_off_is_unsafe(
    tmp_path: Path, engine: Engine, database_url: str, broker_url: str
) -> None:
    settings = _settings(
        tmp_path,
        database_url=SecretStr(database_url),
        broker_url=SecretStr(broker_url),
        egress_socket=tmp_path / "egress.sock",
    )
    found = _by_name(stack.stack(settings))
    assert {name: found[name].state for name in ("database", "append-only", "broker")} == {
        "database": Condition.OK,
        "append-only": Condition.OK,
        "broker": Condition.OK,
    }
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE event DISABLE TRIGGER USER"))
    bare = _by_name(stack.stack(settings))["append-only"]
    assert bare.state is Condition.UNSAFE
    assert "event" in bare.sentence
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    assert _by_name(stack.stack(settings))["database"].state is Condition.UNSAFE


def test_stores_that_are_away_are_findings_and_not_crashes(tmp_path: Path) -> None:
    settings = _settings(
        tmp_path,
        database_url=SecretStr(f"postgresql+psycopg://x@/x?host={tmp_path}"),
        broker_url=SecretStr(f"redis+socket://{tmp_path}/nobody.sock"),
        egress_socket=tmp_path / "egress.sock",
    )
    found = _by_name(stack.stack(settings))
    assert (found["database"].state, found["broker"].state) == (Condition.UNSAFE, Condition.WARN)


def test_only_an_unsafe_finding_makes_the_examination_fail() -> None:
    findings = [
        Finding("a", Condition.OK, "."),
        Finding("b", Condition.WARN, "."),
        Finding("c", Condition.UNKNOWN, "."),
    ]
    assert not examination.is_unsafe(findings)
    assert examination.is_unsafe([*findings, Finding("d", Condition.UNSAFE, ".")])


@pytest.mark.parametrize(("unsafe", "code"), [("false", None), ("true", 1)])
def test_the_command_prints_one_document_and_exits_1_if_anything_is_unsafe(
    tmp_path: Path, unsafe: str, code: int | None
) -> None:
    seen = subprocess.run(
        [sys.executable, "-m", "workers.cli", "doctor", "--json", "--vault", str(tmp_path / "vault")],
        env={"PATH": "/usr/bin:/bin", "SVIDOK_UNSAFE_NO_SANDBOX": unsafe},
        capture_output=True,
        text=True,
        check=False,
    )
    document = json.loads(seen.stdout)
    assert seen.returncode == (0 if document["safe"] else 1)
    assert code is None or seen.returncode == code
    names = [finding["name"] for finding in document["findings"]]
    assert len(set(names)) == len(names)
    assert all(set(finding) == {"name", "state", "sentence"} for finding in document["findings"])
