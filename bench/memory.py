"""The peak memory of the analysis, from one minute to three hours of the same film, looped without being coded anew."""

import argparse
import json as jsons
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import av

from tests.media import draw
from tests.media.draw import Look

MINUTES = (1, 10, 60, 180)
MOST_MB = 400
_LOOP = (500, 400, 600)

_CODE = """
import json, resource, sys
from pathlib import Path
from workers.analysis.engine import analyse
document = analyse(Path(sys.argv[1]), Path(sys.argv[2]))
print(json.dumps({"frames": document["file"]["frames"], "shots": len(document["shots"]),
                  "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, "seconds": document["seconds"]["total"]}))
"""


def looped(source: Path, path: Path, times: int) -> None:
    """The film at `source`, `times` over: its packets are copied and their times moved on."""
    with av.open(str(path), "w") as target, av.open(str(source)) as first:
        template = first.streams.video[0]
        stream = target.add_stream_from_template(template)
        length = round(float(template.duration or 0))
        for turn in range(times):
            with av.open(str(source)) as again:
                for packet in again.demux(again.streams.video[0]):
                    if packet.dts is None or packet.pts is None:
                        continue
                    packet.pts, packet.dts = packet.pts + turn * length, packet.dts + turn * length
                    packet.stream = stream
                    target.mux(packet)


def run(*, json: bool = False, minutes: tuple[int, ...] = MINUTES) -> dict[str, Any]:
    """Loop one minute of film, analyse each length in a process of its own, print, and return the document."""
    results: dict[str, Any] = {"benchmark": "memory", "most_mb": MOST_MB, "lengths": []}
    with tempfile.TemporaryDirectory() as folder:
        minute = Path(folder) / "minute.mp4"
        draw.cuts(minute, Look(size=(1280, 720), b_frames=3, key_every=125), _LOOP)
        for length in minutes:
            film = Path(folder) / f"{length}.mp4"
            looped(minute, film, length)
            command = [sys.executable, "-c", _CODE, str(film), folder]
            ended = subprocess.run(command, check=True, capture_output=True, text=True)
            found = jsons.loads(ended.stdout)
            peak_mb = round(found.pop("peak") / (1 << 20 if sys.platform == "darwin" else 1 << 10))
            results["lengths"].append({"minutes": length, **found, "peak_mb": peak_mb})
            film.unlink()
    if json:
        sys.stdout.write(jsons.dumps(results) + "\n")
        return results
    print(f"peak memory of the analysis of 720p, at most {MOST_MB} MB")
    for found in results["lengths"]:
        print(f"  {found['minutes']:4} minutes, {found['frames']:7} frames: {found['peak_mb']} MB")
    return results


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--minutes", type=int, action="append")
    chosen = parser.parse_args()
    run(json=chosen.json, minutes=tuple(chosen.minutes or MINUTES))
