"""Fingerprints of the sound, made of the frames of sound that the sound pass brings by."""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

from storage.domain.mediatime import MediaTime
from workers.analysis.samples import Samples, copied, mono
from workers.copies.prints import Prints, SoundHeader
from workers.copies.sounds import BITS, EVERY_S, LARGEST_PLACE, MOST, NOTHING, RATIO, Sounds

VERSION = "1"
ALGORITHM = "band-signs"

_LOWEST_HZ, _WIDTH = 200.0, 1.5
_WINDOW_S, _LAG = 0.256, 2
_LEAST_DB, _FLOOR = 1.5, 1e-8
_RATE_HZ, _TAPS, _PASSED = 8000, 8, 0.95
_RATES_HZ = (4_000, 384_000)
_HIGHEST = 0.45
_CHUNK_S = 4.0
_APART_S = 0.05
_FURTHEST_S = 1e8
PARAMETERS = {"every_s": EVERY_S, "window_s": _WINDOW_S, "lowest_hz": _LOWEST_HZ, "least_db": _LEAST_DB, "bits": BITS}


@dataclass(frozen=True, slots=True)
class _Form:
    """How sound is stored: samples a second, their format, and how many channels lie side by side in a plane."""

    rate: int
    samples: str
    side_by_side: int


@dataclass(slots=True)
class Ear:
    """Hears frames of sound in file order; `zero_s` is the time of the first frame shown, which places count from.

    Some seconds of sound are kept, and 20 bytes of each twentieth of a second that was heard. Where the sound jumps,
    stops, or changes its rate, it begins anew; of what is told twice the first counts.
    """

    zero_s: float
    _stretch: "_Stretch | None" = None
    _heard: list[Sounds] = field(default_factory=list)
    _count: int = 0
    _last: int = -LARGEST_PLACE

    def add(self, frame: AudioFrame, held: Sequence[tuple[Samples, int]], at: MediaTime) -> None:
        """Hear a frame that sounds from `at` on; `held` are its `planes`.

        One that lies about its rate, its time or its samples is not heard.
        """
        form = _Form(frame.sample_rate, frame.format.name, 1 if frame.format.is_planar else frame.layout.nb_channels)
        start_s, piece = at.seconds - self.zero_s, copied(frame, held)
        if not piece or not _RATES_HZ[0] <= form.rate <= _RATES_HZ[1] or abs(start_s) > _FURTHEST_S:
            return
        stretch = self._stretch
        if stretch is None or not stretch.goes_on(form, len(piece), start_s):
            self._keep()
            stretch = self._stretch = _Stretch(form, len(piece), start_s)
        stretch.add(piece)
        if stretch.waiting_s >= _CHUNK_S:
            self._keep()

    def finish(self) -> Sounds:
        """All that was heard."""
        self._keep()
        return Sounds.joined(self._heard)

    def _keep(self) -> None:
        if self._stretch is None or self._count >= MOST:
            return
        found = self._stretch.heard()
        is_new = (found.places > self._last) & (found.said != 0)
        chosen = np.flatnonzero(is_new)[: MOST - self._count]
        if len(chosen):
            self._heard.append(Sounds(found.places[chosen], found.said[chosen], found.bits[chosen]))
            self._count += len(chosen)
            self._last = int(found.places[chosen[-1]])


def with_sound(prints: Prints, ear: Ear | None) -> Prints:
    """`prints` with what was heard; `ear` is None where the file has no sound.

    Nothing of it is kept where damaged times let the pictures begin elsewhere: it could not be laid beside them.
    """
    start_s = float(prints.header.start * prints.time_base)
    if ear is not None and abs(ear.zero_s - start_s) > EVERY_S:
        return prints
    heard = ear.finish() if ear is not None else NOTHING
    told = SoundHeader(
        algorithm=ALGORITHM,
        algorithm_version=VERSION,
        parameters=PARAMETERS,
        has_track=ear is not None,
        records=len(heard),
    )
    return replace(prints, header=prints.header.model_copy(update={"sound": told}), heard=heard)


