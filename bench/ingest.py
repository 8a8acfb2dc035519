"""A capture from submission until it is sealed, against yt-dlp alone and a digest of its file: same file, same run."""

import argparse
import json as jsons
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil

from storage.settings import Settings
from tests.site import Site, draw_media, open_site
from workers.sources.arguments import software
from workers.stack.running import running_stack
from workers.stack.vault import Vault

RUNS = 5
SIZE_BYTES = 200_000_000
_PATIENCE_S = 300.0


def peer_s(site: Site, number: int, folder: Path) -> float:
    """Wall-clock seconds of yt-dlp fetching the file, and of one SHA-256 over it; nothing is checked, noted or kept."""
    file = folder / f"{number}.mp4"
    fetch = [sys.executable, "-m", "yt_dlp", "--ignore-config", "--quiet", "--no-warnings", "--output", str(file)]
    started = time.monotonic()
    subprocess.run([*fetch, _url(site, f"peer-{number}")], check=True)
    subprocess.run(["sha256sum", str(file)], check=True, capture_output=True)
    spent_s = time.monotonic() - started
    assert file.stat().st_size == SIZE_BYTES
    file.unlink()
    return spent_s


def ours_s(client: httpx.Client, site: Site, number: int) -> float:
    """Wall-clock seconds from the submission until the capture is sealed: fetched through proxy and box, looked at,
    digested twice, durable on disk, and written into the custody ledger.
    """
    started = time.monotonic()
    receipt = client.post("/submissions", json={"url": _url(site, f"ours-{number}")}).raise_for_status().json()
    while time.monotonic() - started < _PATIENCE_S:
        item = client.get(f"/items/{receipt['item']}").raise_for_status().json()
        if item["captures"]:
            spent_s = time.monotonic() - started
            [capture] = item["captures"]
            assert capture["outcome"] == "captured", capture
            _let_end(client, receipt["submission"])
            return spent_s
        time.sleep(0.02)
    raise TimeoutError("the capture was not sealed in time")


def _let_end(client: httpx.Client, submission: str) -> None:
    """Until the steps after the capture have ended too: they must not run beside what is measured next."""
    while not client.get(f"/submissions/{submission}").raise_for_status().json()["settled"]:
        time.sleep(0.1)


def machine() -> dict[str, Any]:
    """What the figures were measured on: they mean nothing without it."""
    models = re.findall(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    load = os.getloadavg()
    return {
        "system": f"{platform.system()} {platform.release()}",
        "processor": models[0] if models else platform.machine(),
        "processors": os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "python": platform.python_version(),
        "temporary_files": next(
            (part.fstype for part in _mounts() if Path(tempfile.gettempdir()).is_relative_to(part.mountpoint)),
            "unknown",
        ),
        "load_before": [round(one, 2) for one in load],
    }


def _mounts() -> list[Any]:
    """Mounted file systems, the deepest first."""
    return sorted(psutil.disk_partitions(all=True), key=lambda part: len(part.mountpoint), reverse=True)


def run(*, json: bool = False) -> dict[str, Any]:
    """Measure both in turn, print one line or one JSON document, and return that document."""
    ours, peer, on = [], [], machine()
    with tempfile.TemporaryDirectory() as name, open_site(draw_media(Path(name))) as site:
        folder = Path(name)
        with _archive(folder / "vault", site) as client:
            ours_s(client, site, 0)  # the first use of everything is nobody's measure
            peer_s(site, 0, folder)
            for number in range(1, RUNS + 1):
                peer.append(peer_s(site, number, folder))
                ours.append(ours_s(client, site, number))
    results = {
        "benchmark": "ingest",
        "machine": on,
        "peer": f"yt-dlp {software()['yt-dlp']} and sha256sum",
        "size_bytes": SIZE_BYTES,
        "runs": RUNS,
        "peer_s": round(statistics.median(peer), 3),
        "ours_s": round(statistics.median(ours), 3),
        "ratio": round(statistics.median(ours) / statistics.median(peer), 3),
        "ratios": [round(one / other, 3) for one, other in zip(ours, peer, strict=True)],
    }
    if json:
        sys.stdout.write(jsons.dumps(results) + "\n")
    else:
        print(
            f"ingest / {results['peer']}: {results['ratio']:.2f} x "
            f"({results['ours_s']:.2f} / {results['peer_s']:.2f} s for {SIZE_BYTES / 1e6:.0f} MB, medians of {RUNS})"
        )
    return results


@contextmanager
def _archive(vault: Path, site: Site) -> Iterator[httpx.Client]:
    """A whole stack on a vault of its own, allowed to reach the site, and a client with the operator's key."""
    os.environ["SVIDOK_EGRESS_ALLOW"] = site.allow
    settings = Settings(vault=vault)
    with running_stack(settings) as url:
        key = Vault(settings.vault).operator_key()
        headers = {"Authorization": f"Bearer {key}"}
        with httpx.Client(base_url=f"{url}/api/v1", headers=headers, timeout=60, trust_env=False) as client:
            yield client


def _url(site: Site, name: str) -> str:
    return site.url(f"/large.mp4?bytes={SIZE_BYTES}&for={name}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    run(json=parser.parse_args().json)
