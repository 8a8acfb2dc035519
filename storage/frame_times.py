"""When each frame of an original is shown, and which is shown at a moment."""

import sys
from array import array
from bisect import bisect_right

from storage.blobs.base import BlobStore
from storage.db.tables import Holding
from storage.integrity.digest import Digest

FRAME_TIMES = "frame_times"
MICROSECONDS = 1_000_000
_HALF_A_MILLISECOND = 500


def times_of(blobs: BlobStore, times: Holding | None) -> "array[int]":
    """Microseconds of every frame shown since the first; empty where they are not known. Raises: as `blobs.open`."""
    if times is None or times.sha256 is None:
        return array("Q")
    with blobs.open(Digest.parse(times.sha256)) as stream:
        read = array("I" if times.payload["bytes_each"] == 4 else "Q", stream.read())
    if sys.byteorder == "big":
        read.byteswap()
    return read


def shown_at(times_us: "array[int]", seconds: float) -> int | None:
    """Which frame is shown so long after the first, told in whole milliseconds; None where the times are not known.

    A frame's own time comes back as that frame, to whichever side its millisecond was rounded.
    """
    if not times_us:
        return None
    return max(0, bisect_right(times_us, round(seconds * MICROSECONDS) + _HALF_A_MILLISECOND) - 1)
