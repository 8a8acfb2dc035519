"""The words of tus 1.0: what a request's headers say, and how one part is put behind the others."""

import base64
import hashlib
import io
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.arriving import length_of
from api.submissions import ItemName, ProjectName
from storage.blobs.incoming import Part
from storage.domain.fields import Line, Paragraph
from storage.domain.vocab import Sensitivity
from storage.errors import ArchiveError, Conflict, InvalidValue, TooLarge

VERSION = "1.0.0"
CHECKSUMS = ("sha1", "sha256", "sha512")
_CHUNK_BYTES = 1 << 20
PART_TYPE = "application/offset+octet-stream"


class WrongVersion(ArchiveError):
    """The client speaks another version of the protocol, or does not say which."""

    code = "wrong_tus_version"
    status = 412


class WrongOffset(Conflict):
    """A part that does not begin where the file ends so far."""

    code = "wrong_offset"


class ChecksumMismatch(ArchiveError):
    """What arrived is not what was sent. The number is the protocol's own."""

    code = "checksum_mismatch"
    status = 460


class NotAPart(ArchiveError):
    """A body that is no part of a file."""

    code = "unsupported_media_type"
    status = 415


class Said(BaseModel):
    """What is said beside a file in `Upload-Metadata`; `sha256` is checked when the whole file is here."""

    model_config = ConfigDict(extra="forbid")

    filename: Line = "unnamed"
    item: ItemName | None = None
    filetype: Line | None = Field(None, description="taken for courtesy and not believed")
    note: Paragraph | None = None
    sensitivity: Sensitivity = Sensitivity.RESTRICTED
    project: ProjectName = "main"
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None


def check_version(request: Request) -> None:
    """Raises: WrongVersion."""
    if request.headers.get("tus-resumable") != VERSION:
        raise WrongVersion(f"Resumable uploads are spoken here as `Tus-Resumable: {VERSION}`.")


def said_in(metadata: str) -> Said:
    """What `Upload-Metadata` says: pairs of a name and a text in Base64, separated by commas. Raises: InvalidValue."""
    told: dict[str, str] = {}
    for pair in filter(None, (one.strip() for one in metadata.split(","))):
        name, _, coded = pair.partition(" ")
        if name in told:
            raise InvalidValue(f"Upload-Metadata says {name[:40]!r} more than once.")
        try:
            told[name] = base64.b64decode(coded, validate=True).decode()
        except ValueError:  # no Base64, no ASCII, or no UTF-8 within
            raise InvalidValue(f"Upload-Metadata says {name[:40]!r} in something else than UTF-8 in Base64.") from None
    try:
        return Said.model_validate(told)
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        field = ".".join(str(step) for step in wrong["loc"])[:40]
        raise InvalidValue(f"Upload-Metadata: {field}: {wrong['msg'].lower()}.") from None


def declared_length(request: Request, limit_bytes: int) -> int:
    """How long the announced file is. Raises: InvalidValue without a length or for an empty file, TooLarge."""
    if length_of(request):
        raise InvalidValue("A file is announced without a body; its parts follow by PATCH.")
    length = request.headers.get("upload-length", "")
    if not _is_number(length):
        raise InvalidValue("Upload-Length says how many bytes the file has, in digits.")
    if int(length) == 0:
        raise InvalidValue("This file is empty: there is nothing to keep.")
    if int(length) > limit_bytes:
        raise TooLarge(f"The file is larger than the {limit_bytes:,} bytes that are taken.")
    return int(length)


def check_offset(request: Request, received_bytes: int) -> None:
    """A part goes where the file ends so far; neither a gap nor a repetition. Raises: InvalidValue, WrongOffset."""
    offset = request.headers.get("upload-offset", "")
    if not _is_number(offset):
        raise InvalidValue("Upload-Offset says at which byte the part begins, in digits.")
    if int(offset) != received_bytes:
        raise WrongOffset(f"{received_bytes:,} bytes are here: the next part begins there, not at {int(offset):,}.")


@dataclass(frozen=True, slots=True)
class Checksum:
    """What `Upload-Checksum` says of one part."""

    digester: Any
    expected: bytes

    def check(self) -> None:
        """Raises: ChecksumMismatch."""
        found = self.digester.digest()
        if found != self.expected:
            name = self.digester.name
            sentence = (
                f"This part arrived with the {name} {found.hex()}, not {self.expected.hex()}. Please send it again."
            )
            raise ChecksumMismatch(sentence)


def checksum_in(request: Request) -> Checksum | None:
    """The checksum that a part is sent with, or None. Raises: InvalidValue."""
    header = request.headers.get("upload-checksum")
    if header is None:
        return None
    name, _, coded = header.partition(" ")
    if name not in CHECKSUMS:
        raise InvalidValue(f"Upload-Checksum is one of {', '.join(CHECKSUMS)}, a space, and the digest in Base64.")
    try:
        # SHA-1 is the one checksum the protocol asks every server for; nothing but the line is checked with it.
        return Checksum(hashlib.new(name, usedforsecurity=False), base64.b64decode(coded, validate=True))
    except ValueError:
        raise InvalidValue("Upload-Checksum carries a digest that is no Base64.") from None


def append(part: Part, body: io.RawIOBase, checksum: Checksum | None) -> None:
    """Put the body behind what is there. What broke off stays, up to there, unless a checksum speaks for the whole.

    Raises: TooLarge for more than was announced, ChecksumMismatch, Abandoned, DiskFull.
    """
    began_at = part.received_bytes
    room_bytes = part.declared.size_bytes - began_at
    is_good = checksum is None
    try:
        with part.written() as sink:
            # Unbuffered: what has come is written, however little it is, before the line breaks.
            while chunk := body.read(_CHUNK_BYTES):
                room_bytes -= len(chunk)
                if room_bytes < 0:
                    is_good = False
                    raise TooLarge(f"More bytes came than the {part.declared.size_bytes:,} that were announced.")
                sink.write(chunk)
                if checksum is not None:
                    checksum.digester.update(chunk)
        if checksum is not None:
            checksum.check()
        is_good = True
    finally:
        if not is_good:
            part.cut(began_at)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19
