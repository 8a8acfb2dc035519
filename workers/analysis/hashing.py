"""The hashes of pictures as they are kept: the whole frame, its active area, and crops of it.

The crops are for copies that were cropped or had something laid over an edge: what is left in them is found again in a
crop of the original. What was laid around a picture is told from the picture by half a minute of samples, see `areas`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from storage.integrity.digest import Digest
from workers.analysis import pdq
from workers.analysis.areas import WHOLE, Area, active_areas
from workers.analysis.sink import About
from workers.copies.prints import Header, Kind, Prints

EVERY_S = Fraction(1, 2)
STRETCH = 64
"""So many samples are hashed together, for what they show around the picture is the same."""

_LEAST_QUALITY = 8
_ALGORITHM, _VERSION = "pdq-luma", "1"

CROPS = (
    Area(0.05, 0.05, 0.95, 0.95),
    *(Area(left, top, left + 0.8, top + 0.8) for left in (0.0, 0.1, 0.2) for top in (0.0, 0.1, 0.2)),
    Area(0.0, 0.0, 1.0, 0.8),
    Area(0.2, 0.2, 0.8, 0.8),
    Area(0.0, 0.0, 0.6, 1.0),
    Area(0.4, 0.0, 1.0, 1.0),
)


_WINDOWS = ((1.0, 1), (0.95, 3), (0.889, 6), (0.83, 7), (0.75, 8))
"""How wide a window of a still is, of all of it, and at how many places each way: they lie four hundredths apart.

A still that was cropped by a tenth holds one of CROPS in a window of 0.8 / 0.9, one by a fifth in one of 0.6 / 0.8.
"""


@dataclass(frozen=True, slots=True)
class Records:
    """What is kept of some pictures: arrays of one length, as `Prints` has them; and how many were hashed, or not."""

    ticks: NDArray[np.int64]
    kinds: NDArray[np.uint8]
    qualities: NDArray[np.uint8]
    areas: NDArray[np.uint8]
    places: NDArray[np.uint8]
    hashes: NDArray[np.uint8]
    frames: int
    dropped: int


def records_of(ticks: Sequence[int], pictures: NDArray[np.uint8]) -> Records:
    """The hashes of the whole, the active areas and the crops of `pictures`: (n, height, width) uint8, luma, upright.

    The active areas are those of all of them together. A picture with nothing to see has no record.
    """
    actives = active_areas(pictures)
    crops = [crop.within(actives[0] if actives else WHOLE) for crop in CROPS]
    areas = [WHOLE, *actives, *crops]
    kinds = [Kind.FULL, *(Kind.ACTIVE for _ in actives), *(Kind.CROP for _ in crops)]
    places = [0, *range(len(actives)), *range(len(crops))]
    parts = [area.sides() for area in areas]
    qualities = pdq.qualities_of(pictures, parts)
    hashes = pdq.hashes_of(pictures, parts)
    has_sight = qualities >= _LEAST_QUALITY
    has_sight[1:] &= has_sight[0]
    numbers, frames = np.nonzero(has_sight)
    return Records(
        ticks=np.asarray(ticks, np.int64)[frames],
        kinds=np.asarray(kinds, np.uint8)[numbers],
        qualities=qualities[has_sight],
        areas=np.round(255 * np.asarray(parts)).astype(np.uint8)[numbers],
        places=np.asarray(places, np.uint8)[numbers],
        hashes=hashes[has_sight],
        frames=int(has_sight[0].sum()),
        dropped=int((~has_sight[0]).sum()),
    )


def windows_of(picture: NDArray[np.uint8]) -> Records:
    """The hashes of a still, (height, width) uint8, luma, upright: each window as if it were a frame of its own.

    A video is hashed in a few crops of every frame; where the still was cropped in another way, some window of it
    shows what one of those does.
    """
    actives = active_areas(picture[None])
    within = [WHOLE, *(area for area in actives[:1])]
    areas = [window.within(area) for area in within for window in _windows()]
    areas += actives[1:]
    parts = [area.sides() for area in areas]
    qualities = pdq.qualities_of(picture[None], parts)[:, 0]
    has_sight = qualities >= _LEAST_QUALITY
    numbers = np.nonzero(has_sight)[0]
    return Records(
        ticks=numbers.astype(np.int64),
        kinds=np.full(len(numbers), Kind.FULL, np.uint8),
        qualities=qualities[numbers],
        areas=np.round(255 * np.asarray(parts)).astype(np.uint8)[numbers],
        places=np.zeros(len(numbers), np.uint8),
        hashes=pdq.hashes_of(picture[None], parts)[numbers, 0],
        frames=len(numbers),
        dropped=int((~has_sight).sum()),
    )


def _windows() -> Iterator[Area]:
    for size, places in _WINDOWS:
        offsets = np.linspace(0, 1 - size, places)
        yield from (Area(left, top, left + size, top + size) for top in offsets for left in offsets)


def prints_of(header: Header, records: Sequence[Records]) -> Prints:
    """The fingerprints made of `records`, in their order."""
    return Prints(
        header,
        np.concatenate([np.zeros(0, np.int64), *(one.ticks for one in records)]),
        np.concatenate([np.zeros(0, np.uint8), *(one.kinds for one in records)]),
        np.concatenate([np.zeros(0, np.uint8), *(one.qualities for one in records)]),
        np.concatenate([np.zeros((0, 4), np.uint8), *(one.areas for one in records)]),
        np.concatenate([np.zeros(0, np.uint8), *(one.places for one in records)]),
        np.concatenate([np.zeros((0, 32), np.uint8), *(one.hashes for one in records)]),
    )


def about() -> About:
    """What makes fingerprints, of a video and of a picture alike."""
    return About(
        "fingerprints",
        _VERSION,
        {
            "every_s": float(EVERY_S),
            "stretch": STRETCH,
            "least_quality": _LEAST_QUALITY,
            "crops": len(CROPS),
            "bits": 256,
        },
    )


def header_of(digest: Digest, size: tuple[int, int], counts: tuple[int, int], clock: tuple[str, int, int]) -> Header:
    """The header for `digest`, with `size` (width, height), `counts` (hashed, dropped), `clock` (base, start, end)."""
    made = about()
    return Header(
        original=digest.hex,
        algorithm=_ALGORITHM,
        algorithm_version=made.version,
        parameters=dict(made.parameters),
        versions={"av": av.__version__, "opencv": cv2.__version__, "numpy": np.__version__},
        time_base=clock[0],
        start=clock[1],
        end=clock[2],
        width=size[0],
        height=size[1],
        frames=counts[0],
        dropped=counts[1],
    )
