"""Every part of the stack is killed while it has work in its hands, and nothing is lost or done twice.

`SVIDOK_CHAOS_SEED` chooses another run, `SVIDOK_CHAOS_ROUNDS` a longer one (`make chaos`).
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

from tests.site import Site
from tests.workers.stack import Supervised, eventually, lives

SEED = int(os.environ.get("SVIDOK_CHAOS_SEED", "20261122"))
ROUNDS = int(os.environ.get("SVIDOK_CHAOS_ROUNDS", "1"))
INGESTS = 50
PARTS = ("postgres", "valkey", "worker", "pool child", "keeper", "api", "supervisor")
SERVICES = ("postgres", "valkey", "egress", "worker", "keeper", "api")
# Slow enough that a kill always meets transfers, quick enough that fifty of them end.
RATE = 12_000
SETTLED_WITHIN_S = 300.0


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
    """50 slow ingests; each part killed with SIGKILL while transfers run; seeded.

    A pool child is one that holds a running job; the others die while the site is sending, which is checked at the
    moment of the kill, so that no part dies idle.
    """
    chance = random.Random(SEED)
    environment = {
        "SVIDOK_EGRESS_ALLOW": site.allow,
        "SVIDOK_LEASE_S": "5",
        "SVIDOK_RETRY_BASE_S": "0.2",
        "SVIDOK_WORKER_PROCESSES": "6",
    }
    stack = Supervised(tmp_path / "vault", SERVICES, environment).start()
    try:
        stack.until_ready(60)
        archive = Archive(stack)
        receipts = [
            archive.call("/submissions", {"url": site.url(f"/slow.mp4?rate={RATE}&n={number}")}, key=f"ingest-{number}")
            for number in range(INGESTS)
        ]
        killed: list[str] = []
        for _ in range(ROUNDS):
            order = list(PARTS)
            chance.shuffle(order)
            for part in order:
                eventually(lambda: sum(site.sending.values()) >= 2, 60)
                time.sleep(chance.uniform(0.0, 1.0))
                stack = _kill(stack, part, site)
                killed.append(part)
        assert sorted(set(killed)) == sorted(PARTS)
        archive = Archive(stack)
        deadline = time.monotonic() + SETTLED_WITHIN_S
        left = list(receipts)
        while left and time.monotonic() < deadline:
            left = [one for one in left if not archive.call(f"/submissions/{one['submission']}")["settled"]]
            time.sleep(1)
        assert not left, f"seed {SEED}: {len(left)} ingests never settled\n{stack.log()}"
        expected = hashlib.sha256(site.media.direct).hexdigest()
        for receipt in receipts:
            _check(archive, stack, receipt, expected)
    finally:
        stack.stop()


def _kill(stack: Supervised, part: str, site: Site) -> Supervised:
    """Kill one part while the site is sending, and wait until the stack stands again."""
    if part == "supervisor":
        family = stack.family()
        eventually(lambda: sum(site.sending.values()) > 0, 30)
        stack.kill()
        eventually(lambda: not any(lives(member.pid) for member in family), 10)
        heir = Supervised(stack.vault, SERVICES, stack.environment, port=stack.port).start()
        heir.until_ready(60)
        return heir
    if part == "pool child":
        worker = psutil.Process(stack.pid("worker"))
        busy = _eventually_some(lambda: [child for child in worker.children() if child.children(recursive=True)])
        assert sum(site.sending.values()) > 0, "the pool child would have died idle"
        busy[0].kill()
        return stack
    pid = stack.pid(part)
    assert sum(site.sending.values()) > 0, f"{part} would have died idle"
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: stack.is_ready(part) and stack.pid(part) != pid, 30)
    return stack


def _eventually_some(find: Any) -> list[psutil.Process]:
    found: list[psutil.Process] = []

    def look() -> bool:
        found[:] = find()
        return bool(found)

    eventually(look, 30)
    return found


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
        ("analyse", "done"),
    ]
    captures = [
        event for event in archive.call(f"/items/{item['item']}/events")["data"] if event["event"]["type"] == "capture"
    ]
    assert len(captures) == 1