@dataclass(slots=True)
class _Stretch:
    """Sound of one form without a gap, `start_s` seconds after the first frame shown."""

    form: _Form
    planes: int
    start_s: float
    _count: int = 0
    _pieces: list[tuple[Samples, ...]] = field(default_factory=list)
    _waiting_count: int = 0
    _rest: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    _low: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    _low_begin: int = 0
    _next: int | None = None
    _levels: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, BITS + 1), np.float32))

    def goes_on(self, form: _Form, planes: int, start_s: float) -> bool:
        """Whether what sounds from `start_s` on, and is so stored, is more of the same."""
        end_s = self.start_s + self._count / self.form.rate
        return form == self.form and planes == self.planes and abs(end_s - start_s) <= _APART_S

    @property
    def waiting_s(self) -> float:
        return self._waiting_count / self.form.rate

    @property
    def _every(self) -> int:
        return max(1, self.form.rate // _RATE_HZ)

    def add(self, piece: tuple[Samples, ...]) -> None:
        self._pieces.append(piece)
        count = len(piece[0]) // self.form.side_by_side
        self._waiting_count += count
        self._count += count

    def heard(self) -> Sounds:
        """What can be told of the sound that waits. What the next windows need of it is kept.

        1. Decimate. 2. Level of each band, at each place whose window is here. 3. Who gained on whom.
        """
        self._decimate()
        rate = self.form.rate / self._every
        width = round(_WINDOW_S * rate)
        # A window's middle is half a filter after its samples' own place.
        middle = width / 2 + (_TAPS / 2 - 0.5 / self._every if self._every > 1 else 0)
        if self._next is None:
            self._next = math.ceil((self.start_s + middle / rate) / EVERY_S)
        end = self._low_begin + len(self._low)
        past = math.floor((self.start_s + (end - width - 1 + middle) / rate) / EVERY_S) + 1
        if past <= self._next:
            return NOTHING
        places = np.arange(self._next, past)
        begins = np.rint((places * EVERY_S - self.start_s) * rate - middle).astype(np.int64) - self._low_begin
        begins = np.maximum(begins, 0)  # a rounding off
        own = np.concatenate([self._levels, _levels(self._low, begins, width, rate)])
        self._next, self._levels = past, own[-_LAG:]
        kept_from = int(begins[-1])
        self._low, self._low_begin = self._low[kept_from:].copy(), self._low_begin + kept_from
        above = np.diff(own, axis=1)
        gained = above[:-_LAG] - above[_LAG:]
        places = places[len(places) - len(gained) :]
        return Sounds(places, _packed(np.abs(gained) >= _LEAST_DB), _packed(gained >= _LEAST_DB))

    def _decimate(self) -> None:
        """At some 8,000 samples a second: of an octave above nothing is left, of the bands all."""
        every = self._every
        waiting = np.concatenate([self._rest, mono(self._pieces, self.form.side_by_side)])
        self._pieces, self._waiting_count, self._rest = [], 0, waiting
        if every == 1:
            self._low, self._rest = np.concatenate([self._low, waiting]), waiting[:0]
            return
        rows = len(waiting) // every
        made = rows - _TAPS + 1
        if made <= 0:
            return
        parts = waiting[: rows * every].reshape(rows, every) @ _filter(every).reshape(_TAPS, every).T
        low = parts[:made, 0].copy()
        for number in range(1, _TAPS):
            low += parts[number : number + made, number]
        self._low, self._rest = np.concatenate([self._low, low]), waiting[made * every :].copy()


@functools.lru_cache(8)
def _filter(every: int) -> NDArray[np.float32]:
    """(8 * every,) a windowed sinc that leaves what `every` times fewer samples can hold."""
    taps = _TAPS * every
    wave = np.sinc((np.arange(taps) - (taps - 1) / 2) / every * _PASSED) * np.hamming(taps)
    return np.asarray(wave / wave.sum(), dtype=np.float32)


def _levels(low: NDArray[np.float32], begins: NDArray[np.int64], width: int, rate: float) -> NDArray[np.float32]:
    """(n, 65) the level of each band in the windows that begin at `begins`, in decibels."""
    points = -(-width // 256) * 256
    windows = np.zeros((len(begins), points), np.float32)
    windows[:, :width] = np.lib.stride_tricks.sliding_window_view(low, width)[begins] * _hann(width)
    # Real and imaginary parts side by side, but for the first and the last, which are real.
    spectrum = cv2.dft(windows, flags=cv2.DFT_ROWS)[:, 1:-1]
    np.square(spectrum, out=spectrum)
    power = (spectrum[:, 0::2] + spectrum[:, 1::2]) / np.float32(width)
    return np.asarray(10 * np.log10(power @ _bands(points, rate) + np.float32(_FLOOR)), dtype=np.float32)


@functools.lru_cache(8)
def _hann(width: int) -> NDArray[np.float32]:
    return np.asarray(np.hanning(width), dtype=np.float32)


@functools.lru_cache(8)
def _bands(points: int, rate: float) -> NDArray[np.float32]:
    """(bins, 65) how much of each bin each band takes; nothing in bands too high for `rate`, which never gain.

    The bins are those between the first, which is no tone, and the last.
    """
    hertz = np.fft.rfftfreq(points, 1 / rate)[1:-1]
    place = np.log(np.maximum(hertz, 1.0) / _LOWEST_HZ) / math.log(RATIO)
    shares = np.maximum(0.0, 1 - np.abs(place[:, None] - np.arange(BITS + 1)) / _WIDTH)
    shares /= np.maximum(shares.sum(0), 1e-9)
    shares[:, _LOWEST_HZ * RATIO ** (np.arange(BITS + 1) + 1) > _HIGHEST * rate] = 0
    return np.asarray(shares, dtype=np.float32)


def _packed(flags: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """(n, 64) flags as (n,) numbers, the first flag the lowest bit."""
    return np.packbits(flags, axis=1, bitorder="little").view("<u8")[:, 0].astype(np.uint64)
