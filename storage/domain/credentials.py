"""What a file says of its own origin: its Content Credentials (C2PA) as they were read, and the tags beside them."""

import re
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

LINE_CHARACTERS = 300
CODES, ACTIONS, INGREDIENTS, TAGS, HEADERS = 100, 50, 50, 200, 129
"""The most that is kept of each; the whole lies in the store itself."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class CredentialState(StrEnum):
    """How it stands with a file's Content Credentials.

    `absent` says nothing: platforms strip them. `valid` means that what was signed is what we hold, and that nobody
    here vouches for who signed; only a signer under the operator's trust list makes it `trusted`.
    """

    ABSENT = "absent"
    MALFORMED = "malformed"
    INVALID = "invalid"
    VALID = "valid"
    TRUSTED = "trusted"


class CredentialNote(StrEnum):
    """Why there is no more to say: the form of file cannot carry any; they lie elsewhere and are never fetched; …"""

    FORM = "form"
    REMOTE = "remote"
    DAMAGED = "damaged"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    BROKE_READER = "broke_reader"


def _written(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("it holds characters that are not written")
    return text


Line = Annotated[str, Field(max_length=LINE_CHARACTERS), AfterValidator(_written)]


class _Told(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class ValidationCode(_Told):
    """One code of the specification (C2PA 2.x, 15.1 "Returning validation results"), or one of ours (`local:`)."""

    code: Line
    kind: Literal["success", "informational", "failure"]
    of_ingredient: bool = False
    explanation: Line | None = None


class Signer(_Told):
    """Who the certificate says signed; whether anybody vouches for that is for the state to say."""

    name: Line | None = None
    issuer: Line | None = None
    serial: Line | None = None
    algorithm: Line | None = None


class Action(_Told):
    """Something that was done to the picture or the sound, by the signer's word."""

    action: Line
    when: Line | None = None
    software: Line | None = None
    source_type: Line | None = None


class Ingredient(_Told):
    """Something the file was made of, by the signer's word."""

    title: Line | None = None
    format: Line | None = None
    relationship: Line | None = None


class Manifest(_Told):
    """The active manifest of a file, and what validating it gave; `cut` names the lists that hold only the first."""

    state: CredentialState
    note: CredentialNote | None = None
    codes: Annotated[list[ValidationCode], Field(max_length=CODES)] = Field(default_factory=list)
    generator: Line | None = None
    title: Line | None = None
    signer: Signer | None = None
    signed_at: Line | None = Field(None, description="by a time stamp in the signature; null: by none")
    actions: Annotated[list[Action], Field(max_length=ACTIONS)] = Field(default_factory=list)
    ingredients: Annotated[list[Ingredient], Field(max_length=INGREDIENTS)] = Field(default_factory=list)
    remote: Line | None = Field(None, description="where the file says its credentials lie; we never fetch them")
    cut: list[Literal["codes", "actions", "ingredients"]] = Field(default_factory=list)
    versions: Annotated[dict[Line, Line], Field(max_length=8)] = Field(default_factory=dict)


class Tag(_Told):
    """One tag as it was found: in the container, a stream, or a picture's EXIF or XMP."""

    where: Line
    name: Line
    value: Line


class TagPart(StrEnum):
    """Where tags are: what the container and its streams say, a picture's EXIF, pictures that came along, the XMP."""

    CONTAINER = "container"
    EXIF = "EXIF"
    COVER = "cover"
    XMP = "XMP"


class HeaderTimes(_Told):
    """When a header of an ISO media file says that its part was made and last changed.

    Whatever wrote the file last set them: a camera, by its clock, or a program that wrote it anew. Null is "not set".
    """

    box: Literal["mvhd", "tkhd", "mdhd"] = Field(description="the header of the movie, of a track, of its media")
    track: int | None = Field(None, description="counted from 1; null: the whole")
    created: Line | None = None
    modified: Line | None = None


class Tags(_Told):
    """What the file's own tags say; anybody can write anything into them."""

    created: Line | None = None
    make: Line | None = None
    model: Line | None = None
    software: Line | None = None
    location: Line | None = Field(None, description="never part of a published record")
    all: Annotated[list[Tag], Field(max_length=TAGS)] = Field(default_factory=list)
    left: int = Field(0, ge=0, description="tags that are in the file and not here: there are too many")
    unread: list[Annotated[TagPart, Field(strict=False)]] = Field(
        default_factory=list, description="where nothing was read: it took too long, or broke the reader"
    )
    headers: Annotated[list[HeaderTimes], Field(max_length=HEADERS)] = Field(default_factory=list)


class CredentialsDocument(_Told):
    """The file of a `credentials` product: all that was read of one original, before anything was rewritten."""

    original: str
    manifest: Manifest
    tags: Tags
    store_bytes: int | None = Field(None, description="size of the manifest store in the file")
    trust_list: str | None = Field(None, description="SHA-256 of the operator's trust list, where there was one")
