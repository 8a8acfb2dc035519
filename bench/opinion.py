"""What a second opinion on doubtful shot boundaries is worth: how often it is right where it contradicts ours."""

import argparse
import json as jsons
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.material.edits import LOOKS, SUFFIXES, Edit, edit
from bench.material.footage import footage
from bench.shots import LOOKED_AT, SECONDS, UNSEEN
from storage.domain.opinions import Verdict, verdict
from tests.media.opinion import MODEL, is_here
from workers.analysis.engine import analyse
from workers.analysis.opinion import Question, answered
from workers.analysis.probe import probe
from workers.analysis.transnet import TransNet
from workers.doubts import Doubt, doubts_of

_WITHIN = 2


@dataclass(slots=True)
class Tally:
    """What became of the doubts of one kind: boundaries of ours, or near misses."""

    asked: int = 0
    truly_one: int = 0
    contradicted: int = 0
    contradicted_rightly: int = 0
    supported: int = 0
    supported_rightly: int = 0
    unsure: int = 0

    def add(self, doubt: Doubt, told: Verdict, *, is_true: bool) -> None:
        is_right = is_true == doubt.is_boundary  # ours
        self.asked += 1
        self.truly_one += is_true
        self.unsure += told is Verdict.UNSURE
        self.contradicted += told is Verdict.DISAGREES
        self.contradicted_rightly += told is Verdict.DISAGREES and not is_right
        self.supported += told is Verdict.AGREES
        self.supported_rightly += told is Verdict.AGREES and is_right


def run(
    *, json: bool = False, seeds: Sequence[int] = LOOKED_AT, looks: Sequence[str] = tuple(LOOKS)
) -> dict[str, Any] | None:
    """Write the films, ask about what ours doubts, print a table or one JSON document, and return that document.

    The seed that may not be looked at is refused: what is learned here goes into what is asked about.
    """
    if UNSEEN in seeds:
        raise SystemExit(f"seed {UNSEEN} is not to be looked at")
    if not is_here():
        print("no second detector here: make opinion", file=sys.stderr)
        return None
    network, pool = TransNet(MODEL), footage()
    tallies = {True: Tally(), False: Tally()}
    boundaries = windows = frames = 0
    cpu_s = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for seed in seeds:
            for look in looks:
                path = Path(folder) / f"{look}{SUFFIXES.get(look, '.mp4')}"
                film = edit(path, LOOKS[look], pool, seed, SECONDS)
                document = analyse(path)
                found = doubts_of(jsons.dumps(document).encode())
                facts = probe(path)
                if found is None or facts.timeline is None:
                    continue
                asked = [Question(one.pts, one.start_pts, one.end_pts) for one in found.asked]
                started = time.process_time()
                answers = answered(facts, facts.timeline, network, asked)
                cpu_s += time.process_time() - started
                for doubt, answer in zip(found.asked, answers, strict=True):
                    told = verdict(answer.figure, is_boundary=doubt.is_boundary)
                    frame = int(facts.timeline.ticks.searchsorted(doubt.pts))
                    tallies[doubt.is_boundary].add(doubt, told, is_true=_is_true(film, frame))
                boundaries += len(document["shots"]) - 1
                windows += len(asked)
                frames += film.frames
    results = {
        "benchmark": "opinion",
        "seeds": list(seeds),
        "films": len(seeds) * len(looks),
        "frames": frames,
        "boundaries": boundaries,
        "doubtful": windows,
        "boundaries_doubted": asdict(tallies[True]),
        "near_misses": asdict(tallies[False]),
        "cpu_ms_per_window": round(1000 * cpu_s / max(1, windows)),
    }
    if json:
        sys.stdout.write(jsons.dumps(results) + "\n")
        return results
    print(
        f"{frames} frames, {boundaries} boundaries of ours, {windows} doubtful, {results['cpu_ms_per_window']} ms each"
    )
    for name, tally in (("boundaries", tallies[True]), ("near misses", tallies[False])):
        print(
            f"  {name:12} asked {tally.asked}, truly one {tally.truly_one}; contradicted {tally.contradicted},"
            f" rightly {tally.contradicted_rightly}; supported {tally.supported}, rightly {tally.supported_rightly};"
            f" unsure {tally.unsure}"
        )
    return results


def _is_true(film: Edit, frame: int) -> bool:
    return any(one.start - _WITHIN <= frame <= one.end + _WITHIN for one in film.boundaries)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seed", type=int, action="append", help="only films of this seed")
    parser.add_argument("--look", choices=LOOKS, action="append", help="only films of this look")
    chosen = parser.parse_args()
    run(json=chosen.json, seeds=chosen.seed or LOOKED_AT, looks=chosen.look or tuple(LOOKS))
