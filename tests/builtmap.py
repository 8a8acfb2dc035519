"""The built map, as `make setup` leaves it; built here when it is not fresh."""

import fcntl
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "frontend" / "basemap"
FOLDER = SOURCES / "build"
ATLAS = ROOT / "frontend" / "node_modules" / "world-atlas"


def built_map() -> Path:
    """The folder of the built files; one test process builds at a time."""
    with (Path(tempfile.gettempdir()) / "svidok-map.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        run_build("--out", str(FOLDER)).check_returncode()
    return FOLDER


def run_build(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the build as `make setup` does."""
    command = [sys.executable, str(SOURCES / "build.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False, cwd=ROOT / "frontend")
