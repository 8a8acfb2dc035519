"""The whole analysis of a file against a plain decode of the same file by one thread: CPU time, same run, medians."""

import argparse
import json as jsons
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
from av.codec.context import ThreadType

from tests.media import draw
from workers.analysis.engine import analyse

RUNS = 5
SIZES = {"1280x720": (1280, 720), "640x360": (640, 360)}
LENGTHS = (90, 140, 60, 110)


def plain_decode(path: Path) -> int:
    """The limit: PyAV, one thread, every frame of the picture decoded and dropped. Returns how many."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = ThreadType.NONE
        stream.thread_count = 1
        return sum(1 for _ in container.decode(stream))


def measure(path: Path, runs: int = RUNS) -> dict[str, float]:
    """CPU seconds of both, in turn, so that whatever else the machine does weighs on both: medians and their ratio.

    `with_keyframes_ratio` includes the second visit that decodes and writes the keyframes.
    """
    limit, whole, visited = [], [], []
    with tempfile.TemporaryDirectory() as out:
        for _ in range(runs):
            limit.append(_cpu_s(lambda: plain_decode(path)))
            whole.append(_cpu_s(lambda: analyse(path)))
            visited.append(_cpu_s(lambda: analyse(path, Path(out))))
    frames = plain_decode(path)
    return {
        "frames": frames,
        "decode_ms_per_frame": 1000 * statistics.median(limit) / frames,
        "analysis_ms_per_frame": 1000 * statistics.median(whole) / frames,
        "ratio": statistics.median(whole) / statistics.median(limit),
        "with_keyframes_ratio": statistics.median(visited) / statistics.median(limit),
    }


def run(*, json: bool = False) -> dict[str, Any]:
    """Draw one video per size, measure, print a table or one JSON document, and return that document."""
    peer = f"PyAV {av.__version__} decode, one thread"
    results: dict[str, Any] = {"benchmark": "analysis", "peer": peer, "sizes": {}}
    with tempfile.TemporaryDirectory() as folder:
        for name, size in SIZES.items():
            film = draw.cuts(Path(folder) / f"{name}.mp4", draw.Look(size=size, audio=True, key_every=120), LENGTHS)
            results["sizes"][name] = {key: round(value, 4) for key, value in measure(film.path).items()}
    if json:
        sys.stdout.write(jsons.dumps(results) + "\n")
        return results
    print(f"analysis / {peer} (CPU time, medians of {RUNS})")
    for name, found in results["sizes"].items():
        print(
            f"  {name}: {found['ratio']:.2f} x ({found['analysis_ms_per_frame']:.2f} / "
            f"{found['decode_ms_per_frame']:.2f} ms per frame), "
            f"with keyframes written {found['with_keyframes_ratio']:.2f} x"
        )
    return results


def _cpu_s(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    run(json=parser.parse_args().json)
