"""What of the engine's documents for the player is believed, and the files they name; as strict as `findings`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from storage.blobs.plain import open_plain
from storage.errors import Implausible
from storage.integrity.digest import Digest
from workers import brought
from workers.findings import JPEG, PICTURE_LIMIT_BYTES, Count, Facts, Probed, Ratio, Said, Seconds, Sha256, Text, Ticks

TIMES_LIMIT_BYTES = 1 << 30
_MP4_BRAND = b"ftyp"
_TILES, _BUCKETS = 200, 2000

Side = Annotated[int, Field(ge=1, le=1 << 16)]
Shield = Literal["sketch", "blur"]


class Kept(Said):
    """A file that the document names, by its digest and its size."""

    file: str
    sha256: Sha256
    size_bytes: Count


class FrameTimes(Kept):
    """The time of every picture that is shown, and whether a browser could do without a copy."""

    file: Literal["frame-times.bin"]
    count: Annotated[int, Field(ge=1, le=1 << 32)]
    bytes_each: Literal[4, 8]
    lost: Count
    first_pts: Ticks
    time_base: Ratio
    first_us: Ticks
    has_sound: bool
    obstacles: Annotated[list[Text], Field(max_length=32)]
    can_be_rewrapped: bool


class Sprite(Kept):
    """Small pictures of the whole video in one, clear or behind a shield."""

    file: Annotated[str, Field(pattern=r"^sprite-(clear|sketch|blur)\.jpg\z")]
    shield: Shield | None
    width: Side
    height: Side
    columns: Side
    rows: Side
    tile_width: Side
    tile_height: Side
    count: Annotated[int, Field(ge=1, le=_TILES)]
    every_s: Seconds
    times_s: Annotated[list[Seconds], Field(max_length=_TILES)]


class Arrived(Probed):
    """What a first look at the key frames brought: stills, and fingerprints beside them where it saw any."""

    looked: Literal["seen", "no_key_frames", "no_times"]
    key_frames: Count
    damaged: Count
    sprites: Annotated[list[Sprite], Field(max_length=3)]


class ShieldedKeyframe(Kept):
    """A keyframe behind a shield; `keyframe` is the digest of the clear one."""

    file: Annotated[str, Field(pattern=r"^keyframe-\d{4,6}-(sketch|blur)\.jpg\z")]
    keyframe: Sha256
    number: Count
    shot: Count
    shield: Shield
    width: Side
    height: Side


class Waveform(Kept):
    """How loud the sound is, in `buckets` equal spans."""

    file: Literal["waveform.bin"]
    buckets: Annotated[int, Field(ge=1, le=_BUCKETS)]


class Viewing(Said):
    """All that was made for the player in the one pass."""

    file: Facts
    frame_times: FrameTimes | None
    sprites: Annotated[list[Sprite], Field(max_length=3)]
    shields: list[ShieldedKeyframe]
    waveform: Waveform | None


class Copy(Kept):
    """A review copy, and what was read back from it."""

    file: Literal["copy.mp4"]
    width: Side
    height: Side
    frames: Count
    first_us: Ticks
    times_sha256: Sha256
    has_sound: bool
    is_rewrapped: bool
    is_tone_mapped: bool


class Copied(Said):
    """The document beside a review copy."""

    file: Facts
    copy_made: Copy = Field(alias="copy")


def check_viewing(said: Viewing, folder: Path, keyframes: Mapping[int, tuple[str, int]]) -> None:
    """Whether every file is there and is what it is said to be; shields must be of these keyframes.

    `keyframes`: the digest and the shot of each, by its number.

    Raises: Implausible.
    """
    if said.frame_times is not None:
        times = said.frame_times
        content = _content(folder, times.file, times, limit_bytes=TIMES_LIMIT_BYTES)
        if len(content) != times.count * times.bytes_each:
            raise Implausible("there are not as many frame times as the document says")
    if said.waveform is not None:
        heights = _content(folder, said.waveform.file, said.waveform, limit_bytes=_BUCKETS)
        if len(heights) != said.waveform.buckets:
            raise Implausible("the waveform is not as long as the document says")
    check_sprites(said.sprites, folder)
    if len({(copy.number, copy.shield) for copy in said.shields}) != len(said.shields):
        raise Implausible("a keyframe has two copies behind one shield")
    for copy in said.shields:
        if (
            keyframes.get(copy.number) != (copy.keyframe, copy.shot)
            or copy.file != f"keyframe-{copy.number:04d}-{copy.shield}.jpg"
        ):
            raise Implausible(f"{copy.file} is no copy of a keyframe that is there")
        _check_picture(folder, copy.file, copy)


def check_sprites(sprites: Sequence[Sprite], folder: Path) -> None:
    """Whether every sprite is there and is what it is said to be. Raises: Implausible."""
    for sprite in sprites:
        _check_sprite(sprite)
        _check_picture(folder, sprite.file, sprite)
    if len({sprite.shield for sprite in sprites}) != len(sprites):
        raise Implausible("there are two sprites of one kind")


def check_copy(said: Copied, folder: Path, times: Digest, frames: int) -> None:
    """Whether the copy has exactly the frames of its original, at their times. Raises: Implausible."""
    made = said.copy_made
    if (made.times_sha256, made.frames) != (times.hex, frames):
        raise Implausible(f"the copy has {made.frames} frames at other times than the {frames} of its original")
    with open_plain(folder / made.file) as stream:
        if stream.read(8)[4:] != _MP4_BRAND:
            raise Implausible(f"{made.file} is no MP4 file")


def _check_sprite(sprite: Sprite) -> None:
    shape = sprite.columns * sprite.tile_width, sprite.rows * sprite.tile_height
    if shape != (sprite.width, sprite.height) or not sprite.count <= sprite.columns * sprite.rows:
        raise Implausible(f"the tiles of {sprite.file} do not fill it")
    if len(sprite.times_s) != sprite.count or sprite.file != f"sprite-{sprite.shield or 'clear'}.jpg":
        raise Implausible(f"{sprite.file} is not what its entry tells of")


def _check_picture(folder: Path, name: str, told: Kept) -> None:
    if not _content(folder, name, told, limit_bytes=PICTURE_LIMIT_BYTES).startswith(JPEG):
        raise Implausible(f"{name} is no JPEG")


def _content(folder: Path, name: str, told: Kept, *, limit_bytes: int) -> bytes:
    content = brought.content(folder, name, limit_bytes=limit_bytes)
    if (Digest.of(content).hex, len(content)) != (told.sha256, told.size_bytes):
        raise Implausible(f"{name} does not hold the bytes the document tells of")
    return content
