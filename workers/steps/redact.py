"""A copy in which faces are hidden: for others to see, while the original stays as it is."""

from collections.abc import Sequence
from dataclasses import dataclass

from storage.domain.faces import FACES, REDACTED
from storage.domain.steps import VERSIONS
from storage.integrity.digest import Digest
from workers import findings, played
from workers.analysis import veil
from workers.step import Context, Made, Product
from workers.streams import sound_apart

_HIDDEN = (
    "A copy was made in which {count:,} faces are behind solid boxes. Nobody has looked whether all are. "
    "The sound is as it was: a voice tells who somebody is."
)
_NOBODY_LOOKED = "No copy with hidden faces was made: nobody looked for faces."
_NOTHING = "No copy with hidden faces was made: no face was found. That does not mean that there is none."


@dataclass(frozen=True, slots=True)
class Redact:
    """Paints over what the look for faces has found; a copy is made where there is something to hide, and only there.

    Its frames are those of the original, at their times. What the file's tags say is not taken over.
    """

    name: str = "redact"
    version: str = VERSIONS["redact"]
    needs: frozenset[str] = frozenset({"original", "probe", "frame_times", FACES})
    makes: frozenset[str] = frozenset({REDACTED})
    queue: str = "media"

    def run(self, context: Context) -> Sequence[Product]:
        """One `redacted_copy` product for each original that was looked through: MP4, or only words.

        Raises: Implausible where the copy has other frames than its original: then there is none.
        """
        looks = {one.payload["original"]: one for one in context.needed(FACES)}
        times = {one.payload["original"]: one for one in context.needed("frame_times")}
        return [_redacted(context, times[original], look) for original, look in looks.items() if original in times]


def _redacted(context: Context, times: Made, look: Made) -> Product:
    original = Digest.parse(times.payload["original"])
    if look.digest is None:
        return _without(original, "no_model", _NOBODY_LOOKED)
    if not look.payload["faces"]:
        return _without(original, "no_faces", _NOTHING)
    sound = None if times.payload["has_sound"] else sound_apart(context, original)
    document = context.open_local(look.digest)
    path, made = played.copied(context, times, sound, "--hide", str(document), also=[document])
    told = made | {
        "outcome": "made",
        "sentence": _HIDDEN.format(count=look.payload["faces"]),
        "faces": look.payload["faces"],
        "by": look.digest.hex,
        "fill": "solid",
        "algorithm": veil.VERSION,
        "sound_from": sound.hex if sound else None,
    }
    return Product(REDACTED, "video/mp4", path, payload=findings.payload(original, told))


def _without(original: Digest, outcome: str, sentence: str) -> Product:
    return Product(REDACTED, payload=findings.payload(original, {"outcome": outcome, "sentence": sentence}))
