"""Where the shots of an original lie, one sharp picture of each, its sound, and what a player needs: one pass."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage.domain.flaws import SHOTS, fragments_of
from storage.domain.steps import VERSIONS
from storage.errors import Implausible
from storage.integrity.digest import Digest
from workers import findings, viewed
from workers.decoding import decode
from workers.step import Context, Product
from workers.streams import original_with, sound_apart

# What the payload repeats of the engine's document; all of it, with what grows with the video, is in the file.
_SHOWN = {"file", "notes", "versions"}
_OF_THE_FILE = {"file", "sha256", "size_bytes"}


@dataclass(frozen=True, slots=True)
class Analyse:
    """The one-pass engine over the original that carries the picture, and its sound, which may be another original.

    Sound alone has no shots, but a waveform. Of several sound tracks the first is heard.
    """

    name: str = "analyse"
    version: str = VERSIONS["analyse"]
    needs: frozenset[str] = frozenset({"original", "probe"})
    makes: frozenset[str] = frozenset(
        {
            *(SHOTS, "fingerprints", "keyframe", "keyframe_sketch", "keyframe_blur"),
            *("frame_times", "sprite", "sprite_sketch", "sprite_blur", "waveform"),
        }
    )
    queue: str = "media"

    def run(self, context: Context) -> Sequence[Product]:
        """One `shots` product, and `keyframe` products (JPEG, display orientation), times exact.

        Each shot has its best picture, and more where it changes; what shows the same as an earlier one is linked to it
        in the document alone. The shots themselves and the quality are in the file of the `shots` product; its payload
        counts them, and says how much is amiss, by kind. For the player: `frame_times` (little-endian unsigned
        microseconds since the first frame shown), a `sprite` of small pictures, both pictures also behind shields, and
        the `waveform` where there is sound. `sound` in the payloads says of which file and stream that is.
        """
        original = original_with(context, "video")
        if original is None or original.digest is None:
            nothing = {"original": None, "shot_count": 0, "quality_count": 0, "sentence": "there is no picture in it"}
            return [Product(SHOTS, payload=nothing), *_heard(context)]
        digest = original.digest
        apart = sound_apart(context, digest)
        folder = _looked(context, digest, apart)
        said = findings.read(folder, "analysis.json", findings.Analysed)
        findings.check_file(said, digest)
        findings.check_keyframes(said, folder)
        viewing = _viewing(folder, digest, {frame.number: (frame.sha256, frame.shot) for frame in said.pictured})
        told = said.model_dump(include=_SHOWN)
        found = findings.flaws(said, fragments_of(original.payload))
        sound = findings.sound_of(said, apart or digest)
        told |= sound | {
            "shot_count": len(said.shots),
            "quality_count": sum(map(len, said.quality.values())),
            "flaws": found,
        }
        shots = Product(SHOTS, path=folder / "analysis.json", payload=findings.payload(digest, told))
        keyframes = (_keyframe(folder, digest, frame) for frame in said.pictured)
        return [
            shots,
            _fingerprints(folder, digest, said.fingerprint_file, sound),
            *keyframes,
            *_for_viewing(folder, digest, viewing, sound),
        ]


def _looked(context: Context, picture: Digest, sound: Digest | None) -> Path:
    """The folder that the engine wrote to."""
    apart = [context.open_local(sound)] if sound else []
    return decode(
        context, context.open_local(picture), "--viewing", *(("--sound", str(apart[0])) if apart else ()), also=apart
    )


def _fingerprints(folder: Path, digest: Digest, told: findings.FingerprintFile, sound: dict[str, Any]) -> Product:
    """The fingerprints of the pictures and their sound, read through. Raises: Implausible."""
    prints, content = findings.fingerprints(folder, digest)
    if (Digest.of(content).hex, len(content)) != (told.sha256, told.size_bytes):
        raise Implausible(f"{told.file} does not hold the fingerprints the document tells of")
    head = prints.header.model_dump(include={"algorithm", "algorithm_version", "frames", "dropped"})
    said = findings.payload(digest, head | sound | {"hashes": len(prints), "sounds": len(prints.heard)})
    return Product("fingerprints", media_type="application/octet-stream", path=folder / told.file, payload=said)


def _heard(context: Context) -> Iterator[Product]:
    """The waveform of an original that is only sound."""
    original = original_with(context, "audio")
    if original is None or original.digest is None:
        return
    folder = _looked(context, original.digest, None)
    viewing = _viewing(folder, original.digest, {})
    said = findings.read(folder, "analysis.json", findings.Listened)
    yield from _waveform(folder, original.digest, viewing, findings.sound_of(said, original.digest))


def _viewing(folder: Path, original: Digest, keyframes: Mapping[int, tuple[str, int]]) -> viewed.Viewing:
    """What was made for the player, checked. Raises: Implausible."""
    said = findings.read(folder, "viewing.json", viewed.Viewing)
    findings.check_same(said.file, original)
    viewed.check_viewing(said, folder, keyframes)
    return said


def _keyframe(folder: Path, original: Digest, frame: findings.Keyframe) -> Product:
    told = findings.payload(original, frame.model_dump(exclude={"file", "number"}))
    return Product("keyframe", media_type="image/jpeg", path=folder / frame.file, payload=told)


def _for_viewing(folder: Path, original: Digest, said: viewed.Viewing, sound: dict[str, Any]) -> Iterator[Product]:
    if said.frame_times is not None:
        yield _file("frame_times", "application/octet-stream", folder, original, said.frame_times)
    for sprite in said.sprites:
        kind = f"sprite_{sprite.shield}" if sprite.shield else "sprite"
        yield _file(kind, "image/jpeg", folder, original, sprite)
    for copy in said.shields:
        yield _file(f"keyframe_{copy.shield}", "image/jpeg", folder, original, copy)
    yield from _waveform(folder, original, said, sound)


def _waveform(folder: Path, original: Digest, said: viewed.Viewing, sound: dict[str, Any]) -> Iterator[Product]:
    if said.waveform is not None:
        yield _file("waveform", "application/octet-stream", folder, original, said.waveform, sound)


def _file(
    kind: str, media_type: str, folder: Path, original: Digest, told: viewed.Kept, also: dict[str, Any] | None = None
) -> Product:
    payload = findings.payload(original, told.model_dump(exclude=_OF_THE_FILE) | (also or {}))
    return Product(kind, media_type=media_type, path=folder / told.file, payload=payload)
