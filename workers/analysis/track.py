"""The sound track of a recording: which stream of which file it is, and where it lies in the time of the pictures."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Any

import av.error

from storage.domain.analysis_notes import note
from storage.integrity.digest import Digest
from workers.analysis.container import open_media
from workers.analysis.probe import Probe, packets_of
from workers.analysis.timeline import Timeline, Timestamps

_WITHOUT_TIMES = frozenset({"aac", "ac3", "dts", "eac3", "flac", "mp3", "wav"})
"""Demuxers of bare sound, which count from zero because the file says nothing."""


class Laid(StrEnum):
    """How sound is laid beside the pictures: where its times say, or so that both begin at once."""

    BY_TIME = "by_time"
    AT_FIRST_PICTURE = "at_first_picture"


@dataclass(frozen=True, slots=True)
class Track:
    """Stream `index` of the file at `path`, the first of its `tracks` that sound.

    It begins at `start` of its file's time, in seconds; `offset` added to that is the time of the pictures.
    `is_probed`: what is known of the file is enough to open it again without decoding, see `open_media`.
    """

    path: Path
    index: int
    tracks: int
    start: Fraction
    offset: Fraction
    laid: Laid
    is_apart: bool
    is_probed: bool

    def spoken(self, digest: Digest) -> dict[str, Any]:
        """The track as documents say it; `digest` is that of its file."""
        return {"sha256": digest.hex, "stream": self.index, "tracks": self.tracks, "laid": self.laid.value}

    def notes(self) -> list[str]:
        """Sentences for whoever looks at what was found in the sound."""
        told = []
        if self.is_apart:
            told.append(note("sound_apart"))
        if self.laid is Laid.AT_FIRST_PICTURE:
            told.append(note("sound_laid"))
        if self.tracks > 1:
            told.append(note("sound_tracks", tracks=self.tracks))
        return told


def track_of(picture: Probe, apart: Probe | None = None) -> Track | None:
    """The sound track beside the pictures of a file: its own first one, or that of the file that came `apart`.

    The times of both count from one moment, also in two files (ISO/IEC 23009-1, 5.3.9: representations of one
    period share a timeline). Where the pictures' own times are none to go by, or those of another file are none or
    never meet the pictures, both begin at once. None where nothing sounds, or no packet of it says when.
    """
    facts = apart or picture
    if facts.audio is None or (first := _begins(facts, facts.audio.index)) is None:
        return None
    # What lies before the zero of its own file is what its coder needs to get going, and is not to be heard.
    start, timeline = max(first, Fraction(0)), picture.timeline
    laid = Laid.BY_TIME
    if timeline is not None and not _is_one_clock(timeline, apart, start):
        laid = Laid.AT_FIRST_PICTURE
    offset = timeline.start.exact - start if timeline and laid is Laid.AT_FIRST_PICTURE else Fraction(0)
    tracks = sum(one.kind == "audio" and one.codec is not None for one in facts.streams)
    is_probed = facts.is_enough_to_reopen
    return Track(facts.path, facts.audio.index, tracks, start, offset, laid, apart is not None, is_probed)


def _is_one_clock(timeline: Timeline, apart: Probe | None, start: Fraction) -> bool:
    if timeline.timestamps is Timestamps.DERIVED:
        return False
    if apart is None:
        return True
    meets = start < timeline.end.exact and apart.measured_end_s > timeline.start.seconds
    return meets and apart.container not in _WITHOUT_TIMES


def _begins(facts: Probe, index: int) -> Fraction | None:
    """When the first packet of a stream with a time is, in its file's time."""
    with open_media(facts.path, is_probed=facts.is_enough_to_reopen) as container:
        for packet in packets_of(container, [container.streams[index]]):
            if not isinstance(packet, av.error.FFmpegError) and packet.pts is not None and packet.time_base:
                return packet.pts * packet.time_base
    return None
