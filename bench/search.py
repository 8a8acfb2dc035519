"""The exact index of hashes beside the flat scans of FAISS and NumPy: times, and whether anything is missed."""

import argparse
import json as jsons
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workers.copies import index
from workers.copies.layout import RADIUS

PEERS = Path(__file__).parents[1] / ".venv" / "peers"
SIZES = (1_000_000, 10_000_000)
SEARCHES, PEER_SEARCHES = 300, 25
SEED = 20261128


def run(*, json: bool = False) -> dict[str, Any]:
    """Build, search, print a table or one JSON document, and return that document. CPU time, one thread."""
    results: dict[str, Any] = {"benchmark": "search", "radius": RADIUS, "seed": SEED, "sizes": {}}
    for size in SIZES:
        results["sizes"][str(size)] = measure(size)
    if json:
        sys.stdout.write(jsons.dumps(results) + "\n")
        return results
    for size, told in results["sizes"].items():
        print(
            f"{int(size):,} hashes, radius {RADIUS}, {told['bytes_each']:.0f} bytes each, built in {told['build_s']} s"
        )
        for name, one in told["searches"].items():
            print(f"  {name:22} p50 {one['p50_ms']:8.3f} ms   p99 {one['p99_ms']:8.3f} ms   recall {one['recall']:.3f}")
    return results


def measure(size: int) -> dict[str, Any]:
    """Evenly spread hashes, and searches for one of them with 0 to 31 bits changed: the farthest that must be found."""
    random = np.random.default_rng([SEED, size])
    hashes = random.integers(0, 256, (size, 32), dtype=np.uint8)
    wanted = random.integers(0, size, SEARCHES)
    asked = np.stack([_changed(hashes[one], int(random.integers(0, RADIUS + 1)), random) for one in wanted])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hashes.idx"
        started = time.process_time()
        index.build(path, hashes, np.arange(size))
        build_s = time.process_time() - started
        bytes_each = path.stat().st_size / size
        ours = index.opened(path)
        found = {"svidok index": _timed(lambda one: ours.search(one).labels, asked, wanted)}
    if (flat := _faiss(hashes)) is not None:
        found["FAISS IndexBinaryFlat"] = _timed(flat, asked[:PEER_SEARCHES], wanted[:PEER_SEARCHES])
    words = hashes.view(np.uint64)
    found["NumPy scan"] = _timed(
        lambda one: np.flatnonzero(np.bitwise_count(words ^ one.view(np.uint64)).sum(1, dtype=np.uint16) <= RADIUS),
        asked[:5],
        wanted[:5],
    )
    return {"build_s": round(build_s, 2), "bytes_each": round(bytes_each, 1), "searches": found}


def _timed(
    search: Callable[[NDArray[np.uint8]], NDArray[Any]], asked: NDArray[np.uint8], wanted: NDArray[np.int64]
) -> dict[str, float]:
    search(asked[0])
    spent, hits = [], 0
    for one, label in zip(asked, wanted, strict=True):
        started = time.process_time()
        labels = search(one)
        spent.append(1000 * (time.process_time() - started))
        hits += int(label in labels)
    p50, p99 = np.percentile(spent, (50, 99))
    return {"p50_ms": round(float(p50), 4), "p99_ms": round(float(p99), 4), "recall": hits / len(asked)}


def _faiss(hashes: NDArray[np.uint8]) -> Callable[[NDArray[np.uint8]], NDArray[Any]] | None:
    """FAISS's exact binary index, where `make bench-peers` has brought it."""
    sys.path.append(str(PEERS))
    try:
        import faiss
    except ImportError:
        return None
    faiss.omp_set_num_threads(1)
    flat = faiss.IndexBinaryFlat(256)
    flat.add(hashes)
    return lambda one: np.asarray(flat.range_search(one[None], RADIUS + 1)[2])


def _changed(one: NDArray[np.uint8], bits: int, random: np.random.Generator) -> NDArray[np.uint8]:
    flipped = np.zeros(256, np.uint8)
    flipped[random.choice(256, bits, replace=False)] = 1
    return one ^ np.packbits(flipped)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    run(json=parser.parse_args().json)
