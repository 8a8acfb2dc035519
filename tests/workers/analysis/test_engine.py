"""The analysis document says what the contract says, and the engine as a program says it to a folder."""

import json
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from storage.errors import Rejected
from storage.integrity.canonical import canonical
from storage.integrity.digest import Digest
from tests.media import draw, hostile
from tests.media.draw import Film
from workers.analysis.__main__ import main
from workers.analysis.decode import Decoding, Frame
from workers.analysis.engine import analyse
from workers.analysis.feeding import Feeder, Shrinking
from workers.analysis.probe import probe
from workers.analysis.sink import About, Need


def test_the_document_has_the_fields_of_the_contract(film: Callable[[str], Film]) -> None:
    drawn = film("plain")
    document = analyse(drawn.path)
    found = document["file"]
    assert found["sha256"] == Digest.of(drawn.path.read_bytes()).hex
    assert (found["width"], found["height"], found["rotation_deg"]) == (320, 180, 0)
    assert (found["frames"], found["duration_s"], found["variable_rate"]) == (140, 5.6, False)
    assert (found["codec"], found["timestamps"]) == ("h264", "container")
    assert {"start_s", "end_s", "start_frame", "end_frame", "transition"} <= set(document["shots"][0])
    assert {"transition_start_s", "transition_end_s"} <= set(document["shots"][0])
    assert {"time_s", "frame", "shot", "pts", "time_base"} == set(document["keyframes"][0])
    assert document["fingerprints"] == 11
    assert set(document["quality"]) == {"gaps", "frozen", "black", "silent"}
    assert document["seconds"]["total"] >= document["seconds"]["decode"] > 0
    assert {"engine", "av", "libavcodec", "opencv", "numpy"} <= set(document["versions"])
    assert set(document["sinks"]) == {"shots", "keyframes", "quality", "fingerprints", "silence", "sound"}
    assert json.loads(canonical(document)) == document


def test_the_same_file_gives_the_same_document_and_the_same_pictures(
    film: Callable[[str], Film], tmp_path: Path
) -> None:
    first, second = (analyse(film("plain").path, tmp_path) for _ in range(2))
    for document in (first, second):
        del document["seconds"]
    assert first == second


def test_sound_alone_has_no_shots_and_the_document_says_so(tmp_path: Path) -> None:
    document = analyse(draw.audio_only(tmp_path / "sound.m4a").path, tmp_path)
    assert document["shots"] == document["keyframes"] == []
    assert document["file"]["duration_s"] == pytest.approx(2, abs=0.1)
    assert any("no picture" in note for note in document["notes"])


def test_progress_only_grows_and_ends_at_one(film: Callable[[str], Film]) -> None:
    told: list[float] = []
    analyse(film("plain").path, on_progress=told.append)
    assert told == sorted(told)
    assert len(told) > 10
    assert told[-1] == 1.0


class Half:
    """A sink that wants a grey picture of its own size every half second."""

    about = About("half", "1", {})
    need = Need(40, 0, every=Fraction(1, 2))

    def __init__(self) -> None:
        self.times: list[float] = []

    def feed(self, frame: Frame, planes: NDArray[np.uint8]) -> None:
        assert planes.shape == (1, 22, 40)
        self.times.append(frame.time.seconds)

    def finish(self) -> dict[str, object]:
        return {"half": len(self.times)}


def test_a_sink_is_fed_what_it_needs_as_often_as_it_needs(film: Callable[[str], Film]) -> None:
    sink = Half()
    feeder = Feeder(sink)
    for frame in Decoding(probe(film("plain").path)):
        feeder.feed(frame, Shrinking(frame.picture))
    assert sink.times == [n * 13 / 25 for n in range(11)]


def test_the_program_writes_its_document_and_tells_its_progress(film: Callable[[str], Film], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "workers.analysis", str(film("plain").path), "--out", str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    shares = [json.loads(line)["progress"] for line in ended.stdout.splitlines()]
    assert shares[-1] == 1.0
    document = json.loads((tmp_path / "analysis.json").read_text())
    assert [shot["start_frame"] for shot in document["shots"]] == [0, 30, 75, 100]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "analysis.json",
        "fingerprints.bin",
        *(f"keyframe-{shot:04d}.jpg" for shot in range(4)),
    ]


def test_the_program_probes_alone(film: Callable[[str], Film], tmp_path: Path) -> None:
    assert main(["--probe", str(film("plain").path), "--out", str(tmp_path)]) == 0
    document = json.loads((tmp_path / "probe.json").read_text())
    assert document["pts"] == [512 * n for n in range(140)]
    assert document["file"]["time_base"] == "1/12800"
    assert [stream["kind"] for stream in document["streams"]] == ["video", "audio"]


@pytest.mark.parametrize("option", [[], ["--probe"]])
def test_the_program_leaves_an_error_document_for_what_it_refuses(option: list[str], tmp_path: Path) -> None:
    path = tmp_path / "page.mp4"
    path.write_bytes(hostile.NOT_MEDIA["page"])
    assert main([*option, str(path), "--out", str(tmp_path)]) == 3
    error = json.loads((tmp_path / "error.json").read_text())
    assert error["code"] == "not_media"
    assert error["sentence"]


def test_a_film_without_one_good_picture_is_unreadable(film: Callable[[str], Film], tmp_path: Path) -> None:
    content = bytearray(film("ntsc").path.read_bytes())
    noise = np.random.default_rng(1).integers(0, 256, len(content) - 1200, dtype=np.uint8).tobytes()
    path = tmp_path / "noise.mkv"
    path.write_bytes(bytes(content[:1200]) + noise)
    with pytest.raises(Rejected) as refusal:
        analyse(path)
    assert refusal.value.code == "unreadable"
