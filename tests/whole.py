"""One whole stack for the tests that walk through every room, and the command as a person would type it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.site import Site
from tests.workers.stack import Supervised, patience

SERVICES = ("postgres", "valkey", "egress", "worker", "keeper", "api")


@dataclass(frozen=True)
class House:
    """A running stack, its operator's API, and the `svidok` command."""

    stack: Supervised
    api: httpx.Client

    def svidok(self, *arguments: str, expect: int = 0, **environment: str) -> str:
        """Run the command; its standard output."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SVIDOK_")}
        ended = subprocess.run(
            [sys.executable, "-P", "-m", "workers.cli", *arguments],
            capture_output=True,
            text=True,
            timeout=patience(180),
            env=inherited | {"SVIDOK_VAULT": str(self.stack.vault), **environment},
        )
        assert ended.returncode == expect, (ended.returncode, ended.stdout, ended.stderr)
        return ended.stdout

    def ingest(self, what: str, *more: str, expect: int = 0) -> dict[str, Any]:
        """`svidok ingest WHAT --wait --json`; the document it prints."""
        return dict(json.loads(self.svidok("ingest", what, "--wait", "--json", *more, expect=expect)))

    def get(self, path: str, **query: str) -> Any:
        return self.api.get(path, params=query).raise_for_status().json()

    def post(self, path: str, body: Mapping[str, Any], **headers: str) -> Any:
        answer = self.api.post(path, json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()


def settled(api: httpx.Client, submission: str) -> dict[str, Any]:
    """The receipt once nothing more is done for it; who waits long asks seldom, which leaves time to the work."""
    began, within_s = time.monotonic(), patience(120)
    while True:
        receipt = dict(api.get(f"/submissions/{submission}").raise_for_status().json())
        if receipt["settled"]:
            return receipt
        waited = time.monotonic() - began
        assert waited < within_s, receipt
        time.sleep(min(max(0.1, waited / 10), 1.0))


@contextmanager
def open_house(site: Site, vault: Path, *, keeps_pages: bool = False) -> Iterator[House]:
    """The whole stack on a fresh vault; the loopback site is its only exception to the address policy.

    Two browsers for each capture are much of what a run costs: pages are kept where a test is about them.
    """
    # Everything comes from one site here: at two fetches a site, the default, half of the workers would wait.
    environment = {"SVIDOK_EGRESS_ALLOW": site.allow, "SVIDOK_RETRY_BASE_S": "0.2", "SVIDOK_SITE_LIMIT": "4"}
    environment |= {"SVIDOK_KEEP_PAGES": str(keeps_pages)}
    stack = Supervised(vault, SERVICES, environment).start()
    try:
        stack.until_ready()
        token = (vault / "operator.token").read_text().strip()
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=f"http://127.0.0.1:{stack.port}/api/v1", headers=headers, timeout=30) as api:
            yield House(stack, api)
    finally:
        stack.stop()
