"""Where the shots of an original lie, and one sharp picture of each: one decode pass over the file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage.integrity.digest import Digest
from workers import findings
from workers.decoding import decode
from workers.step import Context, Made, Product

# What the payload repeats of the engine's document; all of it, with what grows with the video, is in the file.
_SHOWN = {"file", "notes", "versions"}


@dataclass(frozen=True, slots=True)
class Analyse:
    """The one-pass engine over the original that carries the picture; sound alone has no shots."""

    name: str = "analyse"
    version: str = "1"
    needs: frozenset[str] = frozenset({"original", "probe"})
    makes: frozenset[str] = frozenset({"shots", "keyframe"})
    queue: str = "media"

    def run(self, context: Context) -> Sequence[Product]:
        """One `shots` product, and one `keyframe` product (JPEG, display orientation) per shot, times exact.

        The shots themselves and the quality are in the file of the `shots` product; its payload counts them.
        """
        original = _with_picture(context)
        if original is None or original.digest is None:
            nothing = {"original": None, "shot_count": 0, "quality_count": 0, "sentence": "there is no picture in it"}
            return [Product("shots", payload=nothing)]
        digest = original.digest
        folder = decode(context, context.open_local(digest))
        said = findings.read(folder, "analysis.json", findings.Analysed)
        findings.check_file(said, digest)
        findings.check_keyframes(said, folder)
        told = said.model_dump(include=_SHOWN)
        told |= {"shot_count": len(said.shots), "quality_count": sum(map(len, said.quality.values()))}
        shots = Product("shots", path=folder / "analysis.json", payload=findings.payload(digest, told))
        return [shots, *(_keyframe(folder, digest, frame) for frame in said.keyframes)]


def _keyframe(folder: Path, original: Digest, frame: findings.Keyframe) -> Product:
    told = findings.payload(original, frame.model_dump(exclude={"file"}))
    return Product("keyframe", media_type="image/jpeg", path=folder / frame.file, payload=told)


def _with_picture(context: Context) -> Made | None:
    probes = context.needed("probe")
    pictured = {probe.payload["original"] for probe in probes if _has_picture(probe.payload["streams"])}
    for original in context.needed("original"):
        if original.digest is not None and original.digest.hex in pictured:
            return original
    return None


def _has_picture(streams: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a stream moves; a cover picture attached to sound does not."""
    return any(stream["kind"] == "video" and not stream["is_attached_picture"] for stream in streams)
