"""The compose file says only what the programs understand: commands, settings, health questions, and nothing loose."""

import ast
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from storage.queue import QUEUES
from storage.settings import Settings
from tests.workers.stack import free_port
from workers.cli import app

_ROOT = Path(__file__).parents[2]
_COMPOSE: dict[str, Any] = yaml.safe_load((_ROOT / "docker-compose.yml").read_text())
_SERVICES: dict[str, dict[str, Any]] = _COMPOSE["services"]
_OURS = sorted(name for name, service in _SERVICES.items() if "build" in service)


def _understands(arguments: list[str]) -> str:
    """The command that `svidok` would run; raises where it would complain."""
    group = typer.main.get_command(app)
    outer = group.make_context("svidok", list(arguments))
    name, command, rest = group.resolve_command(outer, [*outer._protected_args, *outer.args])  # type: ignore[attr-defined]
    command.make_context(name, rest, parent=outer)
    return str(name)


@pytest.mark.parametrize("name", _OURS)
def test_every_command_is_one_of_ours(name: str) -> None:
    assert _understands(_SERVICES[name]["command"]) in {"serve", "work", "keep", "egress", "migrate"}


def test_workers_have_a_browser_and_nobody_else_has() -> None:
    stages = (_ROOT / "Dockerfile").read_text().split("\nFROM ")
    with_browser = {stage.partition("\n")[0].rpartition(" AS ")[2] for stage in stages if "chromium" in stage}
    assert with_browser == {"worker"}
    built = {name: _SERVICES[name]["build"]["target"] for name in _OURS}
    assert {name for name, target in built.items() if target == "worker"} == {"worker-fetch", "worker-media"}
    assert all(f" AS {target}\n" in (_ROOT / "Dockerfile").read_text() for target in built.values())


def test_an_unknown_command_or_option_would_be_noticed() -> None:
    for wrong in (["serf"], ["work", "--line", "fetch"]):
        with pytest.raises(Exception, match="No such"):
            _understands(wrong)


def test_every_variable_of_ours_is_a_setting() -> None:
    told = {variable for name in _OURS for variable in _SERVICES[name]["environment"]}
    assert told
    assert {variable.removeprefix("SVIDOK_").lower() for variable in told} <= set(Settings.model_fields)


@pytest.mark.parametrize("chosen", ["", "https://archive.example.org"])
def test_people_log_in_through_tls_or_on_this_machine_only(chosen: str) -> None:
    told = _SERVICES["api"]["environment"]
    default = re.fullmatch(r"\$\{PUBLIC_URL:-(.+)\}", told["SVIDOK_PUBLIC_URL"])
    assert default
    settings = Settings(host=told["SVIDOK_HOST"], public_url=chosen or default[1])
    settings.refuse_open_host()
    assert settings.secure_origin == (chosen or None)
    [published] = _SERVICES["api"]["ports"]
    assert published == f"127.0.0.1:{default[1].rpartition(':')[2]}:{told['SVIDOK_PORT']}"


def test_what_the_map_is_built_with_is_in_the_image_before_it_is_built() -> None:
    before = (_ROOT / "Dockerfile").read_text().partition("basemap/build.py")[0]
    scripts = (_ROOT / "frontend" / "basemap").glob("*.py")
    wanted = {
        name.partition(".")[0]
        for script in scripts
        for node in ast.walk(ast.parse(script.read_text()))
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [])
    }
    ours = wanted & {"api", "workers", "storage"}
    assert ours
    assert all(f"COPY {room} {room}\n" in before for room in ours)
    assert "PYTHONPATH=/build python" in before[-40:]


def test_the_image_is_built_with_the_pages_or_not_at_all() -> None:
    """The wheel takes the pages along when they are there; the image's build ends where they are not."""
    steps = (_ROOT / "Dockerfile").read_text()
    built, wheel = steps.index("test -s dist/index.html"), steps.index("hatchling build")
    assert steps.index("npm run build") < built < wheel
    assert {"frontend/dist", "frontend/node_modules"} <= set((_ROOT / ".dockerignore").read_text().splitlines())


