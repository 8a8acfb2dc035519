"""A lease is renewed while work goes on, and its loss stops the work in time."""

import time

from sqlalchemy import Engine, text

from storage import queue
from storage.archive import Archive
from storage.db import jobs
from storage.db.session import transaction
from storage.domain.permissions import OPERATOR
from storage.domain.vocab import Sensitivity
from storage.queue import Held
from workers.lease import Lease


def held_job(engine: Engine, lease_s: float) -> Held:
    with transaction(engine) as session:
        Archive(session, OPERATOR).submit("https://example.org/a", note=None, sensitivity=Sensitivity.RESTRICTED)
    with transaction(engine) as session:
        held = queue.claim(session, queue="fetch", worker="one", lease_s=lease_s)
    assert held is not None
    return held


def test_a_job_is_kept_for_longer_than_its_lease_while_work_goes_on(engine: Engine) -> None:
    held = held_job(engine, lease_s=2.0)
    with Lease(engine, held, 2.0) as lease:
        time.sleep(3.0)
        with transaction(engine) as session:
            assert queue.expired(session) == []
        assert not lease.lost.is_set()


def test_work_stops_when_somebody_else_has_the_job(engine: Engine) -> None:
    held = held_job(engine, lease_s=2.0)
    with Lease(engine, held, 2.0) as lease:
        with transaction(engine) as session:
            session.execute(text("UPDATE job SET token = token + 1"))
        assert lease.lost.wait(3.0)


def test_fault_B21_work_stops_before_the_lease_ends_when_the_database_is_out_of_reach(engine: Engine) -> None:
    held = held_job(engine, lease_s=4.0)
    began = time.monotonic()
    with Lease(engine, held, 4.0) as lease:
        with transaction(engine) as session:
            session.execute(text("ALTER TABLE job RENAME TO job_out_of_reach"))
        assert lease.lost.wait(4.0)
    assert time.monotonic() - began < 6.0


def test_fault_H1_work_stops_before_the_lease_ends_when_the_database_hangs(engine: Engine) -> None:
    held = held_job(engine, lease_s=4.0)
    with engine.connect() as connection, Lease(engine, held, 4.0) as lease:
        began = time.monotonic()
        connection.execute(text("LOCK TABLE job IN ACCESS EXCLUSIVE MODE"))
        assert lease.lost.wait(4.0)
        assert time.monotonic() - began < 4.0
        connection.rollback()


def test_progress_travels_with_the_lease(engine: Engine) -> None:
    held = held_job(engine, lease_s=60.0)
    with Lease(engine, held, 60.0) as lease:
        lease.report({"progress": 0.25})
        time.sleep(1.2)
    with transaction(engine) as session:
        job = jobs.one(session, held.job.id)
    assert job is not None
    assert job.progress == {"progress": 0.25}
