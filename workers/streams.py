"""Which original of a capture has a stream that moves, or that sounds, and which one is the sound of another."""

from collections.abc import Mapping, Sequence
from typing import Any

from storage.integrity.digest import Digest
from workers.step import Context, Made


def original_with(context: Context, kind: str) -> Made | None:
    """The first original with a stream of a kind that moves or sounds; a cover picture attached to sound does not."""
    streams = {probe.payload["original"]: probe.payload["streams"] for probe in context.needed("probe")}
    for original in context.needed("original"):
        if original.digest is not None and kind in _kinds(streams.get(original.digest.hex, ())):
            return original
    return None


def sound_apart(context: Context, picture: Digest) -> Digest | None:
    """The original that is the sound of `picture`, where a site served them as two files.

    It is sound alone, collected in the same capture for the same entry of the post, of which `picture` is the only
    picture and has no sound of its own. Of several, as of other languages, it is the one that the capture wrote down
    first. None where there is none.
    """
    streams = {probe.payload["original"]: probe.payload["streams"] for probe in context.needed("probe")}
    entries = {one.digest.hex: one.payload.get("entry") for one in context.needed("original") if one.digest is not None}
    beside = {
        digest: _kinds(streams.get(digest, ()))
        for digest, entry in entries.items()
        if entry == entries.get(picture.hex)
    }
    pictured = [digest for digest, kinds in beside.items() if "video" in kinds]
    heard = [digest for digest, kinds in beside.items() if kinds == {"audio"}]
    is_mute = beside.get(picture.hex) == {"video"} and pictured == [picture.hex]
    return Digest.parse(heard[0]) if is_mute and heard else None


def _kinds(streams: Sequence[Mapping[str, Any]]) -> set[str]:
    """What can be seen or heard of a file; a cover picture is neither."""
    moving = (one["kind"] for one in streams if not one["is_attached_picture"])
    return {"video", "audio"}.intersection(moving)
