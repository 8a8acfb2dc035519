"""The samples of decoded sound as arrays, whatever their format, and whatever damage did to their layout."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

MOST_CHANNELS = 8
"""As many channels as are listened to."""

MIXED = 3
"""As many as are mixed to one: left, right, and the middle, where voices are."""

_SAMPLES = {
    name: np.dtype(kind) for name, kind in (("u8", "u1"), ("s16", "i2"), ("s32", "i4"), ("flt", "f4"), ("dbl", "f8"))
}
_LOUDEST = 4.0


Samples = NDArray[np.integer[Any]] | NDArray[np.floating[Any]]


def is_known(frame: AudioFrame) -> bool:
    """Whether the samples are of a format that is read here."""
    return frame.format.name.removesuffix("p") in _SAMPLES


def planes(frame: AudioFrame) -> Iterator[tuple[Samples, int]]:
    """Each plane's samples (n * channels,), as stored, and how many channels lie in it side by side.

    The planes are counted by the layout, not by PyAV: where damage changes the number of channels, it offers stale
    ones, and reading those ends the program. Of planes with one channel each the first eight.
    """
    dtype = _SAMPLES.get(frame.format.name.removesuffix("p"))
    if dtype is None:
        return
    channels = frame.layout.nb_channels
    count, each = (channels, 1) if frame.format.is_planar else (1, channels)
    for plane in frame.planes[: min(count, MOST_CHANNELS)]:
        held = memoryview(plane)
        samples = min(frame.samples * each, held.nbytes // dtype.itemsize)
        if samples:
            yield np.frombuffer(held, dtype, samples), each


def scale(dtype: np.dtype[Any]) -> tuple[float, float]:
    """(middle, half): a sample is (value - middle) / half of full scale."""
    if dtype.kind == "f":
        return 0.0, 1.0
    half = 2.0 ** (8 * dtype.itemsize - 1)
    return (half if dtype.kind == "u" else 0.0), half


def copied(frame: AudioFrame, held: Sequence[tuple[Samples, int]]) -> tuple[Samples, ...]:
    """The samples of the first planes of `frame`, which `held` are the `planes` of, to keep.

    None where their format is not known, or fewer are there than the frame says.
    """
    heard = held[:MIXED]
    is_whole = all(len(samples) == frame.samples * each for samples, each in heard)
    return tuple(samples.copy() for samples, _ in heard) if is_whole else ()


def mono(pieces: Sequence[tuple[Samples, ...]], each: int) -> NDArray[np.float32]:
    """(n,) the mean of the first three channels of `pieces`, one after the other, 1 being full scale.

    Each piece is as `copied` gives it, all of one form, with `each` channels side by side in a plane. What is no
    number is silence.
    """
    if not pieces:
        return np.zeros(0, np.float32)
    joined = [np.concatenate(plane) for plane in zip(*pieces, strict=True)]
    middle, half = scale(joined[0].dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        channels = [plane.reshape(-1, each)[:, number] for plane in joined for number in range(min(each, MIXED))]
        total = channels[0].astype(np.float32)
        for channel in channels[1:]:
            total += channel.astype(np.float32)
        total = (total / np.float32(len(channels)) - np.float32(middle)) * np.float32(1 / half)
    if not np.isfinite(total).all():
        total[~np.isfinite(total)] = 0
    return np.clip(total, -_LOUDEST, _LOUDEST, out=total)