def test_the_workers_share_the_queues_and_leave_none_out() -> None:
    commands = [_SERVICES[name]["command"] for name in _OURS if _SERVICES[name]["command"][0] == "work"]
    assert sorted(queue for command in commands for queue in command[2::2]) == sorted(QUEUES)


@pytest.mark.parametrize("name", sorted(_SERVICES))
def test_no_container_has_more_rights_than_it_needs(name: str) -> None:
    service = _SERVICES[name]
    assert service["user"].split(":")[0] not in {"0", "root"}
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert "privileged" not in service
    assert "no-new-privileges:true" in service["security_opt"]


def test_only_the_egress_role_can_leave_and_only_the_api_can_be_reached() -> None:
    inside = {name for name, network in _COMPOSE["networks"].items() if network.get("internal")}
    leaving = {name for name, service in _SERVICES.items() if not set(service["networks"]) <= inside}
    assert leaving == {"egress", "api"}
    assert {name for name, service in _SERVICES.items() if "ports" in service} == {"api"}
    sharing = {name for name, service in _SERVICES.items() if any("egress:" in v for v in service.get("volumes", []))}
    assert sharing == {"egress", "worker-fetch"}


def test_everything_that_is_named_is_defined_and_exists() -> None:
    for service in _SERVICES.values():
        assert set(service["networks"]) <= set(_COMPOSE["networks"])
        assert set(service.get("depends_on", {})) <= set(_SERVICES)
        assert {volume.split(":")[0] for volume in service.get("volumes", [])} <= set(_COMPOSE["volumes"])
        for option in service["security_opt"]:
            if option.startswith("seccomp="):
                assert (_ROOT / option.removeprefix("seccomp=")).is_file()
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (_ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert copied
    for source in " ".join(copied).split():
        assert (_ROOT / source).exists()
        assert f"!{source}" in (_ROOT / ".dockerignore").read_text().splitlines()


@contextmanager
def _role(name: str, environment: dict[str, str]) -> Iterator[None]:
    told = {k: v for k, v in os.environ.items() if not k.startswith("SVIDOK_")} | environment
    role = subprocess.Popen(
        [sys.executable, "-m", "workers.cli", *_SERVICES[name]["command"]],
        env=told,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        role.terminate()
        role.wait(20)


def _is_healthy(name: str, *, there: str, here: str, within_s: float = 20) -> bool:
    """Run the container's own health check against a role that runs here."""
    kind, program, *arguments = _SERVICES[name]["healthcheck"]["test"]
    assert (kind, program) == ("CMD", "python")
    assert there in arguments[-1]
    question = [sys.executable, *arguments[:-1], arguments[-1].replace(there, here)]
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if subprocess.run(question, capture_output=True, check=False).returncode == 0:
            return True
        time.sleep(0.1)
    return False


def test_the_health_check_of_the_egress_role_answers(tmp_path: Path) -> None:
    place = str(tmp_path / "egress.sock")
    told = {"SVIDOK_EGRESS_SOCKET": place, "SVIDOK_EGRESS_LOG": str(tmp_path / "log")}
    assert not _is_healthy("egress", there="/egress/egress.sock", here=place, within_s=0.1)
    with _role("egress", told):
        assert _is_healthy("egress", there="/egress/egress.sock", here=place)


def test_the_health_check_of_the_api_answers(tmp_path: Path, database_url: str, broker_url: str) -> None:
    port = str(free_port())
    told = {
        "SVIDOK_VAULT": str(tmp_path),
        "SVIDOK_PORT": port,
        "SVIDOK_DATABASE_URL": database_url,
        "SVIDOK_BROKER_URL": broker_url,
    }
    assert not _is_healthy("api", there="8420", here=port, within_s=0.1)
    with _role("api", told):
        assert _is_healthy("api", there="8420", here=port)
