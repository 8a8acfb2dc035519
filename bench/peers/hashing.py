"""Others' ways to tell whether two videos are copies, where `make bench-peers` has brought them."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from workers.copies.hashes import distances

PEERS = Path(__file__).parents[2] / ".venv" / "peers"
_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class Peer:
    """`seen` of a video is what is kept of it; `are_copies` says whether the first is one of the second."""

    name: str
    seen: Callable[[Path], Any]
    are_copies: Callable[[Any, Any], bool]


def peers() -> list[Peer]:
    """Those that are installed."""
    sys.path.append(str(PEERS))
    found: list[Peer] = []
    try:
        import pdqhash

        def pdq(path: Path) -> NDArray[np.uint8]:
            hashed = [pdqhash.compute(picture) for picture in _pictures(path)]
            return np.asarray([np.packbits(bits) for bits, quality in hashed if quality >= 50], np.uint8).reshape(
                -1, 32
            )

        found.append(Peer("vPDQ rule (pdqhash, quality 50, distance 31, half)", pdq, lambda a, b: _half(a, b, 31)))
    except ImportError:
        pass
    try:
        import imagehash
        from PIL import Image

        def phash(path: Path) -> NDArray[np.uint8]:
            hashed = [imagehash.phash(Image.fromarray(picture)).hash.ravel() for picture in _pictures(path)]
            padded = np.zeros((len(hashed), 256), np.uint8)
            padded[:, :64] = hashed
            return np.packbits(padded, axis=1)

        found.append(Peer("imagehash pHash (64 bits, distance 10, half)", phash, lambda a, b: _half(a, b, 10)))
    except ImportError:
        pass
    return found


def _half(first: NDArray[np.uint8], second: NDArray[np.uint8], radius: int) -> bool:
    """Whether half of the first's frames are near some frame of the second."""
    if not len(first) or not len(second):
        return False
    return bool((distances(first, second) <= radius).any(1).mean() >= 0.5)


def _pictures(path: Path) -> list[NDArray[np.uint8]]:
    """A picture every half second."""
    chosen, due = [], 0.0
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if frame.time is not None and frame.time >= due:
                chosen.append(frame.to_ndarray(format="rgb24"))
                due = frame.time + _EVERY_S
    return chosen
