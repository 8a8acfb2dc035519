"""Sounds drawn from nothing: voices, music, wind, hum and noise, and what is done to them on the way."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from numpy.typing import NDArray

from storage.domain.mediatime import MediaTime
from storage.integrity.digest import Digest
from workers.analysis.hashing import header_of, prints_of
from workers.analysis.hearing import Ear, with_sound
from workers.analysis.samples import planes
from workers.copies.prints import Prints

RATE = 48_000
Samples = NDArray[np.float64]
"""(n,) at 48,000 a second, 1 being full scale."""


def noise(chance: np.random.Generator, seconds: float) -> Samples:
    """A steady rush, darker or lighter."""
    slopes = [1, 1, chance.uniform(0.2, 1), chance.uniform(0.05, 0.5), 0.02]
    return _shaped(chance.normal(0, 1, int(seconds * RATE)), [0, 100, 1000, 8000, 24_000], slopes)


def wind(chance: np.random.Generator, seconds: float) -> Samples:
    """Noise in gusts."""
    still = noise(chance, seconds)
    gusts = chance.normal(0, 0.8, max(4, int(1.5 * seconds)))
    return still * np.exp(np.interp(np.linspace(0, len(gusts) - 1, len(still)), np.arange(len(gusts)), gusts))


def hum(chance: np.random.Generator, seconds: float) -> Samples:
    """A generator that runs evenly: eight tones, and next to nothing beside them."""
    times = np.arange(int(seconds * RATE)) / RATE
    tones = (chance.uniform(0.1, 1) * np.sin(2 * np.pi * 50 * k * times + chance.uniform(0, 6)) for k in range(1, 9))
    return np.asarray(sum(tones)) + 0.003 * chance.normal(0, 1, len(times))


def beeps(chance: np.random.Generator, seconds: float) -> Samples:
    """The same short tone every second, from one alarm to the next, and next to no noise."""
    times = np.arange(int(seconds * RATE)) / RATE
    return np.sin(2 * np.pi * 1200 * times) * (times % 1.0 < 0.2) + 0.0002 * chance.normal(0, 1, len(times))


def music(chance: np.random.Generator, seconds: float) -> Samples:
    """Chords of plucked tones in one scale, and a drum."""
    out = np.zeros(int(seconds * RATE))
    beat_s = chance.uniform(0.3, 0.6)
    scale = chance.choice([0, 2, 4, 5, 7, 9, 11], 5, replace=False) + chance.integers(0, 12)
    for beat in range(int(seconds / beat_s)):
        at = int(beat * beat_s * RATE)
        for _ in range(3):
            times = np.arange(min(int(beat_s * chance.choice([1, 2, 4]) * RATE), len(out) - at)) / RATE
            if chance.random() < 0.6:
                pitch = 220 * 2 ** ((chance.choice(scale) + 12 * chance.integers(-1, 2)) / 12)
                tones = (chance.uniform(0.1, 1) / k * np.sin(2 * np.pi * pitch * k * times) for k in range(1, 8))
                out[at : at + len(times)] += np.asarray(sum(tones)) * np.exp(-times * chance.uniform(1, 5))
        drum = np.arange(min(6000, len(out) - at))
        if beat % 2 == 0:
            out[at : at + len(drum)] += chance.normal(0, 0.6, len(drum)) * np.exp(-drum / 1200)
    return out


def speech(chance: np.random.Generator, seconds: float) -> Samples:
    """A voice that says nothing: vowels that glide, hisses and pauses."""
    out = np.zeros(int(seconds * RATE))
    pitch, at = chance.uniform(90, 220), 0
    while at < len(out):
        length = min(int(chance.uniform(0.06, 0.25) * RATE), len(out) - at)
        kind = chance.random()
        if 0.15 <= kind < 0.35:
            middle = chance.uniform(2000, 6000)
            edges = [0, middle - 1500, middle, middle + 1500, 24_000]
            out[at : at + length] = _shaped(chance.normal(0, 0.3, length), edges, [0, 0.05, 1, 0.3, 0.05])
        elif kind >= 0.35:
            out[at : at + length] = _vowel(chance, pitch, length)
        out[at : at + length] *= np.hanning(length) ** 0.5
        at += length + (int(chance.uniform(0.2, 0.7) * RATE) if chance.random() < 0.08 else 0)
    return out + 0.001 * chance.normal(0, 1, len(out))


def _vowel(chance: np.random.Generator, pitch: float, length: int) -> Samples:
    times = np.arange(length) / RATE
    bend = 1 + 0.15 * np.sin(2 * np.pi * chance.uniform(0.5, 3) * times + chance.uniform(0, 6))
    phase = 2 * np.pi * np.cumsum(pitch * bend * chance.uniform(0.85, 1.2)) / RATE
    begin = np.array([chance.uniform(250, 900), chance.uniform(800, 2400), chance.uniform(2200, 3300)])
    end = begin * chance.uniform(0.8, 1.25, 3)
    glide = np.linspace(0, 1, length)
    out = np.zeros(length)
    for k in range(1, int(4000 / pitch)):
        formants = begin[:, None] * (1 - glide) + end[:, None] * glide
        widths = np.array([90, 120, 150])[:, None]
        loudness = (np.exp(-(((k * pitch - formants) / widths) ** 2)) / np.arange(1, 4)[:, None]).sum(0)
        out += loudness * np.sin(k * phase)
    return out


Drawing = Callable[[np.random.Generator, float], Samples]
KINDS: dict[str, Drawing] = {one.__name__: one for one in (speech, music, wind, noise, hum, beeps)}
TELLING = ("speech", "music", "wind", "noise")
"""The kinds that can be known again; hum and beeps are the same at any time."""


def drawn(kind: str, seed: int, seconds: float) -> Samples:
    """A sound of a kind, at some 20 decibels below full scale."""
    return levelled(KINDS[kind](np.random.default_rng([seed, list(KINDS).index(kind)]), seconds))


def levelled(samples: Samples) -> Samples:
    return np.clip(samples * (0.1 / max(1e-9, float(np.sqrt(np.mean(samples**2))))), -1, 1)


def _shaped(samples: Samples, hertz: list[float], gains: list[float]) -> Samples:
    spectrum = np.fft.rfft(samples)
    own = np.interp(np.fft.rfftfreq(len(samples), 1 / RATE), hertz, gains)
    return np.fft.irfft(spectrum * own, len(samples))


@dataclass(frozen=True, slots=True)
class Storing:
    """How sound is stored: codec, bits a second, rate, and the container it goes into."""

    codec: str
    bit_rate: int
    rate: int = RATE
    container: str = "mp4"

    def __call__(self, samples: Samples) -> Samples:
        """What is heard of it afterwards."""
        stored = io.BytesIO()
        with av.open(stored, "w", format=self.container) as container:
            stream = container.add_stream(self.codec, rate=self.rate, layout="mono")
            assert isinstance(stream, AudioStream)
            stream.codec_context.bit_rate = self.bit_rate
            to = AudioResampler("s16", "mono", self.rate)
            for frame in (*to.resample(framed(samples)), *to.resample(None)):
                frame.pts = None
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        stored.seek(0)
        with av.open(stored) as container:
            back = AudioResampler("flt", "mono", RATE)
            pieces = [each.to_ndarray()[0] for frame in container.decode(audio=0) for each in back.resample(frame)]
            pieces += [each.to_ndarray()[0] for each in back.resample(None)]
        return np.concatenate(pieces).astype(np.float64)


def framed(samples: Samples) -> AudioFrame:
    """All of it as one frame of 16 bits."""
    whole = np.round(np.clip(samples, -1, 1) * 32767).astype(np.int16)
    frame = AudioFrame.from_ndarray(np.ascontiguousarray(whole[None]), "s16", "mono")
    frame.sample_rate = RATE
    return frame


def faster(samples: Samples, speed: float) -> Samples:
    """Played faster, and so much higher."""
    low = _shaped(samples, [0, 24_000 / max(1, speed) - 500, 24_000 / max(1, speed), 24_001], [1, 1, 0, 0])
    return np.interp(np.arange(int(len(samples) / speed)) * speed, np.arange(len(samples)), low)


def shorter(samples: Samples, speed: float) -> Samples:
    """Faster, but no higher. Source: Verhelst and Roelands 1993, WSOLA."""
    size, reach = 2048, 512
    half = size // 2
    out, weights = np.zeros(int(len(samples) / speed) + 2 * size), np.full(int(len(samples) / speed) + 2 * size, 1e-3)
    window, before = np.hanning(size), -1
    for number in range(len(out) // half - 2):
        at = int(number * half * speed)
        if at + size + 2 * reach >= len(samples):
            break
        if before >= 0 and at > reach:
            wanted = samples[before + half : before + half + reach]
            at += int(np.argmax(np.correlate(samples[at - reach : at + 2 * reach - 1], wanted, "valid"))) - reach
        out[number * half : number * half + size] += samples[at : at + size] * window
        weights[number * half : number * half + size] += window
        before = at
    return (out / weights)[: int(len(samples) / speed)]


@dataclass(frozen=True, slots=True)
class Change:
    """What was done to a sound: `made` makes it of (sound, another sound); B's time is `speed` times A's."""

    made: Callable[[Samples, Samples], Samples]
    speed: float = 1.0


def _over(decibels: float) -> Callable[[Samples, Samples], Samples]:
    return lambda own, other: Storing("aac", 64_000)(own + other[: len(own)] * 10 ** (decibels / 20))


def _echo(own: Samples, other: Samples) -> Samples:
    return Storing("aac", 64_000)(own + 0.5 * np.roll(own, 4000))


def _narrow(own: Samples, other: Samples) -> Samples:
    return Storing("aac", 64_000)(_shaped(own, [0, 250, 400, 3000, 3400, 24_000], [0, 0.05, 1, 1, 0.05, 0]))


CHANGES: dict[str, Change] = {
    "aac_48k": Change(lambda own, other: Storing("aac", 48_000)(own)),
    "aac_24k": Change(lambda own, other: Storing("aac", 24_000)(own)),
    "opus_16k": Change(lambda own, other: Storing("libopus", 16_000, container="ogg")(own)),
    "opus_8k": Change(lambda own, other: Storing("libopus", 8_000, container="ogg")(own)),
    "mp3_22khz": Change(lambda own, other: Storing("libmp3lame", 32_000, 22_050, "mp3")(own)),
    "amr": Change(lambda own, other: Storing("libopencore_amrnb", 12_200, 8_000, "3gp")(own)),
    "quieter_20db": Change(lambda own, other: Storing("aac", 64_000)(own * 0.1)),
    "clipped": Change(lambda own, other: Storing("aac", 64_000)(np.clip(own * 8, -0.5, 0.5))),
    "telephone": Change(_narrow),
    "echo": Change(_echo),
    "other_10db_lower": Change(_over(-10)),
    "other_as_loud": Change(_over(0)),
    "other_10db_louder": Change(_over(10)),
    "speed_1.1": Change(lambda own, other: Storing("aac", 64_000)(faster(own, 1.1)), 1 / 1.1),
    "speed_1.25": Change(lambda own, other: Storing("aac", 64_000)(faster(own, 1.25)), 1 / 1.25),
    "tempo_1.1": Change(lambda own, other: Storing("aac", 64_000)(shorter(own, 1.1)), 1 / 1.1),
    "voice_higher": Change(lambda own, other: Storing("aac", 64_000)(shorter(faster(own, 1.19), 1 / 1.19))),
    "half_a_second_late": Change(lambda own, other: Storing("aac", 64_000)(np.roll(own, RATE // 2))),
}


def printed(samples: Samples, name: str = "a") -> Prints:
    """The fingerprints of a video that has this sound, and whose pictures nobody looked at."""
    ear = Ear(0.0)
    for frame, first in pieces(samples):
        ear.add(frame, list(planes(frame)), MediaTime(first, Fraction(1, RATE)))
    end = max(1, len(samples) * 1000 // RATE)
    digest = Digest.of(name.encode() + samples.tobytes())
    return with_sound(prints_of(header_of(digest, (320, 180), (0, 0), ("1/1000", 0, end)), []), ear)


def pieces(samples: Samples, size: int = 1024) -> Iterator[tuple[AudioFrame, int]]:
    """Frames as a decoder brings them, and the number of the first sample of each."""
    for begin in range(0, len(samples) - size + 1, size):
        yield framed(samples[begin : begin + size]), begin


def beneath(film: Path, samples: Samples, path: Path) -> Path:
    """The pictures of `film` as they are, and under them a sound in AAC at 48 kbit/s."""
    with av.open(str(film)) as source, av.open(str(path), "w") as made:
        pictures = made.add_stream_from_template(source.streams.video[0])
        voice = made.add_stream("aac", rate=RATE, layout="mono")
        assert isinstance(voice, AudioStream)
        voice.codec_context.bit_rate = 48_000
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = pictures
                made.mux(packet)
        for frame, first in pieces(samples):
            frame.pts, frame.time_base = first, Fraction(1, RATE)
            made.mux(voice.encode(frame))
        made.mux(voice.encode(None))
    return path
