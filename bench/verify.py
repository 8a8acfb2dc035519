"""Checking a package offline, against a SHA-256 over the same bytes by the system's own tool: same files, same run."""

import argparse
import io
import json as jsons
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from storage.db.migration import migrate
from storage.db.session import open_engine
from tests.storage.package import packed as packing
from workers.stack.embedded import scratch_postgres

RUNS = 5
SIZE_BYTES = 400_000_000


def peer_s(folder: Path) -> float:
    """Wall-clock seconds of sha256sum over every file of the package."""
    files = [str(path) for path in folder.rglob("*") if path.is_file()]
    started = time.monotonic()
    subprocess.run(["sha256sum", "--", *files], check=True, capture_output=True)
    return time.monotonic() - started


def ours_s(folder: Path, keys: Path) -> float:
    """Wall-clock seconds of `svidok verify`, from the command to its exit code."""
    started = time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "workers.cli", "verify", str(folder), "--key", str(keys)],
        check=True,
        capture_output=True,
    )
    return time.monotonic() - started


def measure() -> dict[str, Any]:
    """Medians of both over one package, and their ratio."""
    with tempfile.TemporaryDirectory(prefix="svidok-bench-") as place:
        with scratch_postgres(Path(place) / "pg") as url:
            engine = open_engine(url)
            migrate(engine)
            block = io.BytesIO(bytes(range(256)) * 4096).getvalue()
            packing.ORIGINAL = block * (SIZE_BYTES // len(block))
            package = packing.pack(engine, Path(place) / "archive")
            engine.dispose()
        keys = Path(place) / "keys.txt"
        keys.write_text(f"{package.signer.public}\n")
        pairs = [(peer_s(package.folder), ours_s(package.folder, keys)) for _ in range(RUNS)]
    peer, ours = (statistics.median(times) for times in zip(*pairs, strict=True))
    return {
        "bench": "verify",
        "bytes": SIZE_BYTES,
        "runs": RUNS,
        "sha256sum_s": round(peer, 3),
        "verify_s": round(ours, 3),
        "ratio": round(ours / peer, 2),
        "goal": 1.3,
        "machine": f"{psutil.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
    }


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--json", action="store_true")
    told = measure()
    if asked.parse_args().json:
        print(jsons.dumps(told, indent=1))
    else:
        print(f"verify {told['verify_s']} s, sha256sum {told['sha256sum_s']} s over {told['bytes']:,} bytes: "
              f"{told['ratio']} times (goal {told['goal']}); medians of {told['runs']}; {told['machine']}")  # fmt: skip
