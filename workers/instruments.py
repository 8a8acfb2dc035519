"""Programs and models that an installation may have or not, and what the work done with them is called."""

import importlib.metadata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workers.analysis import tesseract
from workers.analysis.tesseract import Tesseract
from workers.boxes import box
from workers.models import FACES, OPINION, SPEECH, Model, models


@dataclass(frozen=True, slots=True)
class Instruments:
    """What is here; None: not here."""

    tesseract: Tesseract | None = None
    speech: Model | None = None
    faces: Model | None = None
    opinion: Model | None = None

    def allow(self, name: str) -> bool:
        """Whether a step is owed at all: one that only adds to another's findings is not, without its instrument."""
        return name != "opinion" or self.opinion is not None

    def of_step(self, name: str) -> Mapping[str, str]:
        """By which instruments a step works: part of the name of its work, so that better ones make it anew."""
        if name == "ocr" and self.tesseract is not None:
            return self.tesseract.identity
        if name == "speech" and self.speech is not None:
            return {**self.speech.identity, **_versions()}
        if name == "faces" and self.faces is not None:
            return {**self.faces.identity, **_version("opencv-python-headless")}
        if name == "opinion" and self.opinion is not None:
            return {**self.opinion.identity, **_version("numpy")}
        return {}


def find(vault: Path | None = None) -> Instruments:
    """Look for them where a program in a box would find them; for models, in a vault."""
    hears = _last(vault, SPEECH) if _versions() else None
    reads = tesseract.find(box.environment()["PATH"])
    return Instruments(reads, hears, _last(vault, FACES), _last(vault, OPINION))


def _last(vault: Path | None, use: str) -> Model | None:
    """The model for a use that was added last."""
    found = models(vault, use) if vault is not None else []
    return found[-1] if found else None


def _version(package: str) -> Mapping[str, str]:
    return {package: importlib.metadata.version(package)}


def _versions() -> Mapping[str, str]:
    """The versions of what hears with a model; none where it is not installed."""
    try:
        return {name: importlib.metadata.version(name) for name in ("faster-whisper", "ctranslate2", "onnxruntime")}
    except importlib.metadata.PackageNotFoundError:
        return {}
