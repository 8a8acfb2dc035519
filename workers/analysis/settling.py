"""Which frame a cut falls on, where the pass left frames out around it: they are decoded after all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import av.error
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from storage.domain.mediatime import MediaTime
from workers.analysis.decode import Doubtful, Level, opened
from workers.analysis.feeding import Shrinking
from workers.analysis.probe import Probe
from workers.analysis.similarity import HEIGHT, MAX_REACH, WIDTH, differences


@dataclass(frozen=True, slots=True)
class Doubt:
    """A cut somewhere after the picture at `before` and not after the one at `after`: two that were decoded.

    `position` is what the asker calls it.
    """

    position: int
    before: MediaTime
    after: MediaTime


def settled(probe: Probe, doubts: Sequence[Doubt]) -> dict[int, MediaTime]:
    """The time of the first picture after each cut, by position.

    From the key frame on, references alone are decoded, and everything between the two pictures; the cut lies where
    two neighbours differ most.
    Raises: Doubtful, where a picture cannot be reached again by seeking.
    """
    found: dict[int, MediaTime] = {}
    if probe.video is None or not doubts:
        return found
    with opened(probe, probe.video, Level.REFERENCES) as (container, stream):
        for doubt in doubts:
            pictures = _between(container, stream, doubt)
            small = np.stack([Shrinking(picture).sized(WIDTH, HEIGHT, has_colour=True) for picture in pictures])
            first = 1 + int(np.argmax(differences(small[:-1], small[1:], MAX_REACH)))
            found[doubt.position] = MediaTime(pictures[first].pts or 0, doubt.after.time_base)
    return found


def _between(container: InputContainer, stream: VideoStream, doubt: Doubt) -> list[VideoFrame]:
    """All pictures from `before` to `after`, both included."""
    found: list[VideoFrame] = []
    try:
        container.seek(doubt.before.pts, stream=stream)
        for picture in _decoded(container, stream, doubt):
            if picture.pts is None or picture.pts < doubt.before.pts:
                continue
            found.append(picture)
            if picture.pts >= doubt.after.pts:
                break
    except av.error.FFmpegError as error:
        raise Doubtful from error
    if not found or (found[0].pts, found[-1].pts) != (doubt.before.pts, doubt.after.pts):
        raise Doubtful
    return found


def _decoded(container: InputContainer, stream: VideoStream, doubt: Doubt) -> Iterator[VideoFrame]:
    for packet in container.demux(stream):
        is_asked = packet.pts is not None and doubt.before.pts < packet.pts < doubt.after.pts
        stream.codec_context.skip_frame = "DEFAULT" if is_asked else "NONREF"
        yield from (picture for picture in packet.decode() if isinstance(picture, VideoFrame))
