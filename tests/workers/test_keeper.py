"""The keeper rings while work waits, and never lets rings pile up."""

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text, update

from storage import queue
from storage.archive import Archive
from storage.blobs.local import LocalBlobs
from storage.db.bell import Bell
from storage.db.positions import Job
from storage.db.session import transaction
from storage.domain.permissions import OPERATOR
from storage.domain.vocab import Sensitivity
from workers import broker, keeper, scratch, watchdog


def submit(engine: Engine, count: int) -> None:
    with transaction(engine) as session:
        for number in range(count):
            url = f"https://example.org/{number}"
            Archive(session, OPERATOR).submit(url, note=None, sensitivity=Sensitivity.RESTRICTED)


def test_what_waits_is_counted_by_queue(engine: Engine) -> None:
    assert keeper.tick(engine, has_room=True, site_budgets={}) == {}
    submit(engine, 3)
    assert keeper.tick(engine, has_room=True, site_budgets={}) == {"fetch": 3}


def test_the_bell_is_heard_as_soon_as_a_job_is_ready(engine: Engine) -> None:
    bell, stop = Bell(engine), threading.Event()
    bell.wait(0.01, stop)
    later = threading.Timer(0.2, lambda: submit(engine, 1))
    began = time.monotonic()
    later.start()
    assert not bell.wait(60, stop)
    later.join()
    assert time.monotonic() - began < 30, "only a bell that nobody rang would wait for so long"
    bell.close()


def test_the_bell_is_not_rung_for_what_cannot_start_yet_or_was_never_committed(engine: Engine) -> None:
    submit(engine, 1)
    bell, stop = Bell(engine), threading.Event()
    bell.wait(0.01, stop)
    with transaction(engine) as session:
        held = queue.claim(session, queue="fetch", worker="one", lease_s=60)
    assert held is not None
    with transaction(engine) as session:
        later = datetime.now(UTC) + timedelta(hours=1)
        session.execute(update(Job).values(run_after=later, state="ready", lease_until=None, worker=None))
    with contextlib.suppress(ZeroDivisionError), transaction(engine) as session:
        Archive(session, OPERATOR).submit("https://example.org/n", note=None, sensitivity=Sensitivity.RESTRICTED)
        raise ZeroDivisionError
    began = time.monotonic()
    bell.wait(0.5, stop)
    assert time.monotonic() - began >= 0.5
    bell.close()


def test_the_bell_listens_again_after_its_connection_was_cut(engine: Engine) -> None:
    bell, stop = Bell(engine), threading.Event()
    bell.wait(0.01, stop)
    with transaction(engine) as session:
        session.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"))
    assert not bell.wait(0.05, stop)
    bell.wait(0.01, stop)
    later = threading.Timer(0.2, lambda: submit(engine, 1))
    later.start()
    began = time.monotonic()
    assert not bell.wait(60, stop)
    later.join()
    assert time.monotonic() - began < 30
    bell.close()


def test_fault_B1_a_job_whose_worker_died_waits_again_after_its_lease(engine: Engine) -> None:
    submit(engine, 1)
    with transaction(engine) as session:
        queue.claim(session, queue="fetch", worker="dead", lease_s=0.3)
    assert keeper.tick(engine, has_room=True, site_budgets={}) == {}
    time.sleep(0.4)
    assert keeper.tick(engine, has_room=True, site_budgets={}) == {"fetch": 1}


def test_fault_B6_however_often_it_rings_only_a_few_rings_wait(broker_url: str) -> None:
    app = broker.make_app(broker_url)
    for _ in range(50):
        keeper.ring(app, {"fetch": 1000})
    assert broker.waiting_rings(app, "fetch") == broker.ENOUGH_RINGS


def test_a_lone_job_rings_once(broker_url: str) -> None:
    app = broker.make_app(broker_url)
    keeper.ring(app, {"media": 1})
    assert broker.waiting_rings(app, "media") == 1


def test_a_ring_reaches_a_worker_whose_clock_is_ahead(broker_url: str) -> None:
    app = broker.make_app(broker_url)
    with app.connection_for_write() as connection:
        client = connection.default_channel.client
        client.delete("fetch")
        broker.ring(app, "fetch")
        [ring] = [json.loads(line) for line in client.lrange("fetch", 0, -1)]
    assert ring["headers"]["expires"] is None


def test_tidying_removes_what_killed_writers_and_dead_workers_left(engine: Engine, tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path / "blobs")
    staged = tmp_path / "blobs" / "staging" / "half"
    staged.write_bytes(b"half")
    seat = scratch.take(tmp_path / "scratch", ["media"], "gone")
    seat.leave()
    swept = (
        "answers",
        "sessions",
        "failures",
        "drafts",
        "readings",
        "tries",
        "staged",
        "folders",
        "uploads",
    )
    nothing = dict.fromkeys(swept, 0)
    assert keeper.tidy(engine, [blobs], tmp_path / "scratch", int) == nothing
    for path in (staged, seat.folder / ".lock", seat.folder):
        os.utime(path, (0, 0))
    assert keeper.tidy(engine, [blobs], tmp_path / "scratch", int) == nothing | {"staged": 1, "folders": 1}
    assert keeper.tidy(engine, [blobs], tmp_path / "scratch", int) == nothing


def test_a_worker_found_deaf_ends_at_once(broker_url: str, database_url: str, tmp_path: Path) -> None:
    program = (
        "import sys, time, threading; from storage.db.session import open_engine; from workers import broker, watchdog;"
        "watchdog._LOOK_EVERY_S = 0.1; watchdog.is_deaf = lambda *_: True;"
        "engine = open_engine(sys.argv[1]); app = broker.make_app(sys.argv[2]);"
        "threading.Thread(target=watchdog.watch, args=(engine, app, 'one', ['fetch'], {}), daemon=True).start();"
        "time.sleep(60)"
    )
    ended = subprocess.run([sys.executable, "-c", program, database_url, broker_url], timeout=30, check=False)
    assert ended.returncode == watchdog.EX_SOFTWARE


def test_nobody_rings_at_a_queue_that_does_not_exist(broker_url: str) -> None:
    with pytest.raises(ValueError, match="no queue"):
        broker.ring(broker.make_app(broker_url), "front")


def test_fault_B14_a_worker_is_deaf_only_when_jobs_and_rings_wait_and_it_holds_nothing(
    engine: Engine, broker_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchdog, "PATIENCE_S", 0.2)
    app = broker.make_app(broker_url)
    submit(engine, 2)
    time.sleep(0.3)
    with app.connection_for_write() as connection:
        connection.default_channel.client.flushall()
    assert not watchdog.is_deaf(engine, app, "one", ["fetch"], {})
    broker.ring(app, "fetch")
    assert watchdog.is_deaf(engine, app, "one", ["fetch"], {})
    with transaction(engine) as session:
        queue.claim(session, queue="fetch", worker="one", lease_s=60)
    assert not watchdog.is_deaf(engine, app, "one", ["fetch"], {})
