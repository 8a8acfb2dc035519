"""What of the engine's documents is believed: the fields we use, each of its type and within its bounds.

The engine decodes hostile files. Whoever takes it over in its box writes these documents in its place.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from storage.domain.flaws import Fragments, summed
from storage.errors import Implausible, Rejected
from storage.integrity.canonical import canonical
from storage.integrity.digest import Digest
from workers import brought
from workers.copies import prints
from workers.copies.prints import Prints

DOCUMENT_LIMIT_BYTES = 64 << 20
PICTURE_LIMIT_BYTES = 64 << 20
PAYLOAD_LIMIT_BYTES = 60 << 10
SHOTS = 20_000
"""As many shots as one file may have; more cannot be kept one by one."""

JPEG = b"\xff\xd8\xff"
_LARGEST_EXACT = 2**53 - 1
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def _written(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("it holds characters that are not written")
    return text


Text = Annotated[str, Field(max_length=1000), AfterValidator(_written)]
Count = Annotated[int, Field(ge=0, le=_LARGEST_EXACT)]
Ticks = Annotated[int, Field(ge=-_LARGEST_EXACT, le=_LARGEST_EXACT)]
Seconds = Annotated[float, Field(ge=-1e9, le=1e9)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}\z")]
Ratio = Annotated[str, Field(pattern=r"^-?\d{1,19}(/\d{1,19})?\z")]
Number = Annotated[float, Field(allow_inf_nan=False)]
Plain = Text | Ticks | Number | bool | None
Facts = Annotated[dict[Text, Plain], Field(max_length=64)]


class Said(BaseModel):
    """Strictly typed; what else the document says stays in the document."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True, allow_inf_nan=False)


class Refusal(Said):
    """Why the engine will never read a file."""

    code: Literal["not_media", "too_large", "unreadable", "too_many", "too_rare"]
    sentence: Text


class Probed(Said):
    """What a file says of itself."""

    file: Facts
    streams: Annotated[list[Facts], Field(max_length=64)]
    notes: Annotated[list[Text], Field(max_length=64)]
    versions: Annotated[dict[Text, Text], Field(max_length=64)]


class Shot(Said):
    """One shot, as later readers of the document rely on it."""

    start_s: Seconds
    end_s: Seconds
    start_frame: Count
    end_frame: Count
    transition: Literal["start", "cut", "dissolve", "fade", "wipe"]
    transition_start_s: Seconds
    transition_end_s: Seconds


class Keyframe(Said):
    """One picture, and which moment it shows."""

    file: Annotated[str, Field(pattern=r"^keyframe-\d{4,6}\.jpg\z")]
    time_s: Seconds
    pts: Ticks
    time_base: Ratio
    frame: Count
    shot: Count
    number: Count
    sha256: Sha256
    size_bytes: Count
    width: Annotated[int, Field(ge=1, le=1 << 16)]
    height: Annotated[int, Field(ge=1, le=1 << 16)]
    media_type: Literal["image/jpeg"]


class Repeated(Said):
    """A moment that shows the same as an earlier keyframe, and has no picture of its own."""

    frame: Count
    shot: Count
    same_as: Facts


class FingerprintFile(Said):
    """Where the fingerprints of the pictures are."""

    file: Literal["fingerprints.bin"]
    sha256: Sha256
    size_bytes: Count


class Sound(Said):
    """Which sound was heard: of which file and stream, the first of how many, and how it lies beside the pictures."""

    sha256: Sha256
    stream: Annotated[int, Field(ge=0, le=1 << 16)]
    tracks: Annotated[int, Field(ge=1, le=1 << 16)]
    laid: Literal["by_time", "at_first_picture"]


class Listened(Probed):
    """What the pass over the sound found; `sound` is None where there is none."""

    sound: Sound | None


class Looked(Listened):
    """What the one pass found in a file, which may hold no picture."""

    shots: list[Shot]
    keyframes: list[Keyframe | Repeated]
    quality: dict[Text, list[dict[Text, Plain]]]


