"""The keeper rings while work waits, and never lets rings pile up."""

import time

import pytest
from sqlalchemy import Engine

from storage import queue
from storage.archive import Archive
from storage.db.session import transaction
from storage.domain.permissions import OPERATOR
from storage.domain.vocab import Sensitivity
from workers import broker, keeper, watchdog


def submit(engine: Engine, count: int) -> None:
    with transaction(engine) as session:
        for number in range(count):
            url = f"https://example.org/{number}"
            Archive(session, OPERATOR).submit(url, note=None, sensitivity=Sensitivity.RESTRICTED)


def test_what_waits_is_counted_by_queue(engine: Engine) -> None:
    assert keeper.tick(engine, has_room=True) == {}
    submit(engine, 3)
    assert keeper.tick(engine, has_room=True) == {"fetch": 3}


def test_fault_B1_a_job_whose_worker_died_waits_again_after_its_lease(engine: Engine) -> None:
    submit(engine, 1)
    with transaction(engine) as session:
        queue.claim(session, queue="fetch", worker="dead", lease_s=0.3)
    assert keeper.tick(engine, has_room=True) == {}
    time.sleep(0.4)
    assert keeper.tick(engine, has_room=True) == {"fetch": 1}


def test_fault_B6_however_often_it_rings_only_a_few_rings_wait(broker_url: str) -> None:
    app = broker.make_app(broker_url)
    for _ in range(50):
        keeper.ring(app, {"fetch": 1000})
    assert broker.waiting_rings(app, "fetch") == broker.ENOUGH_RINGS


def test_a_lone_job_rings_once(broker_url: str) -> None:
    app = broker.make_app(broker_url)
    keeper.ring(app, {"media": 1})
    assert broker.waiting_rings(app, "media") == 1


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
    assert not watchdog.is_deaf(engine, app, "one", ["fetch"])
    broker.ring(app, "fetch")
    assert watchdog.is_deaf(engine, app, "one", ["fetch"])
    with transaction(engine) as session:
        queue.claim(session, queue="fetch", worker="one", lease_s=60)
    assert not watchdog.is_deaf(engine, app, "one", ["fetch"])
