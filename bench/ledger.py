"""Custody events a second from eight writers until each has its signed place, against a tree in memory: same run."""

import argparse
import json as jsons
import multiprocessing
import platform
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil
import pymerkle
from pydantic import SecretStr
from sqlalchemy import Engine

from storage.archive import Archive
from storage.db import jobs, log
from storage.db.session import open_engine, transaction
from storage.domain.permissions import OPERATOR
from storage.domain.vocab import EventType, Sensitivity
from storage.integrity.statement import Agent
from storage.ledger import Ledger
from storage.settings import Settings
from workers.stack.parts import connected
from workers.stack.running import running_stack

WRITERS = 8
SECONDS = 15.0


def _write(url: str, item: str, until: float, told: Any) -> None:
    """One writer: a transaction for each event of its item, until the time is over."""
    engine, written = open_engine(url, pool_size=1), 0
    while time.time() < until:
        with transaction(engine) as session:
            detail = {"number": written, "reason": "bench"}
            Ledger(session, Agent("system", "bench")).record(EventType.RETRY, item_id=item, detail=detail)
        written += 1
    engine.dispose()
    told.put(written)


def _lags(url: str, until: float) -> list[float]:
    """The age of the oldest event without a place, looked at twenty times a second while writers write."""
    engine, lags = open_engine(url, pool_size=1), []
    while time.time() < until:
        with transaction(engine) as session:
            oldest = log.oldest_waiting(session)
        lags.append(time.time() - oldest.timestamp() if oldest else 0.0)
        time.sleep(0.05)
    engine.dispose()
    return sorted(lags)


def _peer_events_s(count: int) -> float:
    """Appends a second of pymerkle's tree in memory, without database, signature or disk."""
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    started = time.monotonic()
    for number in range(count):
        tree.append_entry(b"sha256:%064x" % number)
    return count / (time.monotonic() - started)


def measure() -> dict[str, Any]:
    """Events a second, the lag behind them, and how they compare with the tree alone."""
    with tempfile.TemporaryDirectory(prefix="svidok-bench-") as place:
        settings = Settings(vault=Path(place) / "vault")
        with running_stack(settings):
            url = connected(settings).database_url
            figures = _measured(url)
    return {"bench": "ledger", "writers": WRITERS, "seconds": SECONDS, **figures, "machine": _machine()}


def _measured(secret: SecretStr) -> dict[str, Any]:
    url = secret.get_secret_value()
    engine = open_engine(url, pool_size=1)
    with transaction(engine) as session:
        archive = Archive(session, OPERATOR)
        items = [
            archive.submit(f"http://127.0.0.1:9/{n}", note=None, sensitivity=Sensitivity.RESTRICTED).item.id
            for n in range(WRITERS)
        ]
    _wait_for_quiet(engine, items)
    told: Any = multiprocessing.Queue()
    until = time.time() + SECONDS
    writers = [multiprocessing.Process(target=_write, args=(url, item, until, told)) for item in items]
    for writer in writers:
        writer.start()
    lags = _lags(url, until)
    written = sum(told.get() for _ in writers)
    for writer in writers:
        writer.join()
    started = time.time()
    while True:
        with transaction(engine) as session:
            if log.oldest_waiting(session) is None:
                break
        time.sleep(0.02)
    caught_up_s = time.time() - started
    engine.dispose()
    peer = _peer_events_s(20_000)
    return {
        "events": written,
        "events_s": round(written / SECONDS),
        "lag_p50_s": round(statistics.median(lags), 3),
        "lag_p99_s": round(lags[int(len(lags) * 0.99)], 3),
        "caught_up_after_s": round(caught_up_s, 3),
        "peer": "pymerkle, in memory",
        "peer_events_s": round(peer),
        "ratio": round(written / SECONDS / peer, 3),
        "goal": "1000 events/s, lag p99 under 1 s",
    }


def _wait_for_quiet(engine: Engine, items: Sequence[str]) -> None:
    """Until the attempts to capture the items have ended: what is measured is the ledger, not yt-dlp."""
    while True:
        with transaction(engine) as session:
            if all(job.state in {"done", "dead"} for item in items for job in jobs.of_item(session, item)):
                return
        time.sleep(0.1)


def _machine() -> str:
    return f"{psutil.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--json", action="store_true")
    found = measure()
    if asked.parse_args().json:
        print(jsons.dumps(found, indent=1))
    else:
        print(
            f"ledger {found['events_s']} events/s, lag p50 {found['lag_p50_s']} s, p99 {found['lag_p99_s']} s; "
            f"{found['peer']} {found['peer_events_s']}/s: {found['ratio']} times; goal {found['goal']}; "
            f"{found['machine']}"
        )
