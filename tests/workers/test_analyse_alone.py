"""`svidok analyse` tells, without server or vault, what a file shows and what of it is missing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from storage.domain.flaws import FlawKind
from tests.media import draw, hostile
from workers.commands import alone


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


def test_what_is_missing_of_a_file_is_told_in_words(tmp_path: Path) -> None:
    whole = draw.cuts(
        tmp_path / "whole.mp4", draw.Look(size=(320, 180), container_options={"movflags": "faststart"})
    ).path
    told = _analysed(hostile.cut_short(whole, tmp_path / "torn.mp4", 0.6))
    assert "The file is not whole. It ends " in told
    assert " s  missing: the pictures end before\n" in told
    assert "The file is not whole" not in _analysed(whole)


def test_sound_alone_says_that_there_is_no_picture(sound: Path) -> None:
    told = _analysed(sound)
    assert told.splitlines()[0].endswith(" s, 0 shots")
    assert "There is no picture in this file, only sound" in told


def test_every_flaw_has_words_in_the_order_of_time() -> None:
    spans = [{"kind": kind.value, "start_s": 9.0 - at, "end_s": 10.0} for at, kind in enumerate(FlawKind)]
    own = {name: [spans.pop()] for name in ("silent", "black", "frozen")}
    ended = {"kind": "cut_short", "start_s": 20.0, "end_s": 20.0}
    document = {
        "file": {"sha256": "ab", "duration_s": None},
        "shots": [],
        "notes": [],
        "quality": {"gaps": [*spans, ended], **own},
    }
    head, *lines = alone.in_words(document)
    assert head == "ab  length unknown, 0 shots"
    assert [line.partition(" s  ")[2] for line in lines[:3]] == [
        "silence",
        "the picture is black",
        "the picture stands still",
    ]
    assert lines[-1].endswith("nothing tells how much is missing")
    assert len({line.partition(" s  ")[2] for line in lines}) == len(FlawKind) + 1
