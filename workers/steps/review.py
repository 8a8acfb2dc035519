"""What a browser plays of an original: the original itself where it steps exactly, else a review copy."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from storage.integrity.digest import Digest
from workers import findings, viewed
from workers.decoding import decode
from workers.step import Context, Made, Product

_AS_IT_IS = "Browsers step through the original exactly as it is."
_COPIED = "A copy is played: browsers do not step through the original exactly, soon and everywhere."
_JOINED = "A copy is played: the picture and its sound were collected as two files."


@dataclass(frozen=True, slots=True)
class Review:
    """Decides whether a review copy is needed, and makes it; its frames are those of the original, at their times.

    Raises: Implausible where the copy shows others: then there is none.
    """

    name: str = "review"
    version: str = "2"
    needs: frozenset[str] = frozenset({"original", "probe", "frame_times"})
    makes: frozenset[str] = frozenset({"review_copy"})
    queue: str = "media"

    def run(self, context: Context) -> Sequence[Product]:
        """One `review_copy` product for each original with frame times: MP4, or only words where none is needed."""
        return [_reviewed(context, times) for times in context.needed("frame_times")]


def _reviewed(context: Context, times: Made) -> Product:
    told = times.payload
    original = Digest.parse(told["original"])
    sound = None if told["has_sound"] else _sound_apart(context, original)
    if not told["obstacles"] and sound is None:
        played = {"is_needed": False, "obstacles": [], "sentence": _AS_IT_IS, "sound_from": None}
        same = {name: told[name] for name in ("first_us", "has_sound")}
        return Product("review_copy", payload=findings.payload(original, played | same | {"frames": told["count"]}))
    return _copied(context, original, times, sound)


def _copied(context: Context, original: Digest, times: Made, sound: Digest | None) -> Product:
    told, also = times.payload, [context.open_local(sound)] if sound else []
    arguments = ["--copy", *(["--rewrap"] if told["can_be_rewrapped"] else [])]
    for path in also:
        arguments += ["--sound", str(path)]
    folder = decode(context, context.open_local(original), *arguments, also=also)
    said = findings.read(folder, "copy.json", viewed.Copied)
    findings.check_same(said.file, original)
    if times.digest is None:
        raise ValueError("frame times without bytes")
    viewed.check_copy(said, folder, times.digest, told["count"])
    payload: dict[str, Any] = said.copy_made.model_dump(exclude={"file", "sha256", "size_bytes", "times_sha256"})
    payload |= {
        "is_needed": True,
        "obstacles": told["obstacles"],
        "sentence": _COPIED if told["obstacles"] else _JOINED,
    }
    payload |= {"sound_from": sound.hex if sound else None}
    path = folder / said.copy_made.file
    return Product("review_copy", "video/mp4", path, payload=findings.payload(original, payload))


def _sound_apart(context: Context, original: Digest) -> Digest | None:
    """The one original that is only sound, where the capture brought just it and one that is only picture."""
    kinds = {probe.payload["original"]: _kinds(probe) for probe in context.needed("probe")}
    pictured = [digest for digest, has in kinds.items() if "video" in has]
    heard = [digest for digest, has in kinds.items() if has == {"audio"}]
    return Digest.parse(heard[0]) if pictured == [original.hex] and len(heard) == 1 else None


def _kinds(probe: Made) -> set[str]:
    """What can be seen or heard of a file; a cover picture is neither."""
    streams = (one for one in probe.payload["streams"] if not one["is_attached_picture"])
    return {one["kind"] for one in streams} & {"video", "audio"}
