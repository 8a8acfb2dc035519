"""The whole analysis of a file, and the usual separate tools, against a plain decode of that file by one thread.

Each kind of film is measured short and long: what is paid once a file stands apart from what each frame costs.
"""

import argparse
import json as jsons
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg
import psutil
from av.codec.context import ThreadType

from bench.material.footage import PEERS
from tests.media import draw
from tests.media.draw import Look
from workers.analysis.engine import analyse

RUNS = 5
_THUMBNAILS = 16
_SHORT = (90, 140, 60, 110)
_LONG = (*_SHORT, 170, 80, 210, 120, 150, 70, 190, 110)
"""How many frames each shot has; the long film begins as the short one does."""

_PLAIN = Look(audio=True, key_every=120, b_frames=3)


@dataclass(frozen=True, slots=True)
class _Film:
    """A film to measure, and how many times a decode its analysis may take."""

    look: Look
    target: float


FILMS = {
    "720p h264, B-frames": _Film(replace(_PLAIN, size=(1280, 720)), 0.8),
    "720p hevc, B-frames": _Film(replace(_PLAIN, size=(1280, 720), codec="libx265"), 0.8),
    "720p h264, no B-frames": _Film(replace(_PLAIN, size=(1280, 720), b_frames=0), 1.2),
    "360p h264, B-frames": _Film(replace(_PLAIN, size=(640, 360)), 1.5),
}


def plain_decode(path: Path) -> int:
    """The limit: PyAV, one thread, every frame of the picture decoded and dropped. Returns how many."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = ThreadType.NONE
        stream.thread_count = 1
        return sum(1 for _ in container.decode(stream))


def naive(path: Path) -> None:
    """What is commonly done: a digest, PySceneDetect's command, and one FFmpeg on one thread for each thumbnail."""
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    subprocess.run(["sha256sum", str(path)], check=True, capture_output=True)
    with av.open(str(path)) as container:
        duration_s = (container.duration or 0) / av.time_base
    with tempfile.TemporaryDirectory() as out:
        if (PEERS / "scenedetect").exists():
            code = f"import sys; sys.path.append({str(PEERS)!r}); from scenedetect.__main__ import main; main()"
            command = [sys.executable, "-c", code, "-q", "-i", str(path), "-o", out, "detect-content", "list-scenes"]
            subprocess.run(command, check=True, capture_output=True)
        for number in range(_THUMBNAILS):
            at = ["-ss", f"{duration_s * (number + 0.5) / _THUMBNAILS:.3f}", "-i", str(path), "-frames:v", "1"]
            command = [ffmpeg, "-v", "error", "-y", "-threads", "1", *at, str(Path(out) / f"{number}.jpg")]
            subprocess.run(command, check=True, capture_output=True)


def measure(path: Path, runs: int = RUNS, *, beside_naive: bool = False) -> dict[str, float]:
    """CPU seconds of each, in turn, so that whatever else the machine does weighs on all: medians, and ratios.

    `with_keyframes_ratio` includes the second visit that decodes and writes the keyframes.
    """
    limit, whole, visited = [], [], []
    frames = plain_decode(path)
    with tempfile.TemporaryDirectory() as out:
        analyse(path, Path(out))  # what is loaded at the first call is paid once a process, not once a file
        for _ in range(runs):
            limit.append(cpu_s(lambda: plain_decode(path)))
            whole.append(cpu_s(lambda: analyse(path)))
            visited.append(cpu_s(lambda: analyse(path, Path(out))))
    decode_s, analysis_s = statistics.median(limit), statistics.median(whole)
    figures = {
        "frames": frames,
        "decode_s": decode_s,
        "analysis_s": analysis_s,
        "ratio": analysis_s / decode_s,
        "with_keyframes_ratio": statistics.median(visited) / decode_s,
    }
    if beside_naive and shutil.which("sha256sum"):
        figures["naive_ratio"] = cpu_s(lambda: naive(path)) / decode_s
    return figures


def apart(short: dict[str, float], long: dict[str, float]) -> dict[str, float]:
    """What a file costs beside its frames, and what each frame does: the line through both lengths, in milliseconds."""
    told: dict[str, float] = {}
    for what in ("decode", "analysis"):
        each = (long[f"{what}_s"] - short[f"{what}_s"]) / (long["frames"] - short["frames"])
        told[f"{what}_ms_per_frame"] = 1000 * each
        told[f"{what}_ms_once"] = 1000 * (short[f"{what}_s"] - each * short["frames"])
    return told


def run(*, json: bool = False, runs: int = RUNS) -> dict[str, Any]:
    """Draw a short and a long film of each kind, measure, print a table or one JSON document, and return it."""
    results: dict[str, Any] = {
        "benchmark": "analyse",
        "limit": f"PyAV {av.__version__} decode, one thread",
        "naive": f"sha256sum, {'scenedetect, ' if (PEERS / 'scenedetect').exists() else ''}{_THUMBNAILS} x ffmpeg",
        "films": {},
    }
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, film) in enumerate(FILMS.items()):
            paths = [
                draw.cuts(Path(folder) / f"{number}-{sum(lengths)}.mp4", film.look, lengths).path
                for lengths in (_SHORT, _LONG)
            ]
            short, long = (measure(path, runs, beside_naive=path == paths[0]) for path in paths)
            results["films"][name] = {
                **_told(long | apart(short, long), film.target),
                "short": _told(short, film.target),
            }
            for path in paths:
                path.unlink()
    if json:
        sys.stdout.write(jsons.dumps(results) + "\n")
        return results
    print(f"analysis over {results['limit']} (CPU time, medians of {runs}); naive: {results['naive']}")
    for name, found in results["films"].items():
        print(f"  {name}, at most {found['target']} x")
        for length in (found["short"], found):
            naively = f", naive {length['naive_ratio']:.1f} x" if "naive_ratio" in length else ""
            print(
                f"    {length['frames']:5} frames {length['ratio']:.2f} x,"
                f" with keyframes {length['with_keyframes_ratio']:.2f} x{naively}"
            )
        print(
            f"    a frame costs {found['analysis_ms_per_frame']:.2f} ms, decoding alone"
            f" {found['decode_ms_per_frame']:.2f}; once a file {found['analysis_ms_once']:.0f} ms,"
            f" decoding alone {found['decode_ms_once']:.0f}"
        )
    return results


def _told(figures: dict[str, float], target: float) -> dict[str, Any]:
    met = {"target": target, "is_met": figures["ratio"] <= target}
    return {key: round(value, 4) for key, value in figures.items()} | met


def cpu_s(work: Callable[[], object]) -> float:
    """The CPU seconds of `work`, those of its children included."""
    started = _spent_s()
    work()
    return _spent_s() - started


def _spent_s() -> float:
    times = psutil.Process().cpu_times()
    return time.process_time() + times.children_user + times.children_system


if __name__ == "__main__":
    if "OPENBLAS_NUM_THREADS" not in os.environ:  # threads that wait for one another would count as work
        alone = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
        os.execve(sys.executable, [sys.executable, "-m", "bench.analyse", *sys.argv[1:]], alone)  # noqa: S606
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--runs", type=int, default=RUNS)
    chosen = parser.parse_args()
    run(json=chosen.json, runs=chosen.runs)
