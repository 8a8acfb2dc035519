"""Which original of a capture has a stream that moves, or that sounds."""

from collections.abc import Mapping, Sequence
from typing import Any

from workers.step import Context, Made


def original_with(context: Context, kind: str) -> Made | None:
    """The first original with a stream of a kind that moves or sounds; a cover picture attached to sound does not."""
    streams = {probe.payload["original"]: probe.payload["streams"] for probe in context.needed("probe")}
    for original in context.needed("original"):
        if original.digest is not None and _has(streams.get(original.digest.hex, ()), kind):
            return original
    return None


def _has(streams: Sequence[Mapping[str, Any]], kind: str) -> bool:
    return any(stream["kind"] == kind and not stream["is_attached_picture"] for stream in streams)
