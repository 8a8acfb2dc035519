"""The sound of a review copy: taken over where it is AAC, else made AAC, in step with the pictures."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av.error
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet

from workers.analysis.container import open_media
from workers.analysis.probe import packets_of

_RATE, _BITS_PER_S = 48_000, 128_000


def sound_packets(
    path: Path, index: int, output: OutputContainer, zero: Fraction, *, is_whole: bool
) -> Iterator["Packet[Any]"]:
    """Packets of AAC from stream `index` of `path`, at their own times counted from `zero`.

    AAC is taken over where the file `is_whole`; damage in it is borne by the decoder only, not by the MP4 writer.

    What cannot be decoded is silence; a packet whose time is not past the one before is left out.
    """
    with open_media(path) as container:
        stream = container.streams[index]
        if not isinstance(stream, AudioStream):
            return
        is_aac = stream.codec_context.codec.canonical_name == "aac"
        last: Fraction | None = None
        for packet in _taken(container, stream, output) if is_aac and is_whole else _coded(container, stream, output):
            own = packet.time_base
            if packet.pts is None or own is None or (last is not None and packet.pts * own <= last):
                continue
            last = packet.pts * own
            packet.pts = packet.dts = round((last - zero) / own)
            yield packet


def _taken(container: InputContainer, stream: AudioStream, output: OutputContainer) -> Iterator["Packet[Any]"]:
    target = output.add_stream_from_template(stream, opaque=True)
    for packet in packets_of(container, [stream]):
        if isinstance(packet, av.error.FFmpegError) or not packet.size:
            continue
        packet.stream = target
        yield packet


def _coded(container: InputContainer, stream: AudioStream, output: OutputContainer) -> Iterator["Packet[Any]"]:
    layout = "mono" if stream.codec_context.channels == 1 else "stereo"
    target = output.add_stream("aac", rate=_RATE, layout=layout)
    if not isinstance(target, AudioStream) or not isinstance(target.codec_context, AudioCodecContext):
        raise TypeError("aac is no coder of sound here")
    target.codec_context.bit_rate = _BITS_PER_S
    resampler = AudioResampler("fltp", layout, _RATE)
    for sound in _decoded(container, stream):
        try:
            even = resampler.resample(sound)
        except ValueError:  # the sound changed its form on the way
            resampler = AudioResampler("fltp", layout, _RATE)
            even = resampler.resample(sound)
        for piece in even:
            yield from target.encode(piece)
    yield from target.encode(None)


def _decoded(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    for packet in packets_of(container, [stream]):
        if isinstance(packet, av.error.FFmpegError):
            continue
        try:
            sounds: list[Any] = packet.decode()
        except av.error.FFmpegError:
            continue
        yield from (sound for sound in sounds if isinstance(sound, AudioFrame) and sound.pts is not None)
