"""What a browser plays of an original: the original itself where it steps exactly, else a review copy."""

from collections.abc import Sequence
from dataclasses import dataclass

from storage.domain.steps import VERSIONS
from storage.integrity.digest import Digest
from workers import findings, played
from workers.step import Context, Made, Product
from workers.streams import sound_apart

_AS_IT_IS = "Browsers step through the original exactly as it is."
_COPIED = "A copy is played: browsers do not step through the original exactly, soon and everywhere."
_JOINED = "A copy is played: the picture and its sound were collected as two files."


@dataclass(frozen=True, slots=True)
class Review:
    """Decides whether a review copy is needed, and makes it; its frames are those of the original, at their times.

    Raises: Implausible where the copy shows others: then there is none.
    """

    name: str = "review"
    version: str = VERSIONS["review"]
    needs: frozenset[str] = frozenset({"original", "probe", "frame_times"})
    makes: frozenset[str] = frozenset({"review_copy"})
    queue: str = "media"

    def run(self, context: Context) -> Sequence[Product]:
        """One `review_copy` product for each original with frame times: MP4, or only words where none is needed."""
        return [_reviewed(context, times) for times in context.needed("frame_times")]


def _reviewed(context: Context, times: Made) -> Product:
    told = times.payload
    original = Digest.parse(told["original"])
    sound = None if told["has_sound"] else sound_apart(context, original)
    if not told["obstacles"] and sound is None:
        words = {"is_needed": False, "obstacles": [], "sentence": _AS_IT_IS, "sound_from": None}
        same = {name: told[name] for name in ("first_us", "has_sound")}
        return Product("review_copy", payload=findings.payload(original, words | same | {"frames": told["count"]}))
    return _copied(context, original, times, sound)


def _copied(context: Context, original: Digest, times: Made, sound: Digest | None) -> Product:
    told = times.payload
    path, made = played.copied(context, times, sound, *(["--rewrap"] if told["can_be_rewrapped"] else []))
    payload = made | {
        "is_needed": True,
        "obstacles": told["obstacles"],
        "sentence": _COPIED if told["obstacles"] else _JOINED,
        "sound_from": sound.hex if sound else None,
    }
    return Product("review_copy", "video/mp4", path, payload=findings.payload(original, payload))
