"""`svidok analyse` tells, without server or vault, what a file shows and what of it is missing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.media import draw


def _analysed(file: Path, *more: str) -> str:
    command = [sys.executable, "-m", "workers.cli", "analyse", str(file), *more]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw.audio_only(tmp_path_factory.mktemp("sound") / "sound.m4a").path


def test_sound_alone_is_analysed_and_has_no_shots(sound: Path) -> None:
    document = json.loads(_analysed(sound, "--json"))
    assert (document["shots"], document["fingerprints"], document["file"]["codec"]) == ([], 0, "aac")
    assert document["file"]["duration_s"] == pytest.approx(2, abs=0.2)
