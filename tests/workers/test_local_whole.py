"""The whole stack as an operator uses it: started, asked, hurt, stopped with work in its hands."""

import contextlib
import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.media import hostile
from tests.media.draw import cuts
from tests.workers.stack import Supervised, eventually, lives, patience
from workers.local import ROLES, STORES
from workers.stack.vault import Vault

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supervised]:
    supervised = Supervised(tmp_path_factory.mktemp("whole") / "vault", STORES + ROLES).start()
    try:
        supervised.until_ready()
        yield supervised
    finally:
        assert supervised.stop() == 0


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "Ряд 1.mp4"
    cuts(path)
    return path


def _svidok(whole: Supervised, *arguments: str, told: str = "") -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SVIDOK_")}
    return subprocess.run(
        [sys.executable, "-m", "workers.cli", *arguments, "--vault", str(whole.vault)],
        env=environment,
        input=told,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _ask(whole: Supervised, path: str, key: str = "", **more: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return httpx.request(
        "GET", f"http://127.0.0.1:{whole.port}{path}", headers=headers, timeout=20, trust_env=False, **more
    )


def _hand_in(whole: Supervised, film: Path, count: int) -> list[str]:
    """Several uploads of different bytes; their submissions."""
    submissions = []
    for number in range(count):
        answer = httpx.post(
            f"http://127.0.0.1:{whole.port}/api/v1/uploads",
            params={"name": f"{number}.mp4"},
            content=film.read_bytes() + number.to_bytes(8, "big"),
            headers={"Authorization": f"Bearer {Vault(whole.vault).operator_key()}"},
            timeout=20,
            trust_env=False,
        )
        assert answer.status_code == 202, answer.text
        submissions.append(answer.json()["submission"])
    return submissions


def _receipts(whole: Supervised, submissions: list[str]) -> list[dict[str, Any]]:
    key = Vault(whole.vault).operator_key()
    return [_ask(whole, f"/api/v1/submissions/{submission}", key).json() for submission in submissions]


def test_the_set_up_link_lets_the_first_person_in_once(whole: Supervised) -> None:
    page, _, token = whole.setup_link.partition("#")
    assert page == f"http://127.0.0.1:{whole.port}/setup"
    for log in (whole.vault / "logs").iterdir():
        assert token not in log.read_text()
    first = {"token": token, "email": "first@example.org", "password": "a long sentence of a password"}
    address = f"http://127.0.0.1:{whole.port}/api/v1/setup"
    answers = [httpx.post(address, json=first, timeout=20, trust_env=False).status_code for _ in range(2)]
    assert answers == [201, 403]


def test_a_file_goes_in_and_comes_out_as_shots_and_keyframes(whole: Supervised, film: Path) -> None:
    done = _svidok(whole, "ingest", str(film), "--wait", "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["capture"]["outcome"] == "captured"
    assert document["originals"][0]["size_bytes"] == film.stat().st_size
    assert [shot["transition"] for shot in document["shots"]] == ["start", "cut", "cut", "cut"]
    assert [keyframe["shot"] for keyframe in document["keyframes"]] == [0, 1, 2, 3]
    assert {keyframe["original"] for keyframe in document["keyframes"]} == {document["originals"][0]["sha256"]}
    assert {step["outcome"] for step in document["steps"]} == {"done"}
    assert document["events"] >= 4


def test_a_text_called_mp4_is_kept_as_an_outcome_and_exits_4(whole: Supervised, tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("not a film")
    done = _svidok(whole, "ingest", str(tmp_path / "text.mp4"), "--wait", "--json")
    document = json.loads(done.stdout)
    assert (done.returncode, document["capture"]["outcome"]) == (4, "not_media")
    assert [one["size_bytes"] for one in document["originals"]] == [len("not a film")]


def test_a_recording_that_broke_off_is_kept_and_taken_along_though_nothing_here_can_open_it(
    whole: Supervised, film: Path, tmp_path: Path
) -> None:
    broken = hostile.unfinished(film, tmp_path / "broken.mp4")
    done = _svidok(whole, "ingest", str(broken), "--wait", "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["capture"]["outcome"] == "partial"
    assert "moov" in document["capture"]["sentence"] or "cannot be opened" in document["capture"]["sentence"]
    [original] = document["originals"]
    assert (original["size_bytes"], original["media_type"]) == (broken.stat().st_size, "video/mp4")
    assert {step["name"]: step["outcome"] for step in document["steps"]}["probe"] == "dead"
    package = tmp_path / "package"
    assert _svidok(whole, "export", document["item"], "-o", str(package)).returncode == 0
    [taken] = (package / "data" / "originals").iterdir()
    assert taken.read_bytes() == broken.read_bytes()


@pytest.mark.parametrize("wrong", ["/no/such/file.mp4", "ftp://example.org/a.mp4", "http://user:pw@example.org/"])
def test_what_can_never_be_handed_in_is_wrong_usage(whole: Supervised, wrong: str) -> None:
    done = _svidok(whole, "ingest", wrong, "--wait", "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["sentence"]


def test_a_key_is_printed_once_alone_and_opens_what_its_role_may(whole: Supervised) -> None:
    made = _svidok(whole, "key", "add", "--role", "reviewer", "--name", "tests")
    assert made.returncode == 0, made.stderr
    key = made.stdout.strip()
    assert made.stdout == f"{key}\n"
    assert _ask(whole, "/api/v1/items", key).status_code == 200
    assert _ask(whole, "/api/v1/items", key[:-1] + ("A" if key[-1] != "A" else "B")).status_code == 401


def test_a_user_is_added_with_a_password_from_standard_input(whole: Supervised) -> None:
    arguments = ("user", "add", "ada@example.org", "--role", "lead", "--password-stdin")
    added = _svidok(whole, *arguments, told="a long sentence of a password\n")
    assert added.returncode == 0, added.stderr
    people = _ask(whole, "/api/v1/people", Vault(whole.vault).operator_key()).json()["data"]
    assert "ada" in [person["name"] for person in people]
    again = _svidok(whole, *arguments, told="a long sentence of a password\n")
    assert again.returncode == 1
    assert "ada@example.org" in again.stderr or "taken" in again.stderr or "already" in again.stderr


def test_a_forgotten_password_is_replaced_and_people_are_listed(whole: Supervised) -> None:
    person = ("user", "add", "sole@example.org", "--role", "admin", "--password-stdin")
    assert _svidok(whole, *person, told="a long sentence of a password\n").returncode == 0
    again = ("user", "password", "sole@example.org", "--password-stdin")
    assert _svidok(whole, *again, told="short\n").returncode == 1
    replaced = _svidok(whole, *again, told="quite another sentence\n")
    assert replaced.returncode == 0, replaced.stderr
    log_ins = f"http://127.0.0.1:{whole.port}/api/v1/sessions"
    tried = {
        password: httpx.post(
            log_ins,
            json={"email": "sole@example.org", "password": password},
            headers={"Origin": f"http://127.0.0.1:{whole.port}"},
            timeout=20,
            trust_env=False,
        ).status_code
        for password in ("quite another sentence", "a long sentence of a password")
    }
    assert tried == {"quite another sentence": 201, "a long sentence of a password": 401}
    assert any(
        line.startswith("sole@example.org  ") and line.endswith("  admin")
        for line in _svidok(whole, "user", "list").stdout.splitlines()
    )


def test_the_operator_token_is_its_owners_alone_and_opens_everything(whole: Supervised) -> None:
    token = whole.vault / "operator.token"
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    assert _ask(whole, "/api/v1/items", token.read_text().strip()).status_code == 200
    for child in whole.family():
        with contextlib.suppress(psutil.NoSuchProcess):  # some are ending just now; the parts are not
            assert token.read_text().strip() not in " ".join(child.cmdline())


def test_the_doctor_sees_the_running_stack(whole: Supervised) -> None:
    seen = _svidok(whole, "doctor", "--json")
    findings = {finding["name"]: finding for finding in json.loads(seen.stdout)["findings"]}
    assert findings["stack"]["state"] == "ok"
    assert findings["database"]["state"] == "ok"
    assert findings["append-only"]["state"] == "ok"
    assert findings["broker"]["state"] == "ok"


def test_to_hand_in_starts_a_stack_for_the_duration_and_says_where_it_makes_an_archive(tmp_path: Path) -> None:
    lonely = Supervised(tmp_path / "vault")
    (tmp_path / "text.mp4").write_text("not a film")
    made = _svidok(lonely, "ingest", str(tmp_path / "text.mp4"), "--json")
    assert made.returncode == 0, made.stderr
    assert f"There is no vault at {lonely.vault} yet: a new archive is made there." in made.stderr
    assert json.loads(made.stdout)["item"]
    assert {part["state"] for part in lonely.status().values()} == {"stopped"}
    assert not (lonely.vault / "run" / "address.json").exists()


@pytest.mark.fault
@pytest.mark.parametrize("name", ROLES)
def test_fault_A3_a_killed_role_is_back_within_five_seconds(whole: Supervised, name: str) -> None:
    before = whole.status()[name]
    os.kill(before["pid"], signal.SIGKILL)
    eventually(lambda: whole.status()[name]["restarts"] == before["restarts"] + 1, patience(2))
    # Callers of the API wait while it is born again; none is refused.
    assert _ask(whole, "/healthz").status_code == 200
    eventually(whole.is_ready, patience(5))
    eventually(lambda: _ask(whole, "/readyz").status_code == 200, patience(5))


@pytest.mark.fault
def test_fault_A12_a_stop_in_the_middle_of_work_loses_none_and_A5_a_killed_supervisor_leaves_no_child(
    tmp_path: Path, film: Path
) -> None:
    vault, services = tmp_path / "vault", STORES + ROLES
    environment = {"SVIDOK_WORKER_PROCESSES": "5", "SVIDOK_LEASE_S": "5"}
    first = Supervised(vault, services, environment).start()
    first.until_ready()
    submissions = _hand_in(first, film, 5)
    eventually(lambda: _has_running_job(_receipts(first, submissions)), 30)
    began = time.monotonic()
    assert first.stop() == 0
    assert time.monotonic() - began < patience(30)
    assert "database system is shut down" in (vault / "logs" / "postgres.log").read_text().splitlines()[-1]

    second = Supervised(vault, services, environment).start()
    try:
        second.until_ready()
        eventually(lambda: all(receipt["settled"] for receipt in _receipts(second, submissions)), 120)
        assert {receipt["outcome"] for receipt in _receipts(second, submissions)} == {"captured"}
        family = second.family()
        assert len(family) > len(services) + 5
    finally:
        second.kill()
    eventually(lambda: not [child for child in family if lives(child.pid)], patience(5))


def _has_running_job(receipts: list[dict[str, Any]]) -> bool:
    return any(step["state"] == "running" for receipt in receipts for step in receipt["steps"])
