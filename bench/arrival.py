"""The first look at ten minutes of 720p, its stills and its first match, against a plain decode by one thread."""

import argparse
import json as jsons
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import imageio_ffmpeg
import numpy as np

from bench.analyse import cpu_s, plain_decode
from bench.material.edits import LOOKS, edit
from bench.material.footage import footage
from bench.memory import looped
from tests.media.draw import Look, write
from tests.media.pictures import Picture
from workers.analysis.arrival import MOST_STILLS, arrive
from workers.analysis.engine import analyse, fingerprinted
from workers.copies.matching import match
from workers.copies.prints import FILE, Prints, decode

MINUTES = 10
RUNS = 3
TARGET = 0.08
_SEED, _STRANGERS_SEED = 31, 32
_COPY = Look(size=(640, 360), key_every=60, b_frames=2)
_PART = (0.3, 0.6)
"""Which part of the film the copy shows."""


def run(*, json: bool = False, minutes: int = MINUTES, runs: int = RUNS) -> dict[str, Any]:
    """Make a film of a minute looped, a smaller copy of a part of it, and a stranger; look, and compare with both.

    CPU time, medians over the limit's; the peers are the whole analysis, which says the same later, and one FFmpeg for
    each still.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        minute = edit(folder / "minute.mp4", LOOKS["large"], footage(), _SEED, 60)
        film, seconds = folder / "film.mp4", 60 * minutes
        looped(minute.path, film, minutes)
        known = _copied(minute.path, folder / "copy.mp4", minute.frames)
        stranger = edit(folder / "stranger.mp4", _COPY, footage(), _STRANGERS_SEED, 60).path
        others = {one.stem: _prints(one, folder) for one in (known, stranger)}
        decoded = [cpu_s(lambda: plain_decode(film)) for _ in range(runs)]
        looked = [cpu_s(lambda: arrive(film, folder)) for _ in range(runs)]
        document, own = arrive(film, folder), decode((folder / FILE).read_bytes())
        matched = [cpu_s(lambda: match(own, others["copy"])) for _ in range(runs)]
        # A loop shows everything in several places, and is in step with none: what is found is asked of the minute.
        arrive(minute.path, folder)
        short = decode((folder / FILE).read_bytes())
        found, strange = match(short, others["copy"]), match(short, others["stranger"])
        limit = statistics.median(decoded)
        first = statistics.median(looked) + statistics.median(matched)
        results: dict[str, Any] = {
            "benchmark": "arrival",
            "limit": f"PyAV {av.__version__} decode, one thread",
            "seconds_of_film": seconds,
            "frames": minutes * minute.frames,
            "key_frames": document["key_frames"],
            "stills": document["sprites"][0]["count"],
            "looking_s": round(statistics.median(looked), 3),
            "comparing_s": round(statistics.median(matched), 3),
            "ratio": round(first / limit, 4),
            "target": TARGET,
            "is_met": first / limit <= TARGET,
            "whole_ratio": round(cpu_s(lambda: analyse(film, folder)) / limit, 4),
            "ffmpeg_stills_ratio": round(cpu_s(lambda: _ffmpeg_stills(film, folder, seconds)) / limit, 4),
            "copy": found.relation.value,
            "copy_true": "contains",
            "stranger": strange.relation.value,
        }
    if json:
        sys.stdout.write(jsons.dumps(results) + "\n")
        return results
    found_of = f"a copy of part of a minute: {results['copy']} (truly {results['copy_true']})"
    print(f"first look at {minutes} minutes of 720p, {results['key_frames']} key frames, over {results['limit']}:")
    print(f"  {results['ratio']:.3f} x (at most {TARGET}); {results['stills']} stills; {found_of}")
    print(f"  a stranger: {results['stranger']}; whole analysis {results['whole_ratio']:.2f} x")
    print(f"  {MOST_STILLS} ffmpeg, one for each still: {results['ffmpeg_stills_ratio']:.3f} x")
    return results


def _prints(path: Path, folder: Path) -> Prints:
    fingerprinted(path, folder)
    return decode((folder / FILE).read_bytes())


def _copied(source: Path, path: Path, frames: int) -> Path:
    """A part of the film, half as large and coded anew with other key frames."""
    begin, end = (round(frames * share) for share in _PART)

    def pictures() -> Iterator[Picture]:
        with av.open(str(source)) as container:
            for number, frame in enumerate(container.decode(video=0)):
                if number >= end:
                    return
                if number >= begin:
                    small = cv2.resize(frame.to_ndarray(format="rgb24"), _COPY.size, interpolation=cv2.INTER_AREA)
                    yield np.asarray(small, dtype=np.uint8)

    write(path, _COPY, pictures(), tuple(Fraction(number) / _COPY.rate for number in range(end - begin)))
    return path


def _ffmpeg_stills(path: Path, folder: Path, seconds: float) -> None:
    """What is commonly done: one FFmpeg on one thread for each still."""
    for number in range(MOST_STILLS):
        at = ["-ss", f"{seconds * (number + 0.5) / MOST_STILLS:.3f}", "-i", str(path), "-frames:v", "1"]
        command = [
            imageio_ffmpeg.get_ffmpeg_exe(),
            "-v",
            "error",
            "-y",
            "-threads",
            "1",
            *at,
            str(folder / "still.jpg"),
        ]
        subprocess.run(command, check=True, capture_output=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--minutes", type=int, default=MINUTES)
    parser.add_argument("--runs", type=int, default=RUNS)
    chosen = parser.parse_args()
    run(json=chosen.json, minutes=chosen.minutes, runs=chosen.runs)
