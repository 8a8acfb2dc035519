"""The sound pass: where a recording is silent, how loud it is over its whole length, and what it sounds like."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av.error
import numpy as np
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

from storage.domain.mediatime import MediaTime
from workers.analysis.container import open_media
from workers.analysis.decode import Faults, Gap, GapKind
from workers.analysis.hearing import Ear
from workers.analysis.probe import packets_of
from workers.analysis.samples import Samples, is_known, planes, scale
from workers.analysis.track import Track

_SILENT_PEAK = 10 ** (-60 / 20)
_SILENT_S = 1.0
_MISSING_S = Fraction(1, 10)
_MOST_BUCKETS, _BUCKETS_PER_S = 2000, 50

VERSION = "2"
PARAMETERS = {"silent_peak_db": -60.0, "silent_s": _SILENT_S, "missing_s": float(_MISSING_S)}


@dataclass(slots=True)
class Peaks:
    """The loudest sample of each of `buckets` equal spans of [start_s, start_s + duration_s).

    At most 2,000, and none shorter than a fiftieth of a second, which is about what a sound frame lasts.
    """

    start_s: float
    duration_s: float
    _peaks: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        buckets = min(_MOST_BUCKETS, max(1, int(self.duration_s * _BUCKETS_PER_S)))
        self._peaks = np.zeros(buckets)

    def add(self, start_s: float, end_s: float, peak: float) -> None:
        """Note a sound: every span it reaches into is at least as loud."""
        if self.duration_s <= 0 or end_s <= self.start_s:
            return
        each = self.duration_s / len(self._peaks)
        first = max(0, int((start_s - self.start_s) / each))
        last = max(first + 1, math.ceil((end_s - self.start_s) / each - 1e-9))
        np.maximum(self._peaks[first:last], peak, out=self._peaks[first:last])

    def heights(self) -> bytes:
        """One byte for each span: 0 silent, 255 full scale."""
        return np.round(np.minimum(self._peaks, 1.0) * 255).astype(np.uint8).tobytes()


@dataclass(slots=True)
class Heard:
    """What the sound pass found: `silent` spans, `gaps` in the sound, and the `faults` met."""

    silent: list[tuple[MediaTime, MediaTime]] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)


def listen(track: Track, peaks: Peaks | None = None, ear: Ear | None = None) -> Heard:
    """The sound track once through; `peaks` and `ear` are fed meanwhile. Times are those of the pictures.

    Silent: a second or more in which no sample exceeds -60 dBFS. Missing: a tenth of a second or more without sound
    between sounds, or any time where there was an error; it is neither silent nor heard, and ends a silent span.
    """
    heard = Heard()
    start: MediaTime | None = None
    end: MediaTime | None = None
    faults_before = 0
    base, tick_s, offset = Fraction(0), 0.0, 0
    for frame in sounds(track.path, track.index, heard.faults, is_probed=track.is_probed):
        told = frame.time_base
        if frame.pts is None or not frame.sample_rate or told is None:
            continue
        if told != base:  # one object for all: times of one clock are quick to compare
            base, tick_s, offset = told, float(told), round(track.offset / told)
        at = MediaTime(frame.pts + offset, base)
        after = MediaTime(at.pts + round(frame.samples / frame.sample_rate / tick_s), base)
        held = list(planes(frame))
        peak = _peak(held) if is_known(frame) else 1.0
        if peaks:
            peaks.add(at.seconds, after.seconds, peak)
        if ear:
            ear.add(frame, held, at)
        without_s = at.since(end) if end else Fraction(0)
        is_contiguous = without_s <= _MISSING_S
        if end and without_s > 0 and (not is_contiguous or heard.faults.count > faults_before):
            heard.gaps.append(Gap(GapKind.SOUND_MISSING, end, at, 0))
        faults_before = heard.faults.count
        if start and end and not (is_contiguous and peak <= _SILENT_PEAK):
            _keep(heard.silent, start, end)
            start = None
        if start is None and peak <= _SILENT_PEAK:
            start = at
        end = after
    if start and end:
        _keep(heard.silent, start, end)
    return heard


def _keep(spans: list[tuple[MediaTime, MediaTime]], start: MediaTime, end: MediaTime) -> None:
    if end.exact - start.exact >= _SILENT_S:
        spans.append((start, end))


def sounds(path: Path, index: int, faults: Faults, *, is_probed: bool = False) -> Iterator[AudioFrame]:
    """What can be decoded of a sound stream, in file order; what cannot be is added to `faults`."""
    last: AudioFrame | None = None
    with open_media(path, is_probed=is_probed) as container:
        stream = container.streams[index]
        for packet in packets_of(container, [stream]):
            if isinstance(packet, av.error.FFmpegError):
                faults.add("audio", _time(last), packet)
                continue
            try:
                decoded: list[Any] = packet.decode()
            except av.error.EOFError:
                continue
            except av.error.FFmpegError as error:
                faults.add("audio", _time(last), error)
                continue
            for sound in decoded:
                if isinstance(sound, AudioFrame):
                    last = sound if sound.pts is not None else last
                    yield sound


def _time(sound: AudioFrame | None) -> MediaTime | None:
    if sound is None or sound.pts is None or sound.time_base is None:
        return None
    return MediaTime(sound.pts, sound.time_base)


def _peak(held: Sequence[tuple[Samples, int]]) -> float:
    """The greatest amplitude in the planes of a frame, 1 being full scale."""
    peak = 0.0
    for samples, _ in held:
        middle, half = scale(samples.dtype)
        low, high = float(samples.min()), float(samples.max())
        peak = max(peak, (high - middle) / half, (middle - low) / half)
    return peak
