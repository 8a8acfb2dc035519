"""What a consumer of the decode pass is: it says what it needs, is fed, and at the end says what it found."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from workers.analysis.decode import Frame


@dataclass(frozen=True, slots=True)
class Need:
    """Planes of `width` x `height` points, one every `every` seconds (0: every frame), with colour or luma alone.

    `height` 0 keeps the picture's proportions, at about `width`. `with_keys` adds every key frame in between.
    """

    width: int
    height: int
    every: Fraction = Fraction(0)
    has_colour: bool = False
    with_keys: bool = False


@dataclass(frozen=True, slots=True)
class About:
    """What made a finding: recorded with it, so that a later reader knows what to compare."""

    name: str
    version: str
    parameters: Mapping[str, float]


class Sink(Protocol):
    """A pure consumer of frames: no file, no clock, no other sink.

    `feed` gets `planes`: (3, height, width) uint8 with colour, else (1, height, width), as stored, not rotated.
    `finish` returns its part of the analysis document, canonical JSON values under names of its own.
    """

    @property
    def about(self) -> About: ...
    @property
    def need(self) -> Need: ...
    def feed(self, frame: Frame, planes: NDArray[np.uint8]) -> None: ...
    def finish(self) -> Mapping[str, Any]: ...
