"""What a player needs beside the analysis, gathered in the same pass: frame times, small pictures, shields, sound."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage.integrity.digest import Digest
from workers.analysis.audio import Peaks
from workers.analysis.decode import Gap
from workers.analysis.documents import kept
from workers.analysis.keyframes import Keyframe
from workers.analysis.moments import Moments, microseconds, packed
from workers.analysis.probe import Probe
from workers.analysis.sprite import Tiles
from workers.analysis.steppable import can_be_rewrapped, facts_of, obstacles
from workers.analysis.track import Track

DOCUMENT = "viewing.json"
_MICROSECONDS = 1_000_000


@dataclass(slots=True)
class Viewing:
    """Gathers for the player; made before the pass over one file, written after it. Sound alone has peaks only."""

    moments: Moments
    tiles: Tiles | None
    peaks: Peaks | None

    @classmethod
    def of(cls, probe: Probe, track: Track | None) -> "Viewing":
        """For the pictures of a file, or its sound alone; `track` is what is heard beside them."""
        timeline, peaks = probe.timeline, None
        if track is not None:
            start_s = timeline.start.seconds if timeline else float(track.start)
            duration_s = timeline.duration_s if timeline else max(0.0, probe.measured_end_s - start_s)
            peaks = Peaks(start_s, duration_s)
        return cls(Moments(), Tiles(probe, timeline) if timeline else None, peaks)

    def write(
        self,
        out: Path,
        digest: Digest,
        probe: Probe,
        frames: int,
        gaps: Sequence[Gap],
        keyframes: Sequence[Keyframe],
    ) -> None:
        """Write the files into `out`, and `viewing.json` that names them; `frames` counts the lost ones too.

        {"file": {"sha256"}, "frame_times": {...} or null, "sprites": [...], "shields": [...], "waveform": {...} or
        null}: each tells of one file with its name and digest.
        """
        document = {
            "file": {"sha256": digest.hex},
            "frame_times": self._times(out, probe, frames, gaps),
            "sprites": self.tiles.written(out) if self.tiles else [],
            "shields": [
                copy.spoken()
                | {
                    "keyframe": one.picture.digest.hex,
                    "number": one.number,
                    "shot": one.choice.shot,
                    "shield": how.value,
                }
                for one in keyframes
                for how, copy in one.shields.items()
            ],
            "waveform": self._waveform(out),
        }
        (out / DOCUMENT).write_text(json.dumps(document), encoding="utf-8")

    def _times(self, out: Path, probe: Probe, frames: int, gaps: Sequence[Gap]) -> dict[str, Any] | None:
        ticks, timeline = self.moments.ticks, probe.timeline
        if timeline is None or not len(ticks):
            return None
        content, bytes_each = packed(microseconds(ticks, timeline.time_base))
        first = int(ticks[0])
        found = obstacles(facts_of(probe, timeline, self.moments, gaps))
        return kept(out / "frame-times.bin", content) | {
            "count": len(ticks),
            "bytes_each": bytes_each,
            "lost": max(0, frames - len(ticks)),
            "first_pts": first,
            "time_base": str(timeline.time_base),
            "first_us": round(first * timeline.time_base * _MICROSECONDS),
            "has_sound": probe.audio is not None,
            "obstacles": [one.value for one in found],
            "can_be_rewrapped": can_be_rewrapped(found),
        }

    def _waveform(self, out: Path) -> dict[str, Any] | None:
        if self.peaks is None:
            return None
        heights = self.peaks.heights()
        return kept(out / "waveform.bin", heights) | {"buckets": len(heights)}
