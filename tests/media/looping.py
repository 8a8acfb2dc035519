"""Films as long as one likes, made of one that is short, and what looking through them costs."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import av

_CODE = """
import json, resource, sys
from pathlib import Path
from workers.analysis.engine import analyse
shares = []
document = analyse(Path(sys.argv[1]), Path(sys.argv[2]), shares.append)
assert shares == sorted(shares), "it went back"
print(json.dumps({"frames": document["file"]["frames"], "shots": len(document["shots"]), "share": shares[-1],
                  "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, "seconds": document["seconds"]["total"]}))
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What an analysis found and took: the share it last told of, its peak of memory, its seconds."""

    frames: int
    shots: int
    share: float
    peak_mb: float
    seconds: float


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


def analysed_apart(film: Path, out: Path) -> Cost:
    """The analysis of a film in a process of its own, whose memory is therefore its alone."""
    command = [sys.executable, "-c", _CODE, str(film), str(out)]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    peak_mb = told.pop("peak") / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    return Cost(**told, peak_mb=peak_mb)
