"""The peak memory of the analysis, from one minute to three hours of the same film, looped without being coded anew."""

import argparse
import json as jsons
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.media import draw
from tests.media.draw import Look
from tests.media.looping import analysed_apart, looped

MINUTES = (1, 10, 60, 180)
MOST_MB = 400
_LOOP = (500, 400, 600)


def run(*, json: bool = False, minutes: tuple[int, ...] = MINUTES) -> dict[str, Any]:
    """Loop one minute of film, analyse each length in a process of its own, print, and return the document."""
    results: dict[str, Any] = {"benchmark": "memory", "most_mb": MOST_MB, "lengths": []}
    with tempfile.TemporaryDirectory() as folder:
        minute = Path(folder) / "minute.mp4"
        draw.cuts(minute, Look(size=(1280, 720), b_frames=3, key_every=125), _LOOP)
        for length in minutes:
            film = Path(folder) / f"{length}.mp4"
            looped(minute, film, length)
            found = analysed_apart(film, Path(folder))
            results["lengths"].append({"minutes": length, **asdict(found), "peak_mb": round(found.peak_mb)})
            film.unlink()
    if json:
        sys.stdout.write(jsons.dumps(results) + "\n")
        return results
    print(f"peak memory of the analysis of 720p, at most {MOST_MB} MB")
    for found in results["lengths"]:
        told = f"{found['minutes']:4} minutes, {found['frames']:7} frames: {found['peak_mb']} MB"
        print(f"  {told}, progress told up to {found['share']:.0%}, {found['seconds']:.0f} s")
    return results


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--minutes", type=int, action="append")
    chosen = parser.parse_args()
    run(json=chosen.json, minutes=tuple(chosen.minutes or MINUTES))
