"""Custody events per second from eight writers, and how long until each is signed; pymerkle alone as the peer."""

import argparse
import json as jsons
import multiprocessing
import sys
import tempfile
import threading
import time
from multiprocessing.synchronize import Event as Signal
from pathlib import Path
from typing import Any

import pymerkle
from pymerkle import InmemoryTree, SqliteTree
from sqlalchemy import Engine, text

from bench.ingest import machine
from storage.blobs.ledger import LedgerFiles
from storage.db.migration import migrate
from storage.db.session import open_engine, transaction
from storage.db.tables import Item
from storage.domain.permissions import SYSTEM
from storage.domain.vocab import EventType
from storage.integrity.merkle import Frontier, leaf_hash
from storage.integrity.statement import Agent
from storage.ledger import Ledger
from workers.ledger.sequencer import KeyPlace, Sequencer
from workers.stack.embedded import scratch_postgres

WRITERS = 8
ITEMS = 400
SECONDS = 20.0
_APPENDS = 50_000
_DURABLE_APPENDS = 2_000
_ENTRY = b"x" * 600

_LAG = """
    SELECT percentile_cont(ARRAY[0.5, 0.99, 1.0]) WITHIN GROUP (ORDER BY extract(epoch FROM signed.made_at - event.at))
    FROM event JOIN leaf ON leaf.seq = event.seq
    CROSS JOIN LATERAL (SELECT made_at FROM checkpoint WHERE size > leaf.index ORDER BY size LIMIT 1) AS signed
    WHERE event.type = 'validation'
"""


def write(url: str, first: int, go: Signal, stop: Signal, told: "multiprocessing.Queue[int]") -> None:
    """Record events, each in a transaction of its own on the chain of some item; how many were acknowledged."""
    engine, agent, written = open_engine(url, pool_size=1), Agent(SYSTEM.kind.value, SYSTEM.id), 0
    with transaction(engine) as session:
        session.execute(text("SELECT 1"))
    told.put(0)
    go.wait()
    while not stop.is_set():
        with transaction(engine) as session:
            Ledger(session, agent).record(
                EventType.VALIDATION,
                item_id=f"itm_{(first + written * WRITERS) % ITEMS}",
                detail={"number": written, "text": "as much as an event of the workbench says " * 8},
            )
        written += 1
    told.put(written)
    engine.dispose()


def ours(url: str, vault: Path) -> dict[str, Any]:
    """Events per second that were acknowledged, and their lag until the first checkpoint that covers them."""
    engine = open_engine(url)
    with transaction(engine) as session:
        for number in range(ITEMS):
            session.add(
                Item(id=f"itm_{number}", project_id="main", source_id=None, sensitivity="restricted", workflow="intake")
            )
    sequencer = Sequencer(engine, LedgerFiles(vault / "ledger"), KeyPlace(vault / "keys" / "ledger"))
    sequencer.begin()
    ended = threading.Event()
    thread = threading.Thread(target=_sequence, args=(sequencer, ended))
    spawning = multiprocessing.get_context("spawn")
    go, stop, told = spawning.Event(), spawning.Event(), spawning.Queue()
    writers = [spawning.Process(target=write, args=(url, number, go, stop, told)) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    for _ in writers:
        told.get(timeout=60)
    thread.start()
    started = time.monotonic()
    go.set()
    time.sleep(SECONDS)
    stop.set()
    written = sum(told.get(timeout=60) for _ in writers)
    spent_s = time.monotonic() - started
    for writer in writers:
        writer.join(30)
    ended.set()
    thread.join(60)
    while sequencer.turn():
        pass
    return {"events": written, "events_per_s": round(written / spent_s, 1)} | _lag(engine, written)


def _sequence(sequencer: Sequencer, ended: threading.Event) -> None:
    while not ended.wait(0.1):
        if sequencer.has_work():
            sequencer.turn()


def _lag(engine: Engine, written: int) -> dict[str, Any]:
    with engine.connect() as connection:
        half, most, worst = connection.execute(text(_LAG)).scalar_one()
        placed = connection.execute(text("SELECT count(*) FROM leaf")).scalar_one()
    engine.dispose()
    assert placed >= written, f"{written} events were acknowledged, {placed} have a place"
    return {"lag_p50_s": round(half, 3), "lag_p99_s": round(most, 3), "lag_worst_s": round(worst, 3)}


def appends_per_s() -> dict[str, float]:
    """Appending to a tree in memory, ours and theirs; and to theirs on disk, each append durable."""
    started = time.monotonic()
    grown = Frontier()
    for _ in range(_APPENDS):
        grown.append(leaf_hash(_ENTRY))
    own_s = time.monotonic() - started
    started = time.monotonic()
    tree = InmemoryTree()
    for _ in range(_APPENDS):
        tree.append_entry(_ENTRY)
    peer_s = time.monotonic() - started
    assert tree.get_root() == grown.root()
    with tempfile.TemporaryDirectory() as folder, SqliteTree(str(Path(folder) / "tree.db")) as kept:
        started = time.monotonic()
        for _ in range(_DURABLE_APPENDS):
            kept.append_entry(_ENTRY)
        durable_s = time.monotonic() - started
    return {
        "ours_in_memory_per_s": round(_APPENDS / own_s),
        "peer_in_memory_per_s": round(_APPENDS / peer_s),
        "peer_on_disk_per_s": round(_DURABLE_APPENDS / durable_s),
    }


def run(*, json: bool = False) -> dict[str, Any]:
    """Measure both in turn, print one line or one JSON document, and return that document."""
    on = machine()
    appends = appends_per_s()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "postgres").mkdir()
        with scratch_postgres(folder / "postgres", durable=True) as url:
            engine = open_engine(url)
            migrate(engine)
            engine.dispose()
            measured = ours(url, folder / "vault")
    results = {
        "benchmark": "ledger",
        "machine": on,
        "peer": f"pymerkle {pymerkle.__version__}",
        "writers": WRITERS,
        "seconds": SECONDS,
        **measured,
        **appends,
        "ratio_in_memory": round(appends["ours_in_memory_per_s"] / appends["peer_in_memory_per_s"], 2),
        "ratio_on_disk": round(measured["events_per_s"] / appends["peer_on_disk_per_s"], 2),
    }
    if json:
        sys.stdout.write(jsons.dumps(results) + "\n")
    else:
        print(
            f"ledger: {results['events_per_s']} events/s from {WRITERS} writers, signed after {results['lag_p50_s']} s "
            f"(p50), {results['lag_p99_s']} s (p99); appends in memory / {results['peer']}: "
            f"{results['ratio_in_memory']} x; events / its durable appends: {results['ratio_on_disk']} x"
        )
    return results


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    run(json=parser.parse_args().json)
