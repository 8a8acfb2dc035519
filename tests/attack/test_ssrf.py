"""Server-side request forgery: real yt-dlp in the real box behind the real proxy, against an internet in a box.

Every trick is first played without walls. Where plain yt-dlp falls for it, its canary is known to be alive.
"""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest

from tests.attack.cases import Case, Wish, cases
from tests.workers.boxes import needs_box

_ROOT = Path(__file__).parents[2]
_SHARES = 3
_RIG_S = 540

_CASES = tuple(cases())
_TRICKS = [case for case in _CASES if case.wish is not Wish.WORKS]
_LEAKING = [case for case in _CASES if case.wish is Wish.LEAKS]
_WORKING = [case for case in _CASES if case.wish is Wish.WORKS]


def _why_not() -> str:
    """Why this machine cannot hold an internet in a box; empty where it can."""
    if shutil.which("unshare") is None:
        return "there is no `unshare` (util-linux)"
    tried = subprocess.run(["unshare", "-Urnm", "true"], capture_output=True, text=True, check=False)
    return f"namespaces are refused: {tried.stderr.strip()}" if tried.returncode else ""


pytestmark = [
    needs_box,
    pytest.mark.skipif(bool(_why_not()), reason=_why_not() or "possible"),
    pytest.mark.fault("E1-E10"),
]


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of moving picture, as a file and as a segment."""
    folder = tmp_path_factory.mktemp("media")
    source = ["-f", "lavfi", "-i", "testsrc2=s=320x240:r=10:d=1", "-c:v", "libx264", "-pix_fmt", "yuv420p"]
    for call in ([*source, "v.mp4"], ["-i", "v.mp4", "-c", "copy", "s.ts"]):
        subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *call], cwd=folder, check=True, timeout=60)
    return folder


@pytest.fixture(scope="module")
def reports(media: Path) -> Mapping[str, Mapping[str, Any]]:
    """What happened in every case, by name; each share of them runs in an internet of its own."""

    def run(share: int) -> str:
        call = ["unshare", "-Urnm", sys.executable, "-m", "tests.attack.rig", str(media), f"{share}/{_SHARES}"]
        ended = subprocess.run(call, cwd=_ROOT, capture_output=True, text=True, check=False, timeout=_RIG_S)
        assert ended.returncode == 0, ended.stderr[-3000:]
        return ended.stdout

    with ThreadPoolExecutor(_SHARES) as threads:
        lines = [line for output in threads.map(run, range(_SHARES)) for line in output.splitlines()]
    return {report["name"]: report for report in map(json.loads, lines)}


def test_every_case_was_played_once(reports: Mapping[str, Mapping[str, Any]]) -> None:
    assert sorted(reports) == sorted(case.name for case in _CASES)
    assert len(_LEAKING) >= 60


@pytest.mark.parametrize("case", _LEAKING, ids=lambda case: case.name)
def test_without_walls_the_trick_works(case: Case, reports: Mapping[str, Mapping[str, Any]]) -> None:
    plain = reports[case.name]["plain"]
    assert plain["hits"] or plain["secret"], plain


@pytest.mark.parametrize("case", _TRICKS, ids=lambda case: case.name)
def test_behind_the_walls_it_does_not(case: Case, reports: Mapping[str, Mapping[str, Any]]) -> None:
    walled = reports[case.name]["walled"]
    assert not walled["hits"], walled
    assert not walled["secret"], walled
    assert walled["ended"] == ("timed_out" if case.is_endless else "exited"), walled
    assert set(walled["addresses"]) <= {"93.184.215.14"}, walled


@pytest.mark.parametrize(
    "case", [case for case in _LEAKING if not case.group.startswith("ffmpeg")], ids=lambda case: case.name
)
def test_what_was_refused_stands_in_the_record(case: Case, reports: Mapping[str, Mapping[str, Any]]) -> None:
    assert reports[case.name]["walled"]["denied"]


@pytest.mark.parametrize("case", _WORKING, ids=lambda case: case.name)
def test_what_is_honest_still_comes_through(case: Case, reports: Mapping[str, Mapping[str, Any]], media: Path) -> None:
    plain, walled = reports[case.name]["plain"], reports[case.name]["walled"]
    assert walled["files"].get("media.mp4") == plain["files"].get("media.mp4") is not None, walled
    if not case.url.endswith(".m3u8"):
        assert walled["files"]["media.mp4"] == hashlib.sha256((media / "v.mp4").read_bytes()).hexdigest()
    assert not walled["hits"]
    assert bool(walled["denied"]) == case.url.endswith("poster.html")
