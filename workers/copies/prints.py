"""The fingerprints of one video as they are kept: a small binary file, written by the engine and believed by nobody.

The file, all numbers little-endian:

    8 bytes   SVIDOKFP
    4 bytes   version of the format, 2; 1 is read too: it knows nothing of the sound
    4 bytes   length of the header
    header    canonical JSON (RFC 8785): see `Header`
    sounds    20 bytes each, as many as the header says: see `sounds`
    records   48 bytes each, until the end of the file

A record of a picture: presentation time in ticks of the stream (int64); kind (uint8): 0 the whole picture, 1 its active
area (what remains without bars, blurred margins, a frame around it, or an inset in it), 2 a crop of either; quality
(uint8, 0 to 100, PDQ's measure of how much there is to see); the area hashed: left, top, right, bottom (uint8 each,
255 the far edge), in display orientation; place (uint8): which active area, the surest first, or which crop of the
algorithm's table; a zero byte; the hash (32 bytes, its first bit the highest of the first byte).

Records ascend by time, then kind, then place. Every sampled frame with something to see has one record of kind 0.
Mirrored hashes are not kept: `hashes.mirrored` makes them. The same file by the same versions gives the same bytes.
Source: PDQ, Facebook 2019, "The TMK+PDQF video-hashing algorithm and the PDQ image-hashing algorithm".
"""

import re
import struct
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from storage.errors import Implausible
from storage.integrity.canonical import canonical
from workers.copies import sounds
from workers.copies.hashes import Hashes
from workers.copies.sounds import Sounds

FILE = "fingerprints.bin"
MAGIC, VERSION = b"SVIDOKFP", 2
_WITHOUT_SOUND = 1
LIMIT_BYTES = 256 << 20
MOST_PLACES = 32
_PREFIX = struct.Struct("<8sII")
_MOST_HEADER_BYTES = 1 << 16
LARGEST_EXACT = 2**53 - 1
WINDOWS = "windows"
"""The parameter that only a still has: each of its frames is a window of one picture."""

_RECORD = np.dtype(
    [
        ("pts", "<i8"),
        ("kind", "u1"),
        ("quality", "u1"),
        ("area", "u1", (4,)),
        ("place", "u1"),
        ("none", "u1"),
        ("hash", "u1", (32,)),
    ]
)
_COLUMNS = ("pts", "kind", "quality", "area", "place", "hash")
_RATIO = re.compile(r"[1-9]\d{0,18}(/[1-9]\d{0,18})?")

Text = Annotated[str, Field(max_length=200)]
Count = Annotated[int, Field(ge=0, le=LARGEST_EXACT)]
Ticks = Annotated[int, Field(ge=-LARGEST_EXACT, le=LARGEST_EXACT)]


class Kind(IntEnum):
    """What part of a frame was hashed."""

    FULL = 0
    ACTIVE = 1
    CROP = 2


class SoundHeader(BaseModel):
    """By which algorithm the sound was heard; `has_track` is false where the file has none. `records`: how many."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    algorithm: Text
    algorithm_version: Text
    parameters: Annotated[dict[Text, int | float], Field(max_length=64)]
    has_track: bool
    records: Annotated[int, Field(ge=0, le=sounds.MOST)]


class Header(BaseModel):
    """What stands before the records: which file, which algorithm, which clock.

    `original`: SHA-256 of the file, hexadecimal. `time_base`: seconds of a tick, a ratio. `start`, `end`: ticks of the
    first frame and after the last. `frames`: how many were hashed; `dropped`: how many showed too little to be.
    `sound` is None where nobody listened.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    original: Annotated[str, Field(pattern=r"^[0-9a-f]{64}\z")]
    algorithm: Text
    algorithm_version: Text
    parameters: Annotated[dict[Text, int | float], Field(max_length=64)]
    versions: Annotated[dict[Text, Text], Field(max_length=64)]
    time_base: Text
    start: Ticks
    end: Ticks
    width: Count
    height: Count
    frames: Count
    dropped: Count
    sound: SoundHeader | None = None

    @property
    def is_still(self) -> bool:
        return WINDOWS in self.parameters


