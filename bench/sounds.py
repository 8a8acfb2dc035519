"""What the sound says of copies and of others: how often it is right after each change, and how often it is wrong."""

import argparse
import json as jsons
import multiprocessing
import sys
import time
from collections import Counter
from typing import Any

import numpy as np

from storage.domain.matches import Sound, Span
from tests.media.sounds import CHANGES, KINDS, TELLING, drawn, printed
from workers.copies import witness
from workers.copies.matching import duration_s
from workers.copies.prints import Prints

UNSEEN = 7907
"""No bar was chosen by the figures of this seed."""

SECONDS, SEEDS, LAGS = 20.0, 3, 6
Made = tuple[str, int, str, Prints]


def run(*, json: bool = False, seed: int = UNSEEN, seeds: int = SEEDS) -> dict[str, Any]:
    """Make the sounds, let the witness judge each copy and each pair of others, print and return what it said."""
    jobs = [(kind, seed + number) for kind in KINDS for number in range(seeds)]
    with multiprocessing.get_context("fork").Pool(2) as pool:
        made = [one for each in pool.imap(_made, jobs, chunksize=1) for one in each]
    plain = {(kind, number): prints for kind, number, change, prints in made if not change}
    said: dict[str, Counter[str]] = {name: Counter() for name in CHANGES}
    even: Counter[str] = Counter()
    for kind, number, change, prints in made:
        if change:
            word = _word(plain[kind, number], prints, CHANGES[change].speed)
            (said[change] if kind in TELLING else even)[word] += 1
    started = time.process_time()
    others, steady = _others(made)
    pairs = sum(others.values()) + sum(steady.values())
    results = {
        "benchmark": "sounds",
        "seed": seed,
        "copies": {name: {word.value: counts[word] for word in Sound} for name, counts in said.items()},
        "copies_of_hum_and_beeps": {word.value: even[word] for word in Sound},
        "others": {word.value: others[word] for word in Sound},
        "others_hum_and_beeps": {word.value: steady[word] for word in Sound},
        "judge_ms_per_pair": round(1000 * (time.process_time() - started) / pairs, 2),
    }
    sys.stdout.write(jsons.dumps(results) + "\n" if json else _table(results))
    return results


def _table(results: dict[str, Any]) -> str:
    def row(name: str, counts: dict[str, int]) -> str:
        return f"{name:24}" + "  ".join(f"{word} {count:5}" for word, count in counts.items())

    copies = [row(name, counts) for name, counts in results["copies"].items()]
    rest = [row(name, results[name]) for name in ("copies_of_hum_and_beeps", "others", "others_hum_and_beeps")]
    return "\n".join([*copies, *rest, f"{results['judge_ms_per_pair']} ms a pair"]) + "\n"


def _made(job: tuple[str, int]) -> list[Made]:
    """A sound and all that can be done to it."""
    kind, seed = job
    own = drawn(kind, seed, SECONDS)
    over = drawn(TELLING[seed % len(TELLING)], seed + 10_000, SECONDS + 1)
    changed = [(kind, seed, name, printed(change.made(own, over), name)) for name, change in CHANGES.items()]
    return [(kind, seed, "", printed(own)), *changed]


def _word(a: Prints, b: Prints, speed: float) -> str:
    end_s = min(duration_s(a), duration_s(b) / speed)
    span = Span(a_start_s=0, a_end_s=end_s, b_start_s=0, b_end_s=end_s * speed, score=1)
    return witness.heard(a, b, [span])[0]


def _others(made: list[Made]) -> tuple[Counter[str], Counter[str]]:
    """Pairs of different sounds, changed as they may be, laid beside each other at several moments.

    Those that another sound was laid over are left out: the same may lie over both.
    """
    others: Counter[str] = Counter()
    steady: Counter[str] = Counter()
    usable = [one for one in made if not one[2].startswith("other_")]
    chance = np.random.default_rng(1)
    for number, (kind, seed, _, a) in enumerate(usable):
        for place in chance.permutation(len(usable))[:40]:
            other_kind, other_seed, _, b = usable[place]
            if place == number or (kind, seed) == (other_kind, other_seed):
                continue
            lag_s = float(chance.uniform(0, 4))
            end_s = min(duration_s(a), duration_s(b) - lag_s)
            span = Span(a_start_s=0, a_end_s=end_s, b_start_s=lag_s, b_end_s=lag_s + end_s, score=1)
            word = witness.heard(a, b, [span])[0]
            (others if {kind, other_kind} <= set(TELLING) else steady)[word] += 1
    return others, steady


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seed", type=int, default=UNSEEN)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    chosen = parser.parse_args()
    run(json=chosen.json, seed=chosen.seed, seeds=chosen.seeds)
