"""Every part of the stack is killed, emptied or frozen while work is in its hands; nothing is lost or done twice.

`SVIDOK_CHAOS_SEED` chooses another run; `SVIDOK_CHAOS_INGESTS` and `SVIDOK_CHAOS_ROUNDS` a longer one (`make chaos`).
"""

import hashlib
import json
import os
import random
import signal
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import psutil
import pytest
from redis import Redis

from tests.site import Site
from tests.workers.stack import Supervised, eventually, lives, patience

SEED = int(os.environ.get("SVIDOK_CHAOS_SEED", "20261122"))
ROUNDS = int(os.environ.get("SVIDOK_CHAOS_ROUNDS", "1"))
INGESTS = int(os.environ.get("SVIDOK_CHAOS_INGESTS", "12"))
KILLED = ("postgres", "valkey", "worker", "pool child", "keeper", "api", "supervisor")
FAULTS = (*KILLED, "emptied broker", "frozen child")
SERVICES = ("postgres", "valkey", "egress", "worker", "keeper", "api")
# Slow enough that a kill always meets transfers, quick enough that all of them end: half a minute each. Few slow ones
# are met as surely as many quick ones, and each costs a whole analysis.
RATE = 3_500
SETTLED_WITHIN_S = 300.0
LEASE_S = 5


class Archive:
    """The stack as its operator sees it, over HTTP."""

    def __init__(self, stack: Supervised) -> None:
        self._stack = stack

    def call(self, path: str, body: dict[str, Any] | None = None, key: str = "") -> Any:
        """Ask until somebody answers: the API may be dead just now. The key makes a repeated POST one submission."""
        token = (self._stack.vault / "operator.token").read_text().strip()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Idempotency-Key": key}
        deadline = time.monotonic() + 60
        while True:
            request = urllib.request.Request(
                f"http://127.0.0.1:{self._stack.port}/api/v1{path}",
                data=None if body is None else json.dumps(body).encode(),
                headers={name: value for name, value in headers.items() if value},
            )
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:
                    return json.load(answer)
            except OSError as error:
                refused = isinstance(error, urllib.error.HTTPError) and error.code < 500
                if refused or time.monotonic() > deadline:
                    raise
                time.sleep(0.2)


@pytest.mark.chaos
@pytest.mark.stack
def test_whatever_is_killed_in_mid_transfer_every_ingest_ends_with_one_capture_and_its_originals(
    tmp_path: Path, site: Site
) -> None:
    """Slow ingests; each part killed with SIGKILL while transfers run; seeded.

    A pool child is one that holds a running job; the others die while the site is sending, which is checked at the
    moment of the kill, so that no part dies idle.
    """
    chance = random.Random(SEED)
    environment = {
        "SVIDOK_EGRESS_ALLOW": site.allow,
        "SVIDOK_LEASE_S": str(LEASE_S),
        "SVIDOK_RETRY_BASE_S": "0.2",
        "SVIDOK_WORKER_PROCESSES": "6",
        "SVIDOK_SITE_LIMIT": "6",
    }
    stack = Supervised(tmp_path / "vault", SERVICES, environment).start()
    try:
        stack.until_ready()
        archive = Archive(stack)
        receipts = [
            archive.call("/submissions", {"url": site.url(f"/slow.mp4?rate={RATE}&n={number}")}, key=f"ingest-{number}")
            for number in range(INGESTS)
        ]
        done: list[str] = []
        for _ in range(ROUNDS):
            order = list(FAULTS)
            chance.shuffle(order)
            for fault in order:
                time.sleep(chance.uniform(0.0, 2.0))
                eventually(lambda: sum(site.sending.values()) >= 2, patience(60))
                stack = _harm(stack, fault, site)
                done.append(fault)
        assert sorted(set(done)) == sorted(FAULTS)
        archive = Archive(stack)
        deadline = time.monotonic() + patience(SETTLED_WITHIN_S)
        for receipt in receipts:
            while not archive.call(f"/submissions/{receipt['submission']}")["settled"]:
                assert time.monotonic() < deadline, f"seed {SEED}: not all ingests settled\n{stack.log()}"
                time.sleep(1)
        expected = hashlib.sha256(site.media.direct).hexdigest()
        for receipt in receipts:
            _check(archive, stack, receipt, expected)
    finally:
        stack.stop()


def _harm(stack: Supervised, fault: str, site: Site) -> Supervised:
    """Do one harm while the site is sending, and wait until the stack stands again."""
    match fault:
        case "supervisor":
            family = stack.family()
            _assert_busy(site, fault)
            stack.kill()
            eventually(lambda: not any(lives(member.pid) for member in family), patience(10))
            heir = Supervised(stack.vault, SERVICES, stack.environment, port=stack.port).start()
            heir.until_ready()
            return heir
        case "pool child":
            child = _fetching_child(stack, site)
            _assert_busy(site, fault)
            child.kill()
        case "frozen child":
            child = _fetching_child(stack, site)
            _assert_busy(site, fault)
            child.suspend()
            time.sleep(LEASE_S * 1.5)
            child.resume()
        case "emptied broker":
            _assert_busy(site, fault)
            password = (stack.vault / "valkey.secret").read_text().strip()
            Redis(unix_socket_path=str(stack.vault / "run" / "valkey.sock"), password=password).flushall()
        case part:
            pid = stack.pid(part)
            _assert_busy(site, fault)
            os.kill(pid, signal.SIGKILL)
            eventually(lambda: stack.is_ready(part, other_than=pid), patience(30))
    return stack


def _assert_busy(site: Site, fault: str) -> None:
    assert sum(site.sending.values()) > 0, f"nothing was being transferred when this befell: {fault}"


def _fetching_child(stack: Supervised, site: Site) -> psutil.Process:
    """A child of the worker that is fetching just now."""
    worker, found = psutil.Process(stack.pid("worker")), []

    def look() -> bool:
        found[:] = [child for child in worker.children() if any(map(_fetches, child.children(recursive=True)))]
        return bool(found) and sum(site.sending.values()) > 0

    eventually(look, patience(30))
    return found[0]


def _fetches(program: psutil.Process) -> bool:
    try:
        return any("workers.sources.fetch" in word or "fetch.py" in word for word in program.cmdline())
    except psutil.Error:
        return False


def _check(archive: Archive, stack: Supervised, receipt: dict[str, Any], expected: str) -> None:
    item = archive.call(f"/items/{receipt['item']}")
    assert [capture["outcome"] for capture in item["captures"]] == ["captured"], item
    originals = [file for file in item["files"] if file["role"] == "original"]
    assert [file["sha256"] for file in originals] == [expected]
    kept = stack.vault / "blobs" / "sha256" / expected[:2] / expected[2:4] / expected
    assert hashlib.sha256(kept.read_bytes()).hexdigest() == expected
    assert [(step["name"], step["outcome"]) for step in item["steps"]] == [
        ("capture", "done"),
        ("probe", "done"),
        ("credentials", "done"),
        ("arrival", "done"),
        ("analyse", "done"),
        ("review", "done"),
        ("match", "done"),
        ("ocr", "done"),
        ("speech", "done"),
        ("faces", "done"),
        ("redact", "done"),
    ]
    captures = [
        event for event in archive.call(f"/items/{item['item']}/events")["data"] if event["event"]["type"] == "capture"
    ]
    assert len(captures) == 1