@dataclass(frozen=True, slots=True)
class Prints:
    """The fingerprints of one video. Arrays of one length, in the order of the file:

    `ticks` (n,) int64; `kinds`, `qualities`, `places` (n,) uint8; `areas` (n, 4) uint8; `hashes` (n, 32) uint8.
    Beside them those of its sound, `heard`.
    """

    header: Header
    ticks: NDArray[np.int64]
    kinds: NDArray[np.uint8]
    qualities: NDArray[np.uint8]
    areas: NDArray[np.uint8]
    places: NDArray[np.uint8]
    hashes: Hashes
    heard: Sounds = sounds.NOTHING

    def __len__(self) -> int:
        return len(self.ticks)

    @property
    def time_base(self) -> Fraction:
        return Fraction(self.header.time_base)

    def seconds(self) -> NDArray[np.float64]:
        """(n,) seconds for computing; the ticks are the truth."""
        return np.asarray(self.ticks * float(self.time_base), dtype=np.float64)

    def encode(self) -> bytes:
        """The file's bytes; the records are put in order."""
        records = np.zeros(len(self), _RECORD)
        columns = (self.ticks, self.kinds, self.qualities, self.areas, self.places, self.hashes)
        for name, column in zip(_COLUMNS, columns, strict=True):
            records[name] = column
        order = np.lexsort((self.places, self.kinds, self.ticks))
        head = canonical(self.header.model_dump())
        return _PREFIX.pack(MAGIC, VERSION, len(head)) + head + self.heard.encode() + records[order].tobytes()


def decode(content: bytes) -> Prints:
    """The fingerprints in a file's bytes, every field within its bounds.

    Raises: Implausible for anything that `Prints.encode` never writes.
    """
    if len(content) < _PREFIX.size or not content.startswith(MAGIC):
        raise Implausible("the fingerprints do not begin as fingerprints do")
    _, version, length = _PREFIX.unpack_from(content)
    if version not in (_WITHOUT_SOUND, VERSION):
        raise Implausible(f"the fingerprints are of format {version}, and not {VERSION}")
    begin = _PREFIX.size + length
    if length > _MOST_HEADER_BYTES or begin > len(content):
        raise Implausible("the fingerprints end in the middle")
    try:
        header = Header.model_validate_json(content[_PREFIX.size : begin])
    except ValidationError as lie:
        first = lie.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part)[:40] for part in first["loc"])
        raise Implausible(f"the fingerprints' header is none: {where or 'all of it'}: {first['msg']}") from None
    if not _RATIO.fullmatch(header.time_base) or header.end < header.start:
        raise Implausible("the fingerprints tell of a clock that is none")
    if version == _WITHOUT_SOUND and header.sound is not None:
        raise Implausible("the fingerprints are of a format that knows no sound, and tell of it")
    pictures = begin + (header.sound.records * sounds.RECORD.itemsize if header.sound else 0)
    if pictures > len(content) or (len(content) - pictures) % _RECORD.itemsize:
        raise Implausible("the fingerprints end in the middle")
    if header.sound and header.sound.records and not header.sound.has_track:
        raise Implausible("the fingerprints are of a sound that is not there")
    records = np.frombuffer(content, _RECORD, offset=pictures)
    _check(header, records)
    ticks, kinds, qualities, areas, places, hashes = (np.ascontiguousarray(records[name]) for name in _COLUMNS)
    heard = sounds.decode(content[begin:pictures])
    return Prints(header, ticks, kinds, qualities, areas, places, hashes, heard)


def _check(header: Header, records: NDArray[np.void]) -> None:
    ticks, kinds, areas = records["pts"], records["kind"], records["area"]
    is_right = (
        len(records) <= LIMIT_BYTES // _RECORD.itemsize
        and not records["none"].any()
        and np.all(kinds <= max(Kind))
        and np.all(records["quality"] <= 100)
        and np.all(areas[:, :2] < areas[:, 2:])
        and np.all(np.diff(ticks) >= 0)
        and np.all(records["place"] < MOST_PLACES)
        and (not len(ticks) or (ticks[0] >= header.start and ticks[-1] < header.end))
        and np.count_nonzero(kinds == Kind.FULL) == header.frames
    )
    if not is_right:
        raise Implausible("the fingerprints hold records that no picture has")
