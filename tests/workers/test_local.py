"""The embedded stack under faults: the rows A1 to A18 of the matrix that need only its stores."""

import contextlib
import os
import pwd
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from pydantic import ValidationError

from storage.settings import Settings
from tests.workers.stack import STORES, Supervised, eventually, lives, patience, stack
from workers.stack import vault as vaults
from workers.stack.vault import ALREADY_RUNNING, PORT_BUSY, UNSAFE_PLACE, NotStarted, Vault, network_filesystem

pytestmark = [pytest.mark.stack, pytest.mark.fault]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs to become other users")


def _application(vault: Path, password: str | None = None) -> psycopg.Connection:
    """A connection with the rights of the application."""
    place = Vault(vault)
    return psycopg.connect(
        host=str(place.socket_folder()),
        user="svidok",
        dbname="svidok",
        password=place.secret("postgres") if password is None else password,
        connect_timeout=3,
    )


def _works(vault: Path) -> bool:
    with _application(vault) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supervised]:
    """One stack that several tests hurt; each leaves it as it was."""
    with stack(tmp_path_factory.mktemp("shared") / "vault") as supervised:
        yield supervised


def test_fault_A1_first_start_as_root_changes_nothing_outside_the_vault(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    people = Path("/etc/passwd").read_bytes()
    supervised = Supervised(tmp_path / "vault").start()
    try:
        assert supervised.until_ready() < patience(10)
        assert _works(supervised.vault)
    finally:
        assert supervised.stop() == 0
    assert Path("/etc/passwd").read_bytes() == people
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755
    assert stat.S_IMODE(supervised.vault.stat().st_mode) == 0o700
    assert (supervised.vault / "pg").stat().st_uid == os.geteuid()
    assert "database system is shut down" in (supervised.vault / "logs" / "postgres.log").read_text()


@as_root
def test_fault_A1_root_without_user_namespaces_runs_the_server_as_another_user(tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    with stack(vault):
        pass  # made by a root that could map users; the files change hands
    refusing = (sys.executable, str(Path(__file__).with_name("without_namespaces.py")))
    supervised = Supervised(vault, prefix=refusing).start()
    try:
        supervised.until_ready()
        assert _works(vault)
        assert psutil.Process(supervised.pid("postgres")).uids().real == pwd.getpwnam("daemon").pw_uid
        assert stat.S_IMODE(vault.stat().st_mode) == 0o700
    finally:
        os.kill(int((vault / ".lock").read_text()), signal.SIGTERM)
        supervised.process.communicate(timeout=30)
    with stack(vault):
        assert _works(vault)


@as_root
def test_fault_A2_starts_for_an_ordinary_user_in_a_closed_home(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    # To the program this is user 1000 without any right over what root owns outside this mapping.
    ordinary = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")
    with stack(home / "vault", prefix=ordinary, environment={"HOME": str(home)}) as supervised:
        assert _works(supervised.vault)


@pytest.mark.parametrize("name", STORES)
def test_fault_A3_a_killed_store_is_back_within_five_seconds(running: Supervised, name: str) -> None:
    before = running.status()[name]
    os.kill(before["pid"], signal.SIGKILL)
    eventually(lambda: not running.is_ready(), patience(5))
    eventually(running.is_ready, patience(5))
    assert running.status()[name]["restarts"] == before["restarts"] + 1
    assert _works(running.vault)


def test_fault_A4_all_children_killed_lose_nothing_that_was_acknowledged(running: Supervised) -> None:
    with _application(running.vault) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS acknowledged (n int)")
        connection.execute("INSERT INTO acknowledged SELECT generate_series(1, 1000)")
    running.kill_family()
    eventually(lambda: not running.is_ready(), patience(5))
    eventually(running.is_ready, patience(15))
    with _application(running.vault) as connection:
        assert connection.execute("SELECT count(*) FROM acknowledged").fetchone() == (1000,)
        connection.execute("DROP TABLE acknowledged")


def test_fault_A5_children_end_with_the_supervisor_and_the_next_start_is_clean(tmp_path: Path) -> None:
    supervised = Supervised(tmp_path / "vault").start()
    supervised.until_ready()
    children = supervised.family()
    assert len(children) > len(STORES)
    supervised.kill()
    # At once, while the old ones are still stopping.
    second = Supervised(tmp_path / "vault").start()
    try:
        assert second.until_ready() < patience(15)
        assert [child for child in children if lives(child.pid)] == []
        assert _works(second.vault)
        assert second.status()["postgres"]["restarts"] == second.status()["valkey"]["restarts"] == 0
    finally:
        second.stop()


def test_fault_A6_of_two_starts_at_once_one_wins_and_the_other_names_it(tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    for state in ("fresh", "used", "just crashed"):
        first, second = Supervised(vault).start(), Supervised(vault).start()
        eventually(lambda both=(first, second): any(one.process.poll() is not None for one in both), 30)
        loser, winner = (first, second) if first.process.poll() is not None else (second, first)
        said = loser.process.communicate()[1]
        assert loser.process.returncode == ALREADY_RUNNING, state
        assert f"process {winner.process.pid}" in said, state
        winner.until_ready()
        if state == "used":
            winner.kill_family()
            winner.kill()
        else:
            winner.stop()


def test_fault_A7_a_kill_in_any_phase_of_the_first_start_leaves_nothing_half_made(tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    phases = [
        vault / "pg.init" / "base",
        vault / "pg.init" / "global" / "pg_control",
        vault / "pg" / "postmaster.pid",
        vault / "run" / ".s.PGSQL.5432",
    ]
    for phase in phases:
        supervised = Supervised(vault).start()
        eventually(phase.exists, 15)
        supervised.kill()
    with stack(vault):
        assert _works(vault)
        assert not (vault / "pg.init").exists()


def test_fault_A8_a_path_may_hold_anything_but_a_line_break(tmp_path: Path) -> None:
    with stack(tmp_path / "a b'c\"d é%41 \\n $x, свідок") as supervised:
        assert _works(supervised.vault)
    with pytest.raises(ValidationError, match="line break"):
        Settings(vault=tmp_path / "a\nb")


@pytest.fixture
def runtime() -> Iterator[Path]:
    """A runtime folder with a short name, as a real one has."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def test_fault_A9_a_long_path_moves_the_sockets_to_a_private_folder(tmp_path: Path, runtime: Path) -> None:
    vault = tmp_path / ("long" * 45)
    with stack(vault, environment={"XDG_RUNTIME_DIR": str(runtime)}):
        (sockets,) = runtime.iterdir()
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        assert {path.name for path in sockets.iterdir()} >= {".s.PGSQL.5432", "valkey.sock"}
        assert not [path for path in (vault / "run").iterdir() if path.is_socket()]


def test_fault_A10_a_runtime_folder_somebody_else_made_is_refused(
    tmp_path: Path, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    vault = Vault(tmp_path / ("long" * 45))
    folder = vault.socket_folder()
    assert vault.socket_folder() == folder
    folder.chmod(0o750)
    with pytest.raises(NotStarted, match="ours alone"):
        vault.socket_folder()
    folder.rmdir()
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NotStarted, match="ours alone"):
        vault.socket_folder()
    if os.geteuid() == 0:
        folder.unlink()
        folder.mkdir(mode=0o700)
        os.chown(folder, 65534, 65534)
        with pytest.raises(NotStarted, match="65534"):
            vault.socket_folder()


def test_fault_A10_a_run_folder_replaced_by_a_link_stops_the_start(tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    vault.mkdir(mode=0o700)
    (vault / "run").symlink_to(tmp_path)
    supervised = Supervised(vault).start()
    _, said = supervised.process.communicate(timeout=30)
    assert supervised.process.returncode == UNSAFE_PLACE
    assert "ours alone" in said


def test_fault_A11_a_stranger_with_the_number_of_a_dead_server_is_left_alone(tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    with stack(vault):
        named = (vault / "pg" / "postmaster.pid").read_text()
    with subprocess.Popen(["sleep", "60"]) as stranger:
        pid_file = vault / "pg" / "postmaster.pid"
        pid_file.write_text(f"{stranger.pid}\n" + named.partition("\n")[2])
        pid_file.chmod(0o600)
        with stack(vault) as supervised:
            assert _works(vault)
            assert supervised.status()["postgres"]["restarts"] == 0
        assert stranger.poll() is None
        stranger.kill()


def test_fault_A13_a_busy_port_stops_the_start_before_anything_is_made(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        supervised = Supervised(tmp_path / "vault", port=other.getsockname()[1]).start()
        _, said = supervised.process.communicate(timeout=30)
    assert supervised.process.returncode == PORT_BUSY
    assert f"port {supervised.port}" in said
    assert "--port" in said
    assert not (supervised.vault / "pg").exists()
    assert not (supervised.vault / "run" / "address.json").exists()


def test_fault_A16_another_postgres_on_the_path_is_not_used(tmp_path: Path) -> None:
    for name in ("postgres", "initdb", "pg_isready", "valkey-server"):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f'#!/bin/sh\necho used > "{tmp_path}/used"\nexit 1\n')
        program.chmod(0o755)
    other = {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}", "PGHOST": "192.0.2.1", "PGDATA": "/nowhere", "PGPORT": "1"}
    with stack(tmp_path / "vault", environment=other) as supervised:
        assert _works(supervised.vault)
    assert not (tmp_path / "used").exists()


@as_root
def test_fault_A18_another_local_user_can_open_nothing(running: Supervised) -> None:
    for folder in [*running.vault.parents][:-1]:
        if folder.is_relative_to("/tmp/pytest-of-root"):
            folder.chmod(folder.stat().st_mode | 0o055)
    sockets = [path for path in (running.vault / "run").iterdir() if path.is_socket()]
    files = [path for path in running.vault.rglob("*") if path.is_file()]
    assert sockets
    assert files
    os.seteuid(pwd.getpwnam("nobody").pw_uid)
    try:
        for path in sockets:
            with socket.socket(socket.AF_UNIX) as client, pytest.raises(PermissionError):
                client.connect(str(path))
        for path in files:
            with pytest.raises(PermissionError):
                path.open()
    finally:
        os.seteuid(0)


def test_fault_A18_the_right_socket_with_the_wrong_password_is_refused(running: Supervised) -> None:
    with pytest.raises(psycopg.OperationalError, match="password"):
        _application(running.vault, password="guessed")
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(running.vault / "run" / "valkey.sock"))
        client.sendall(b"PING\r\n")
        assert client.recv(100).startswith(b"-NOAUTH")


def test_fault_A18_no_secret_is_ever_an_argument(running: Supervised) -> None:
    place = Vault(running.vault)
    secrets = {place.secret(name) for name in ("postgres-admin", "postgres", "valkey")}
    assert len(secrets) == 3
    seen = 0
    for child in running.family():
        with contextlib.suppress(psutil.NoSuchProcess):  # some are ending just now; the parts are not
            assert not [secret for secret in secrets if secret in " ".join(child.cmdline())]
            seen += 1
    assert seen >= len(running.status())
    for log in (running.vault / "logs").iterdir():
        assert not [secret for secret in secrets if secret in log.read_text()]


def test_two_who_ask_at_once_for_a_secret_that_is_not_there_yet_get_the_same_one(tmp_path: Path) -> None:
    """The first may have made a database with it by the time the second writes."""
    path = tmp_path / "postgres.secret"

    def while_another_is_quicker() -> str:
        assert vaults._keep(path, lambda: "theirs") == "theirs"
        return "mine"

    assert vaults._keep(path, while_another_is_quicker) == "theirs"
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("theirs\n", 0o600)


def test_the_application_is_not_the_superuser(running: Supervised) -> None:
    with _application(running.vault) as connection:
        assert connection.execute("SELECT rolsuper, rolcreaterole FROM pg_roles WHERE rolname = user").fetchone() == (
            False,
            False,
        )
        assert connection.execute("SHOW data_checksums").fetchone() == ("on",)
        assert connection.execute("SHOW fsync").fetchone() == ("on",)


def test_a_clean_stop_leaves_no_process_and_no_address(tmp_path: Path) -> None:
    supervised = Supervised(tmp_path / "vault").start()
    supervised.until_ready()
    children = supervised.family()
    assert (supervised.vault / "run" / "address.json").exists()
    began = time.monotonic()
    assert supervised.stop() == 0
    assert time.monotonic() - began < patience(5)
    assert [child for child in children if lives(child.pid)] == []
    assert not (supervised.vault / "run" / "address.json").exists()
    assert {entry["state"] for entry in supervised.status().values()} == {"stopped"}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/a/vault", None),
        ("/mnt/share/vault", "nfs4"),
        ("/mnt/shared", None),
        ("/mnt/share/local/vault", None),
    ],
)
def test_a_vault_on_a_network_file_system_is_recognised(path: str, kind: str | None) -> None:
    mounts = [("/", "ext4"), ("/mnt/share", "nfs4"), ("/mnt/share/local", "xfs")]
    assert network_filesystem(Path(path), mounts) == kind
