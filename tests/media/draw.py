"""Sample videos drawn at test time, each with the truth about its frames, times and cuts beside it."""

import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream

from tests.media.pictures import Picture, Scene, mix, scene, stamp, wiped

_QUICK = {
    "libx264": {"preset": "veryfast", "crf": "20"},
    "libx265": {"preset": "ultrafast", "crf": "22", "x265-params": "log-level=none:pools=1"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8", "crf": "30", "b": "0"},
    "mpeg4": {"b": "4000000"},
    "libsvtav1": {"preset": "12", "crf": "35", "svtav1-params": "lp=1"},
}
_AUDIO_RATE = 48_000
_NOBODY = 65_534
os.environ.setdefault("SVT_LOG", "0")  # the AV1 encoder would print its settings


@dataclass(frozen=True, slots=True)
class Look:
    """How a drawn video is written: size as displayed (width, height), rate, codec and the rest.

    `rotation_deg` is the container's display rotation, counter-clockwise as FFmpeg counts it: the stored picture is
    turned the other way, so that the displayed one stands upright. `is_mirrored` does the same with left and right.
    `sample_aspect` is only declared: the points are drawn square.
    """

    size: tuple[int, int] = (320, 180)
    rate: Fraction = Fraction(25)
    codec: str = "libx264"
    pixel_format: str = "yuv420p"
    b_frames: int = 2
    key_every: int = 25
    rotation_deg: int = 0
    is_mirrored: bool = False
    sample_aspect: Fraction = Fraction(1)
    audio: bool = False
    options: dict[str, str] = field(default_factory=dict)
    container_options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Film:
    """The truth about a drawn video; frames count from 0, spans are [start, end) in frames.

    `cuts` are the first frames of every shot but the first; `gradual` are (kind, first mixed frame, first clean frame).
    """

    path: Path
    times_s: tuple[Fraction, ...]
    cuts: tuple[int, ...] = ()
    gradual: tuple[tuple[str, int, int], ...] = ()
    black: tuple[tuple[int, int], ...] = ()
    frozen: tuple[tuple[int, int], ...] = ()
    silent_s: tuple[tuple[float, float], ...] = ()

    @property
    def frames(self) -> int:
        return len(self.times_s)


def cuts(
    path: Path, look: Look | None = None, lengths: Sequence[int] = (30, 45, 25, 40), seed: int = 1, start: int = 0
) -> Film:
    """Shots of `lengths` frames with hard cuts between them; `start` shifts the first presentation time by frames."""
    look = look or Look()
    pictures = (shot(step) for shot, length in _shots(look, lengths, seed) for step in range(length))
    times = tuple((start + frame) / look.rate for frame in range(sum(lengths)))
    write(path, look, pictures, times)
    return Film(path, times, cuts=tuple(np.cumsum(lengths)[:-1].tolist()))


def variable_rate(path: Path, look: Look | None = None, lengths: Sequence[int] = (40, 40), seed: int = 5) -> Film:
    """Shots whose frames last 20 to 130 ms each, as phones and screen recorders write them."""
    look = look or Look()
    gaps = np.random.default_rng(seed).integers(20, 131, sum(lengths) - 1)
    times = tuple(Fraction(int(ms), 1000) for ms in np.concatenate([[0], np.cumsum(gaps)]))
    pictures = (shot(step) for shot, length in _shots(look, lengths, seed) for step in range(length))
    write(path, look, pictures, times, tick=Fraction(1, 1000))
    return Film(path, times, cuts=tuple(np.cumsum(lengths)[:-1].tolist()))


def gradual(path: Path, kind: str, look: Look | None = None, length: int = 20, seed: int = 7) -> Film:
    """Two shots of 50 frames joined by a `dissolve`, a `fade` (through black) or a `wipe` of `length` frames."""
    look, clean = look or Look(), 50
    (first, _), (second, _) = _shots(look, (clean, clean), seed)
    black = np.zeros_like(first(0))

    def joined(step: int) -> Picture:
        share = (step + 1) / (length + 1)
        before, after = first(clean + step), second(step)
        if kind == "dissolve":
            return mix(before, after, share)
        if kind == "wipe":
            return wiped(before, after, share)
        return mix(before, black, 2 * share) if share < 0.5 else mix(black, after, 2 * share - 1)

    def pictures() -> Iterator[Picture]:
        yield from (first(step) for step in range(clean))
        yield from (joined(step) for step in range(length))
        yield from (second(length + step) for step in range(clean))

    times = tuple(frame / look.rate for frame in range(2 * clean + length))
    write(path, look, pictures(), times)
    return Film(path, times, gradual=((kind, clean, clean + length),))


def overlaid(path: Path, look: Look | None = None, frames: int = 100, at: int = 50, share: float = 0.42) -> Film:
    """One scene through which, from frame `at` on, another shows by `share`: less than half a cut, and none made."""
    look = look or Look()
    first, second = scene(21, look.size), scene(33, look.size)
    pictures = (first(n) if n < at else mix(first(n), second(n), share) for n in range(frames))
    times = tuple(frame / look.rate for frame in range(frames))
    write(path, look, pictures, times)
    return Film(path, times)


def decoys(path: Path, look: Look | None = None, frames: int = 200, seed: int = 11) -> Film:
    """One single shot that tempts a cut detector: flashes of one to three frames, repeated frames, an exposure step."""
    look = look or Look()
    view = scene(seed, look.size)
    flashes = {25, 60, 61, 95, 96, 97}

    def pictures() -> Iterator[Picture]:
        for frame in range(frames):
            picture = view(frame - frame % 3 if 110 <= frame < 140 else frame)
            if frame in flashes:
                picture = mix(picture, np.full_like(picture, 255), 0.85)
            yield np.clip(picture * 0.75, 0, 255).astype(np.uint8) if frame >= 160 else picture

    times = tuple(frame / look.rate for frame in range(frames))
    write(path, look, pictures(), times)
    return Film(path, times)


def still(path: Path, look: Look | None = None, frames: int = 250, seed: int = 13) -> Film:
    """One long shot in which nothing moves but the frame number."""
    look = look or Look()
    picture = scene(seed, look.size, moving=False)(0)
    times = tuple(frame / look.rate for frame in range(frames))
    write(path, look, (picture.copy() for _ in range(frames)), times)
    return Film(path, times)


def flawed(path: Path, look: Look | None = None, seed: int = 17) -> Film:
    """Fifty good frames, fifty black, fifty good, seventy-five frozen, twenty-five good; silent from 2 to 4 seconds."""
    look = look or Look(audio=True)
    view = scene(seed, look.size)

    def pictures() -> Iterator[Picture]:
        yield from (stamp(view(frame), frame) for frame in range(50))
        yield from (np.zeros_like(view(0)) for _ in range(50))
        yield from (stamp(view(frame), frame) for frame in range(100, 150))
        yield from (stamp(view(149), 149) for _ in range(75))
        yield from (stamp(view(frame), frame) for frame in range(225, 250))

    times = tuple(frame / look.rate for frame in range(250))
    write(path, look, pictures(), times, silent_s=(2.0, 4.0), numbered=False)
    return Film(path, times, black=((50, 100),), frozen=((149, 225),), silent_s=((2.0, 4.0),))


def audio_only(path: Path, seconds: int = 2) -> Film:
    """A tone and nothing to see."""
    with av.open(str(path), "w") as container:
        _write_tone(container, _audio_stream(container), seconds, (0.0, 0.0))
    return Film(path, ())


def hls(folder: Path, look: Look | None = None) -> Film:
    """An HLS rendition: `index.m3u8` and one-second transport stream segments, video and audio together."""
    return _packaged(folder, "index.m3u8", look, ["-f", "hls", "-hls_time", "1", "-hls_list_size", "0"])


def dash(folder: Path, look: Look | None = None) -> Film:
    """A DASH presentation: `manifest.mpd` with video and audio apart, in fragmented MP4 of two seconds each."""
    return _packaged(folder, "manifest.mpd", look, ["-f", "dash", "-seg_duration", "2"])


def served_apart(
    film: Path, picture: Path, sound: Path, *, picture_s: float = 0.0, sound_s: float = 0.0
) -> tuple[Path, Path]:
    """The picture and the sound of `film` as two files, as sites serve them, their times so many seconds later."""
    for path, stream, later_s in ((picture, "0:v:0", picture_s), (sound, "0:a:0", sound_s)):
        ffmpeg("-i", film, "-map", stream, "-c", "copy", "-output_ts_offset", later_s, path)
    return picture, sound


def ffmpeg(*arguments: Path | str | float) -> None:
    """Run FFmpeg with these arguments; what is there already is written over."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *map(str, arguments)]
    subprocess.run(command, check=True, timeout=60)


def _packaged(folder: Path, manifest: str, look: Look | None, muxer: list[str]) -> Film:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        film = cuts(Path(scratch) / "film.mp4", replace(look or Look(), audio=True))
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-i", str(film.path), "-c", "copy"]
        subprocess.run([*command, *muxer, manifest], cwd=folder, check=True, timeout=60)
    return replace(film, path=folder / manifest)


def _shots(look: Look, lengths: Sequence[int], seed: int) -> list[tuple[Scene, int]]:
    return [(scene(100 * seed + place, look.size), length) for place, length in enumerate(lengths)]


def write(
    path: Path,
    look: Look,
    pictures: Iterable[Picture],
    times_s: Sequence[Fraction],
    *,
    tick: Fraction | None = None,
    silent_s: tuple[float, float] = (0.0, 0.0),
    numbered: bool = True,
) -> None:
    """Encode `pictures` at `times_s`; the container follows from the file's suffix, `tick` defaults to one frame."""
    with av.open(str(path), "w", options=look.container_options) as container:
        stream = _video_stream(container, look, tick or 1 / look.rate)
        tone = _audio_stream(container) if look.audio else None
        for number, (picture, time_s) in enumerate(zip(pictures, times_s, strict=True)):
            upright = stamp(picture, number) if numbered else picture
            shown = upright[:, ::-1] if look.is_mirrored else upright
            stored = np.ascontiguousarray(np.rot90(shown, -look.rotation_deg // 90))
            frame = av.VideoFrame.from_ndarray(stored, format="rgb24").reformat(
                format=look.pixel_format, dst_colorspace="ITU709"
            )
            frame.time_base = tick or 1 / look.rate
            frame.pts = round(time_s / frame.time_base)
            with _unprivileged(look.codec):
                packets = stream.encode(frame)
            container.mux(packets)
        container.mux(stream.encode(None))
        if tone is not None:
            _write_tone(container, tone, float(times_s[-1] + 1 / look.rate), silent_s)


@contextmanager
def _unprivileged(codec: str) -> Iterator[None]:
    """Nobody's rights while the AV1 encoder opens and starts its threads.

    As root it makes the whole process SCHED_FIFO at 99, and everything started later inherits that: a browser among
    them stops the machine.
    """
    if codec != "libsvtav1" or os.geteuid() != 0:
        yield
        return
    os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def _video_stream(container: OutputContainer, look: Look, tick: Fraction) -> VideoStream:
    stream = container.add_stream(look.codec, rate=look.rate, options={**_QUICK.get(look.codec, {}), **look.options})
    assert isinstance(stream, VideoStream)
    sideways = look.rotation_deg % 180 != 0
    stream.width, stream.height = reversed(look.size) if sideways else look.size
    stream.pix_fmt = look.pixel_format
    stream.gop_size = look.key_every
    stream.codec_context.time_base = tick
    stream.codec_context.max_b_frames = look.b_frames if look.codec in ("libx264", "libx265") else 0
    stream.codec_context.thread_count = 1
    if look.sample_aspect != 1:
        stream.codec_context.sample_aspect_ratio = look.sample_aspect
    if look.rotation_deg or look.is_mirrored:
        stream.set_display_rotation(look.rotation_deg, hflip=look.is_mirrored)
    return stream


def _audio_stream(container: OutputContainer) -> AudioStream:
    return container.add_stream(
        "libopus" if "webm" in container.format.name else "aac", rate=_AUDIO_RATE, layout="mono"
    )


def _write_tone(container: OutputContainer, stream: AudioStream, seconds: float, silent_s: tuple[float, float]) -> None:
    at_s = np.arange(int(seconds * _AUDIO_RATE)) / _AUDIO_RATE
    tone = np.where((at_s >= silent_s[0]) & (at_s < silent_s[1]), 0.0, 0.3 * np.sin(2 * np.pi * 440 * at_s))
    for start in range(0, len(tone), 960):
        frame = av.AudioFrame.from_ndarray(
            tone[None, start : start + 960].astype(np.float32), format="fltp", layout="mono"
        )
        frame.rate, frame.pts, frame.time_base = _AUDIO_RATE, start, Fraction(1, _AUDIO_RATE)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
