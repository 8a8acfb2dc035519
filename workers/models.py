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

_NEEDED = ("model.bin", "config.json", "tokenizer.json")
_TAKEN = frozenset({*_NEEDED, "vocabulary.txt", "vocabulary.json", "preprocessor_config.json"})
_CARD = "model.json"
_CHUNK = 1 << 20
FOLDER = "models"


@dataclass(frozen=True, slots=True)
class SpeechModel:
    """A Whisper model in the form of CTranslate2; `digest` is over the digests of all its files."""

    folder: Path
    name: str
    digest: str


def speech_models(vault: Path) -> list[SpeechModel]:
    """The models in a vault, the one added last at the end."""
    found = []
    for card in (vault / FOLDER).glob(f"*/{_CARD}"):
        told = json.loads(card.read_text(encoding="utf-8"))
        found.append((card.stat().st_mtime_ns, SpeechModel(card.parent, told["name"], told["digest"])))
    return [model for _, model in sorted(found, key=lambda one: one[0])]


def add(vault: Path, given: Path) -> SpeechModel:
    """Take over the model in a folder or a zip archive, whole or not at all; the same model twice is one.

    Raises: InvalidValue for what is no Whisper model in the form of CTranslate2.
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
        digest = digest_of(digests).hex
        told = {"name": given.stem, "digest": digest, "files": digests}
        (folder / _CARD).write_text(json.dumps(told, indent=1), encoding="utf-8")
        kept_at = place / digest[:16]
        if not kept_at.exists():
            folder.rename(kept_at)
    return SpeechModel(kept_at, given.stem, digest)


@contextmanager
def _files(given: Path) -> Iterator[Mapping[str, Callable[[], IO[bytes]]]]:
    """How to open the files of a model, by their bare names; an archive's folders are not made here."""
    if given.is_dir():
        found = [path for path in given.iterdir() if path.name in _TAKEN and path.is_file()]
        yield _whole({path.name: _opening(path) for path in found})
    elif zipfile.is_zipfile(given):
        with zipfile.ZipFile(given) as archive:
            named = {Path(name).name: name for name in archive.namelist() if Path(name).name in _TAKEN}
            yield _whole({name: partial(archive.open, inside) for name, inside in named.items()})
    else:
        raise InvalidValue(f"{given} is neither a folder nor a zip archive with a model in it")


def _opening(path: Path) -> Callable[[], IO[bytes]]:
    return lambda: path.open("rb")


def _whole(files: Mapping[str, Callable[[], IO[bytes]]]) -> Mapping[str, Callable[[], IO[bytes]]]:
    if missing := [name for name in _NEEDED if name not in files]:
        lacking = " and no ".join(missing)
        raise InvalidValue(f"this is no Whisper model in the form of CTranslate2: there is no {lacking}")
    return files
