"""A first look at an original, within seconds: stills and possible copies by its key frames, long before its shots."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from storage.domain.matches import POSSIBLE_MATCH, Relation
from storage.domain.steps import VERSIONS
from storage.integrity.digest import Digest
from workers import findings, viewed
from workers.comparing import compare
from workers.decoding import decode
from workers.step import Context, Product
from workers.streams import original_with

_COMPARED_FOR_S = 60.0
"""A first look takes no longer; the match step compares with everybody."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Decodes key frames alone, of the original that the analysis will look through. All it says is provisional.

    Its fingerprints are compared and let go: those of the whole pass are the ones to keep.
    """

    name: str = "arrival"
    version: str = VERSIONS["arrival"]
    needs: frozenset[str] = frozenset({"original", "probe"})
    makes: frozenset[str] = frozenset(
        {"arrival", "first_stills", "first_stills_sketch", "first_stills_blur", POSSIBLE_MATCH}
    )
    queue: str = "media"

    def run(self, context: Context) -> Sequence[Product]:
        """One `arrival` product, its file the engine's document; where key frames were seen, also `first_stills`.

        The stills are one JPEG of tiles, also behind both shields. A `possible_match` is what the key frames alone say
        of another item; what they do not find may be there all the same.
        """
        original = original_with(context, "video")
        if original is None or original.digest is None:
            return [Product("arrival", payload={"original": None, "looked": "no_picture"})]
        digest = original.digest
        folder = decode(context, context.open_local(digest), "--arrival")
        said = findings.read(folder, "arrival.json", viewed.Arrived)
        findings.check_file(said, digest)
        viewed.check_sprites(said.sprites, folder)
        told = said.model_dump(include={"looked", "key_frames", "damaged", "notes", "versions"})
        arrived = Product("arrival", path=folder / "arrival.json", payload=findings.payload(digest, told))
        return [arrived, *_stills(folder, digest, said), *_possible(context, folder, digest, said)]


def _stills(folder: Path, original: Digest, said: viewed.Arrived) -> Iterator[Product]:
    for sprite in said.sprites:
        kind = f"first_stills_{sprite.shield}" if sprite.shield else "first_stills"
        payload = findings.payload(original, sprite.model_dump(exclude={"file", "sha256", "size_bytes"}))
        yield Product(kind, media_type="image/jpeg", path=folder / sprite.file, payload=payload)


def _possible(context: Context, folder: Path, original: Digest, said: viewed.Arrived) -> Iterator[Product]:
    if said.looked == "seen":
        prints, _ = findings.fingerprints(folder, original)
        turn = compare(context, POSSIBLE_MATCH, prints, _COMPARED_FOR_S)
        yield from (one for one in turn.found if one.payload["relation"] != Relation.NONE)