class Analysed(Looked):
    """What the one pass over the pictures found."""

    fingerprint_file: FingerprintFile

    @property
    def pictured(self) -> list[Keyframe]:
        """The keyframes that have a picture of their own."""
        return [frame for frame in self.keyframes if isinstance(frame, Keyframe)]


Document = TypeVar("Document", bound=BaseModel)


def read(folder: Path, name: str, kind: type[Document]) -> Document:
    """The document `name` that a box left in `folder`. Raises: Implausible."""
    content = brought.content(folder, name, limit_bytes=DOCUMENT_LIMIT_BYTES)
    try:
        return kind.model_validate_json(content)
    except ValidationError as lie:
        first = lie.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part)[:40] for part in first["loc"])
        raise Implausible(f"{name} says what the engine never says: {where or 'all of it'}: {first['msg']}") from None


def flaws(said: Looked, fragments: Fragments | None) -> dict[str, dict[str, float]]:
    """How much is amiss, by kind. Raises: Implausible."""
    try:
        return summed(said.quality, fragments)
    except ValueError as lie:
        raise Implausible(f"the document tells of a gap that is none: {lie}") from None


def check_file(said: Probed, original: Digest) -> None:
    """Whether the document speaks of the file it was made from. Raises: Implausible."""
    check_same(said.file, original)


def check_same(file: Mapping[str, Any], original: Digest) -> None:
    """Whether what a document tells of a file is told of this one. Raises: Implausible."""
    if file.get("sha256") != original.hex:
        raise Implausible(f"the document speaks of {file.get('sha256')}, and not of {original.hex}")


def sound_of(said: Listened, file: Digest) -> dict[str, Any]:
    """Which sound was heard, for a payload; `file` is the only one it can be of. Raises: Implausible."""
    if said.sound is None:
        return {"sound": None}
    check_same(said.sound.model_dump(), file)
    return {"sound": said.sound.model_dump()}


def fingerprints(folder: Path, original: Digest) -> tuple[Prints, bytes]:
    """The fingerprints that a box left in `folder`, read through, and their bytes.

    Raises: Implausible, also where they are of another file than `original`.
    """
    written = brought.content(folder, prints.FILE, limit_bytes=prints.LIMIT_BYTES)
    found = prints.decode(written)
    if found.header.original != original.hex:
        raise Implausible(f"the fingerprints are of {found.header.original}, and not of {original.hex}")
    return found, written


def check_keyframes(said: Analysed, folder: Path) -> None:
    """Whether every keyframe is one picture of a shot, and its bytes are those the document tells of.

    Raises: Implausible; Rejected, code `too_many`, for more shots than can be kept.
    """
    if max(len(said.shots), len(said.keyframes)) > SHOTS:
        raise Rejected(f"This video has {len(said.shots):,} shots; {SHOTS:,} can be kept.", code="too_many")
    pictured = said.pictured
    if any(frame.shot >= len(said.shots) for frame in said.keyframes):
        raise Implausible("there are keyframes of shots that are not there")
    if len({frame.number for frame in pictured}) != len(pictured):
        raise Implausible("there are two keyframes of one number")
    for frame in pictured:
        if frame.file != f"keyframe-{frame.number:04d}.jpg":
            raise Implausible(f"{frame.file} is not keyframe {frame.number}")
        picture = brought.content(folder, frame.file, limit_bytes=PICTURE_LIMIT_BYTES)
        if not picture.startswith(JPEG):
            raise Implausible(f"{frame.file} is no JPEG")
        if (Digest.of(picture).hex, len(picture)) != (frame.sha256, frame.size_bytes):
            raise Implausible(f"{frame.file} does not hold the bytes the document tells of")


def payload(original: Digest, told: Mapping[str, Any]) -> Mapping[str, Any]:
    """A product's payload: small, in canonical words, and naming its original. Raises: Implausible."""
    whole = {"original": original.hex, **told}
    if (size := len(canonical(whole))) > PAYLOAD_LIMIT_BYTES:
        raise Implausible(f"the document's summary takes {size:,} bytes, and not {PAYLOAD_LIMIT_BYTES:,} at most")
    return whole
