"""The fingerprints of a video by what they show: one row of signs for every sampled frame, in each of its views."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workers.copies.hashes import BITS, BYTES, mirrored
from workers.copies.prints import MOST_PLACES, Kind, Prints

Signs = NDArray[np.float32]
"""(frames, 256): +1 and -1 for the bits of a hash, 0 where there is none; the product of two rows counts agreement."""

View = tuple[Kind, int]
"""What is hashed, and which of them."""

_FREQUENCIES = BITS - 1 - np.arange(BITS)
_IS_COARSE = (_FREQUENCIES // 16 < 4) & (_FREQUENCIES % 16 < 4)
COARSE: NDArray[np.float32] = (_IS_COARSE * (BITS / _IS_COARSE.sum())).astype(np.float32)
"""(256,) weights that leave of a hash its four lowest frequencies each way, and keep the scale of a product."""

IN_A_MIRROR: Signs = 1 - 2 * np.unpackbits(mirrored(np.zeros((1, BYTES), np.uint8))).astype(np.float32)
"""(256,) signs by which a hash becomes that of the picture in a mirror."""


@dataclass(frozen=True, slots=True)
class Views:
    """`times` (n,): seconds since the first frame; `signs`: each view's (n, 256); `rows`: the frames that have it."""

    times: NDArray[np.float64]
    signs: Mapping[View, Signs]
    rows: Mapping[View, NDArray[np.intp]]

    @classmethod
    def of(cls, prints: Prints) -> "Views":
        ticks = prints.ticks[prints.kinds == Kind.FULL]
        signs: dict[View, Signs] = {}
        known: dict[View, NDArray[np.intp]] = {}
        named = prints.kinds.astype(np.int64) * MOST_PLACES + prints.places
        for name in np.unique(named):
            kind, place = divmod(int(name), MOST_PLACES)
            chosen = named == name
            rows = np.searchsorted(ticks, prints.ticks[chosen])
            is_known = (rows < len(ticks)) & (ticks[np.minimum(rows, len(ticks) - 1)] == prints.ticks[chosen])
            own = np.zeros((len(ticks), BITS), np.float32)
            own[rows[is_known]] = 2 * np.unpackbits(prints.hashes[chosen][is_known], axis=1).astype(np.float32) - 1
            signs[Kind(kind), place] = own
            known[Kind(kind), place] = np.unique(rows[is_known])
        times = (ticks - prints.header.start) * float(prints.time_base)
        return cls(times, signs, known)


@dataclass(frozen=True, slots=True)
class Seen:
    """How one video is looked at beside the other: by a view of each, the second perhaps in a mirror."""

    first: View
    second: View
    is_mirrored: bool

    @property
    def is_cropped(self) -> bool:
        """Whether a part of the one is the whole of the other; the same part of both only hides what lies beyond."""
        return (self.first[0] is Kind.CROP) != (self.second[0] is Kind.CROP)

    @property
    def has_crop(self) -> bool:
        return Kind.CROP in (self.first[0], self.second[0])

    def signs(self, one: Views, other: Views) -> tuple[Signs, Signs]:
        second = other.signs[self.second]
        return one.signs[self.first], second * IN_A_MIRROR if self.is_mirrored else second


def looks(one: Views, other: Views) -> Iterator[Seen]:
    """Every way worth looking: the whole and the active areas beside everything, a crop beside the same crop."""
    for first in one.signs:
        for second in other.signs:
            if first[0] is second[0] is Kind.CROP and first != second:
                continue
            for is_mirrored in (False, True):
                yield Seen(first, second, is_mirrored)
