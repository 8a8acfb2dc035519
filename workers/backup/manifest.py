"""What a backup says of itself: which snapshot of which archive it is, with the digest of each of its pieces."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from storage.errors import Altered, NotFound
from storage.integrity.digest import Digester, chunks

NAME = "manifest.json"
DUMP, LEDGER, FILES = "database.dump", "ledger", "files.tsv"


class Manifest(BaseModel):
    """One backup. `pieces` are the digests of all but the files, by path; the files' own are in `files.tsv`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["svidok.backup/1"] = "svidok.backup/1"
    made_at: datetime
    version: str
    revision: str
    archive: str
    origin: str
    size: int
    root: str
    snapshot: str
    pieces: Mapping[str, str]
    files: int
    bytes: int


def read(folder: Path) -> Manifest:
    """The manifest of a backup. Raises: NotFound for what is no backup, Altered for one that cannot be read."""
    try:
        return Manifest.model_validate_json((folder / NAME).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound(f"{folder} holds no backup: there is no {NAME}, or the first one was never finished") from None
    except ValidationError as wrong:
        raise Altered(f"{folder / NAME} is no manifest this version can read: {wrong.errors()[0]['msg']}") from wrong


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, hex."""
    digester = Digester()
    with path.open("rb") as stream:
        for chunk in chunks(stream):
            digester.update(chunk)
    return digester.digest.hex


def pieces_of(snapshot: Path) -> dict[str, str]:
    """The digest of each file of a snapshot, by its path there."""
    return {str(path.relative_to(snapshot)): digest_of(path) for path in sorted(snapshot.rglob("*")) if path.is_file()}


def files_in(snapshot: Path) -> Iterator[tuple[str, int]]:
    """Digest and size of each file that belongs to a snapshot."""
    with (snapshot / FILES).open() as lines:
        for line in lines:
            sha256, _, size_bytes = line.rstrip("\n").partition("\t")
            yield sha256, int(size_bytes)
