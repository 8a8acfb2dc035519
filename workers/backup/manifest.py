"""What a backup says of itself, signed: which snapshot of which archive it is, and the digest of each of its pieces."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from storage.errors import Altered, NotFound
from storage.integrity.checkpoint import LogKey
from storage.integrity.digest import Digest, Digester
from storage.integrity.note import Note, NoteKey, Signer, joined

NAME = "manifest.json"
FORMAT: Final = "svidok.backup/1"
DUMP, LEDGER, FILES = "database.dump", "ledger", "files.tsv"


class Manifest(BaseModel):
    """One backup. `pieces` are the digests of all but the files, by path; the files' own are in `files.tsv`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["svidok.backup/1"] = FORMAT
    made_at: datetime
    version: str
    revision: str
    archive: str
    origin: str
    size: int
    root: str
    snapshot: Annotated[str, StringConstraints(pattern=r"^[0-9]{8}T[0-9]{12}Z$")]
    pieces: Mapping[str, str]
    files: int
    bytes: int


def read(folder: Path) -> Manifest:
    """The manifest of a backup, whoever wrote it: see `signer_of`.

    Raises: NotFound for what is no backup, Altered for one that cannot be read.
    """
    try:
        return Manifest.model_validate_json((folder / NAME).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound(f"{folder} holds no backup: there is no {NAME}, or the first one was never finished") from None
    except ValidationError as wrong:
        raise Altered(f"{folder / NAME} is no manifest this version can read: {wrong.errors()[0]['msg']}") from wrong


def signature_of(folder: Path, snapshot: str) -> Path:
    """Where the signature over the manifest of a snapshot lies: beside it, under a name of its own, so that the one
    before stays good until the new manifest has taken its place.
    """
    return folder / f"manifest.{snapshot}.sig"


def signed(content: bytes, signer: Signer) -> str:
    """A signed note over the digest of a manifest; its second line is no size, so that it is never a checkpoint."""
    text = _text(content, signer.name)
    return joined(text, [signer.sign(text)]).decode()


def signer_of(folder: Path, told: Manifest, keys: Sequence[LogKey]) -> NoteKey:
    """The key of the log that signed the manifest. Raises: Altered, naming the file, where none of these did."""
    path, beside = folder / NAME, signature_of(folder, told.snapshot)
    try:
        note = Note.parse(beside.read_bytes())
    except FileNotFoundError:
        raise Altered(f"{path} is not signed: {beside.name} is missing; nothing shows whose backup this is") from None
    except Altered as wrong:
        raise Altered(f"{beside} is no signature: {wrong.sentence}") from wrong
    if note.text != _text(path.read_bytes(), told.origin):
        raise Altered(f"{path} is not the manifest that was signed in {beside.name}: one of them is another's")
    for one in keys:
        try:
            if note.signed_by(one.key) and (one.last_size is None or told.size <= one.last_size):
                return one.key
        except Altered as wrong:
            raise Altered(f"{beside} is altered: {wrong.sentence}") from wrong
    raise Altered(f"{beside} is signed by no key of {told.origin} that is kept with the keys of this backup")


def _text(content: bytes, origin: str) -> str:
    return f"{FORMAT}\n{origin}\n{Digest.of(content)}\n"


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, hex."""
    with path.open("rb") as stream:
        return Digester.of(stream).digest.hex


def pieces_of(snapshot: Path) -> dict[str, str]:
    """The digest of each file of a snapshot, by its path there; what is neither file nor folder has none.

    A linked folder is not looked into, but whoever copies the snapshot would: it is told as what it is.
    """
    pieces = {}
    for path in sorted(snapshot.rglob("*")):
        if path.is_file():
            pieces[str(path.relative_to(snapshot))] = digest_of(path)
        elif path.is_symlink() or not path.is_dir():
            pieces[str(path.relative_to(snapshot))] = "no plain file"
    return pieces


def files_in(snapshot: Path) -> Iterator[tuple[str, int]]:
    """Digest and size of each file that belongs to a snapshot."""
    with (snapshot / FILES).open() as lines:
        for line in lines:
            sha256, _, size_bytes = line.rstrip("\n").partition("\t")
            yield sha256, int(size_bytes)
