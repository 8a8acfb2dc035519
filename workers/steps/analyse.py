"""Where the shots of an original lie, and one sharp picture of each: one decode pass over the file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workers.decoding import decode
from workers.step import Context, Made, Product

# What the payload repeats of the engine's document; all of it is in the file.
_SHOWN = ("file", "shots", "quality", "notes", "versions")


@dataclass(frozen=True, slots=True)
class Analyse:
    """The one-pass engine over the original that carries the picture; sound alone has no shots."""

    name: str = "analyse"
    version: str = "1"
    needs: frozenset[str] = frozenset({"original", "probe"})
    makes: frozenset[str] = frozenset({"shots", "keyframe"})
    queue: str = "media"

    def run(self, context: Context) -> Sequence[Product]:
        """One `shots` product, and one `keyframe` product (JPEG, display orientation) per shot, times exact."""
        original = _with_picture(context)
        if original is None or original.digest is None:
            return [Product("shots", payload={"original": None, "shots": [], "sentence": "there is no picture in it"})]
        digest = original.digest
        folder, document = decode(context, context.open_local(digest), "analysis.json")
        shots = Product(
            "shots",
            path=folder / "analysis.json",
            payload={"original": digest.hex, **{name: document[name] for name in _SHOWN}},
        )
        return [shots, *(_keyframe(folder / frame["file"], digest.hex, frame) for frame in document["keyframes"])]


def _keyframe(path: Path, original: str, frame: Mapping[str, Any]) -> Product:
    told = {name: value for name, value in frame.items() if name != "file"}
    return Product("keyframe", media_type="image/jpeg", path=path, payload={"original": original, **told})


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
