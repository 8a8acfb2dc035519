"""Shot boundaries against known truths, ours beside others': recall, precision and CPU time on several seeds."""

import argparse
import json as jsons
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.analyse import plain_decode
from bench.material.edits import LOOKS, SUFFIXES, Boundary, Edit, edit
from bench.material.footage import footage
from bench.peers.boundaries import Finder, peers, timed
from workers.analysis.engine import analyse

LOOKED_AT = (21, 22)
"""Seeds that may be looked at while the detector is worked on."""

UNSEEN = 7907
"""The seed that counts: no film of it may ever be looked at, nor anything be chosen by its figures."""

SECONDS = 30.0
_WITHIN = 2


@dataclass(slots=True)
class Tally:
    """What one finder made of a set of films."""

    frames: int = 0
    cpu_s: float = 0.0
    decode_s: float = 0.0
    found: int = 0
    right: int = 0
    truths: dict[str, int] = field(default_factory=dict)
    hits: dict[str, int] = field(default_factory=dict)

    def add(self, film: Edit, boundaries: Sequence[int], cpu_s: float, decode_s: float) -> None:
        matched = match(film.boundaries, boundaries)
        self.frames += film.frames
        self.cpu_s += cpu_s
        self.decode_s += decode_s
        self.found += len(boundaries)
        self.right += len(matched)
        for boundary in film.boundaries:
            self.truths[boundary.kind] = self.truths.get(boundary.kind, 0) + 1
            self.hits[boundary.kind] = self.hits.get(boundary.kind, 0) + (boundary in matched)

    def figures(self) -> dict[str, float]:
        """F1, precision, recall by kind; CPU beside a plain decode in milliseconds per frame, and both over decode."""
        precision = self.right / max(1, self.found)
        recall = sum(self.hits.values()) / max(1, sum(self.truths.values()))
        gradual = [kind for kind in self.truths if kind != "cut"]
        return {
            "f1": 2 * precision * recall / max(1e-9, precision + recall),
            "precision": precision,
            "recall": recall,
            "cut_recall": self._recall(["cut"]),
            "gradual_recall": self._recall(gradual),
            **{f"{kind}_recall": self._recall([kind]) for kind in sorted(gradual)},
            "beside_decode_ms_per_frame": 1000 * (self.cpu_s - self.decode_s) / max(1, self.frames),
            "ratio": self.cpu_s / max(1e-9, self.decode_s),
        }

    def _recall(self, kinds: Iterable[str]) -> float:
        kinds = list(kinds)
        return sum(self.hits.get(kind, 0) for kind in kinds) / max(1, sum(self.truths.get(kind, 0) for kind in kinds))


def match(truths: Sequence[Boundary], found: Sequence[int], within: int = _WITHIN) -> list[Boundary]:
    """The truths that were found: each by one boundary within two frames of its extent, each boundary counting once."""
    left, matched = sorted(found), []
    for truth in sorted(truths, key=lambda one: one.end):
        hit = next((at for at in left if truth.start - within <= at <= truth.end + within), None)
        if hit is not None:
            left.remove(hit)
            matched.append(truth)
    return matched


def ours(path: Path) -> list[int]:
    """Where the analysis, as it ships, begins each shot but the first: its whole work, not the detector's alone."""
    return [shot["start_frame"] for shot in analyse(path)["shots"][1:]]


def run(
    *,
    json: bool = False,
    seeds: Sequence[int] = (*LOOKED_AT, UNSEEN),
    looks: Sequence[str] = tuple(LOOKS),
    seconds: float = SECONDS,
    with_peers: bool = True,
) -> dict[str, Any]:
    """Write the films, run everybody, print a table or one JSON document, and return that document.

    Others are run on the unseen seed only: they have not been worked on here.
    """
    pool, others = footage(), peers() if with_peers else {}
    results: dict[str, Any] = {"benchmark": "shots", "within_frames": _WITHIN, "unseen_seed": UNSEEN, "seeds": {}}
    results["footage"] = "drawn" if pool[0].name.startswith("scene") else "real"
    with tempfile.TemporaryDirectory() as folder:
        for seed in seeds:
            finders: dict[str, Finder] = {"svidok": ours, **(others if seed == UNSEEN else {})}
            tallies = {name: Tally() for name in finders}
            for look in looks:
                path = Path(folder) / f"{look}{SUFFIXES.get(look, '.mp4')}"
                film = edit(path, LOOKS[look], pool, seed, seconds)
                _, decode_s = timed(lambda path: [plain_decode(path)], path)
                for name, find in finders.items():
                    tallies[name].add(film, *timed(find, path), decode_s)
            figures = {name: {k: round(v, 4) for k, v in tally.figures().items()} for name, tally in tallies.items()}
            results["seeds"][str(seed)] = {
                "frames": tallies["svidok"].frames,
                "boundaries": dict(sorted(tallies["svidok"].truths.items())),
                "finders": figures,
            }
    if json:
        sys.stdout.write(jsons.dumps(results) + "\n")
        return results
    for seed, found in results["seeds"].items():
        print(f"seed {seed}: {found['frames']} frames, {found['boundaries']}, {results['footage']} footage")
        for name, figures in found["finders"].items():
            print(
                f"  {name:32} F1 {figures['f1']:.3f}  P {figures['precision']:.3f}  R {figures['recall']:.3f}  cuts"
                f" {figures['cut_recall']:.3f}  gradual {figures['gradual_recall']:.3f}"
                f"  {figures['beside_decode_ms_per_frame']:.2f} ms/frame beside decode, {figures['ratio']:.2f} x decode"
            )
    return results


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument(
        "--seed", type=int, action="append", help="only this seed, and others on it if it is the unseen"
    )
    parser.add_argument("--look", choices=LOOKS, action="append", help="only films of this look")
    parser.add_argument("--alone", action="store_true", help="without the others")
    chosen = parser.parse_args()
    run(
        json=chosen.json,
        seeds=chosen.seed or (*LOOKED_AT, UNSEEN),
        looks=chosen.look or tuple(LOOKS),
        with_peers=not chosen.alone,
    )
