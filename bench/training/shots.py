"""Learns `workers/analysis/weights.py` from edited films of seeds that no benchmark reports on.

1. Films of several rates and codecs are drawn, small, from the footage there is. 2. Every candidate is measured, and
known from the truth to be a boundary or none. 3. A small network is fitted to each kind. 4. The tables are written.
Run it as `python bench/training/shots.py` after `make bench-peers`, whose SciPy it uses.
"""

import argparse
import importlib
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.material.edits import Boundary, edit
from bench.material.footage import PEERS, drawn, footage
from tests.media.draw import Look
from workers.analysis import cuts, gradual
from workers.analysis.decode import Decoding
from workers.analysis.feeding import Shrinking
from workers.analysis.history import History, Lags
from workers.analysis.probe import probe
from workers.analysis.similarity import HEIGHT, WIDTH, Small

SEEDS = range(1, 11)
DRAWN = (9, 10)
"""Of these, those whose films are drawn: real footage alone would teach that shots never share their tones."""

SECONDS = 45.0
HIDDEN, DECAY = 8, 5e-4
_LOOK = Look(size=(192, 108), options={"preset": "ultrafast", "crf": "24"})
LOOKS = {
    "a": replace(_LOOK, key_every=125),
    "b": replace(_LOOK, rate=Fraction(30), key_every=60, options={"preset": "ultrafast", "crf": "30"}),
    "c": replace(_LOOK, rate=Fraction(24), codec="mpeg4", key_every=50, options={"b": "700000"}),
    "d": replace(_LOOK, rate=Fraction(30), size=(108, 192), b_frames=0, key_every=30),
    "e": replace(_LOOK, rate=Fraction(60), key_every=120),
    "f": replace(_LOOK, rate=Fraction(10), key_every=50),
}

Example = tuple[list[float], float]
"""What was measured of a candidate, and 1 where it is a boundary, else 0."""


def examples(seed: int) -> tuple[list[Example], list[Example]]:
    """The candidates for cuts and for gradual transitions in the films of a seed."""
    pool = drawn() if seed in DRAWN else footage()
    hard: list[Example] = []
    soft: list[Example] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, look in LOOKS.items():
            film = edit(Path(folder) / f"{name}.{'avi' if look.codec == 'mpeg4' else 'mp4'}", look, pool, seed, SECONDS)
            small = [
                Shrinking(frame.picture).sized(WIDTH, HEIGHT, has_colour=True) for frame in Decoding(probe(film.path))
            ]
            history = _remembered(small, float(look.rate))
            hard.extend(_cuts(history, film.boundaries))
            soft.extend(_graduals(history, film.boundaries))
    return hard, soft


def _remembered(small: Sequence[Small], rate: float) -> History:
    history = History(Lags.at(rate), keep=len(small))
    for picture in small:
        history.append(picture)
    history.measure()
    return history


def _cuts(history: History, truths: Sequence[Boundary]) -> Iterable[Example]:
    for position in range(1, history.measured):
        found = cuts.measured(history, position)
        if found is None:
            continue
        if any(truth.kind == "cut" and abs(truth.start - position) <= 2 for truth in truths):
            yield found, 1.0
        elif not any(truth.start - 2 <= position <= truth.end + 2 for truth in truths):
            yield found, 0.0


def _graduals(history: History, truths: Sequence[Boundary]) -> Iterable[Example]:
    """Candidates with a cut inside are left out: they never come to be asked about."""
    for signal, lag in gradual.signals_of(history):
        for position in range(lag, history.measured):
            found = gradual.measured(history, signal, lag, position)
            start, middle = position - lag, position - lag // 2
            near = [truth for truth in truths if truth.start - 2 <= position and start <= truth.end + 2]
            if found is None or any(truth.kind == "cut" for truth in near):
                continue
            if any(truth.start - 2 <= middle <= truth.end + 2 for truth in near):
                yield found, 1.0
            elif not near:
                yield found, 0.0


def fitted(measures: NDArray[np.float64], truth: NDArray[np.float64]) -> dict[str, Any]:
    """The network that tells best which of `measures` (n, k) are boundaries (n,), with a price on large weights."""
    minimise = importlib.import_module("scipy.optimize").minimize
    mean, spread = measures.mean(0), measures.std(0) + 1e-6
    values = np.clip((measures - mean) / spread, -4, 4)
    count, inputs = values.shape
    cut = inputs * HIDDEN

    def loss(free: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights, shifts, votes = free[:cut].reshape(inputs, HIDDEN), free[cut : cut + HIDDEN], free[cut + HIDDEN : -1]
        hidden = np.tanh(values @ weights + shifts)
        total = hidden @ votes + free[-1]
        chance = 1 / (1 + np.exp(-total))
        paid = (np.logaddexp(0, total) - truth * total).mean() + DECAY * ((weights**2).sum() + (votes**2).sum())
        off = (chance - truth) / count
        below = np.outer(off, votes) * (1 - hidden**2)
        slopes = (values.T @ below + 2 * DECAY * weights, below.sum(0), hidden.T @ off + 2 * DECAY * votes, [off.sum()])
        return float(paid), np.concatenate([np.ravel(slope) for slope in slopes])

    begin = np.random.default_rng(0).normal(0, 0.3, cut + 2 * HIDDEN + 1)
    free = minimise(loss, begin, jac=True, method="L-BFGS-B", options={"maxiter": 600}).x
    return {
        "mean": mean,
        "spread": spread,
        "weights": free[:cut].reshape(inputs, HIDDEN),
        "shifts": free[cut : cut + HIDDEN],
        "votes": free[cut + HIDDEN : -1],
        "bias": free[-1],
    }


def table(name: str, names: Sequence[str], found: dict[str, Any]) -> str:
    """A table as it stands in the code."""

    def row(values: Iterable[float]) -> str:
        return f"({', '.join(f'{value:.3f}' for value in values)})"

    rows = "\n".join(
        f'        "{measure}": ({found["mean"][at]:.4f}, {found["spread"][at]:.4f}, {row(found["weights"][at])}),'
        for at, measure in enumerate(names)
    )
    return (
        f"{name} = Table(\n    measures={{\n{rows}\n    }},\n    shifts={row(found['shifts'])},\n"
        f"    votes={row(found['votes'])},\n    bias={found['bias']:.3f},\n)\n"
    )


def run(seeds: Sequence[int], path: Path, processes: int) -> None:
    """Learn from the films of `seeds` and write the tables to `path`."""
    sys.path.append(str(PEERS))
    with Pool(processes) as pool:
        both = pool.map(examples, seeds, chunksize=1)
    texts = []
    for number, (name, names) in enumerate((("CUT", cuts.NAMES), ("GRADUAL", gradual.NAMES))):
        found = [example for one in both for example in one[number]]
        print(f"{name}: {len(found)} candidates, {int(sum(truth for _, truth in found))} boundaries", file=sys.stderr)
        measures, truth = np.array([values for values, _ in found]), np.array([truth for _, truth in found])
        texts.append(table(name, names, fitted(measures, truth)))
    head = '"""What was learned about boundaries, by `bench/training/shots.py`: the tables of `chances`."""\n\n'
    path.write_text(head + "from workers.analysis.chances import Table\n\n" + "\n".join(texts), encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="*", default=list(SEEDS))
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("workers/analysis/weights.py"))
    chosen = parser.parse_args()
    run(chosen.seeds, chosen.out, chosen.processes)
