"""What is kept of the sound of one video to compare it by: signs, twenty times a second, beside the pictures' hashes.

A record says of one moment, for each of 64 neighbouring pairs of bands of pitch, whether the lower band gained on the
upper one within the last tenth of a second. Where neither gained much the bit is not *said*: hum, silence and hiss say
little, and nothing is concluded from what they do not say. Levels are not kept: they would be speech again.

A record, all numbers little-endian: place (int32), in steps of a twentieth of a second since the first frame; the bits
that are said (uint64); those of them that are set (uint64), the lowest pair of bands the lowest bit.
Source: Haitsma and Kalker 2002, "A Highly Robust Audio Fingerprinting System"; a bit that is not said is ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storage.errors import Implausible

EVERY_S = 0.05
BITS = 64
RATIO = 1.1**0.5
"""From one band to the next. Sound that runs faster by a tenth, and higher with it, is shifted by two bands."""

MOST = 24 * 3600 * 20
"""As many records as one video may have: a day of sound."""

RECORD = np.dtype([("place", "<i4"), ("said", "<u8"), ("bits", "<u8")])
LARGEST_PLACE = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Sounds:
    """Arrays of one length: `places` (n,) int64, ascending, none twice; `said` and `bits` (n,) uint64."""

    places: NDArray[np.int64]
    said: NDArray[np.uint64]
    bits: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.places)

    @classmethod
    def joined(cls, parts: Sequence["Sounds"]) -> "Sounds":
        """All of `parts`, each of which begins after the one before has ended."""
        return cls(
            np.concatenate([np.zeros(0, np.int64), *(one.places for one in parts)]),
            np.concatenate([np.zeros(0, np.uint64), *(one.said for one in parts)]),
            np.concatenate([np.zeros(0, np.uint64), *(one.bits for one in parts)]),
        )

    def at(self, places: NDArray[np.int64]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        """(said, bits) at any `places`; where nothing was heard, nothing is said."""
        if not len(self):
            return np.zeros(places.shape, np.uint64), np.zeros(places.shape, np.uint64)
        rows = np.minimum(np.searchsorted(self.places, places), len(self) - 1)
        is_there = self.places[rows] == places
        nothing = np.uint64(0)
        return np.where(is_there, self.said[rows], nothing), np.where(is_there, self.bits[rows], nothing)

    def encode(self) -> bytes:
        records = np.zeros(len(self), RECORD)
        records["place"], records["said"], records["bits"] = self.places, self.said, self.bits
        return records.tobytes()


NOTHING = Sounds.joined(())


def decode(content: bytes) -> Sounds:
    """The records in `content`. Raises: Implausible for anything that `Sounds.encode` never writes."""
    if len(content) % RECORD.itemsize or len(content) > MOST * RECORD.itemsize:
        raise Implausible("the fingerprints of the sound end in the middle, or never")
    records = np.frombuffer(content, RECORD)
    places = records["place"].astype(np.int64)
    said, bits = np.ascontiguousarray(records["said"]), np.ascontiguousarray(records["bits"])
    if np.any(np.diff(places) <= 0) or np.any(said == 0) or np.any(bits & ~said):
        raise Implausible("the fingerprints hold records that no sound has")
    return Sounds(places, said, bits)
