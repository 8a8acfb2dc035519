"""A worker has a name and a folder that no other living worker has, and what it held is not lost when it ends."""

import io
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from multiprocessing.synchronize import Event
from pathlib import Path

import psutil
import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from storage import queue
from storage.archive import Archive
from storage.blobs.local import LocalBlobs
from storage.db import jobs
from storage.db.session import transaction
from storage.domain.permissions import OPERATOR
from storage.domain.vocab import Sensitivity
from storage.queue import Held
from storage.settings import Settings
from storage.strongbox import Strongbox
from workers import app, pipeline, scratch, tasks
from workers.pipeline import Bench
from workers.sandbox import Limits
from workers.scratch import Seat

QUEUES = ("fetch", "media")
LIMITS = Limits(wall_s=40.0, memory_bytes=2 << 30, processes=64, file_bytes=64 << 20, folder_bytes=256 << 20)


def take(folder: Path, queues: tuple[str, ...] = QUEUES) -> Seat:
    return scratch.take(folder, queues, "host")


def submit(engine: Engine) -> None:
    with transaction(engine) as session:
        url = f"https://example.org/{time.monotonic_ns()}"
        Archive(session, OPERATOR).submit(url, note=None, sensitivity=Sensitivity.RESTRICTED)


def claim(engine: Engine, worker: str) -> Held:
    with transaction(engine) as session:
        held = queue.claim(session, queue="fetch", worker=worker, lease_s=60)
    assert held is not None
    return held


def holds(engine: Engine, worker: str) -> int:
    with transaction(engine) as session:
        return jobs.running(session, worker)


def test_two_workers_on_one_machine_share_neither_name_nor_folder(tmp_path: Path) -> None:
    first, second, other = take(tmp_path), take(tmp_path), take(tmp_path, ("fetch",))
    assert len({first.name, second.name, other.name}) == 3
    assert len({first.folder, second.folder, other.folder}) == 3
    assert take(tmp_path / "elsewhere").name == first.name


def test_a_name_is_the_same_after_a_restart(tmp_path: Path) -> None:
    first, second = take(tmp_path), take(tmp_path)
    first.leave()
    assert take(tmp_path).name == first.name
    second.leave()
    assert take(tmp_path).name == second.name


def _sit(folder: Path, sits: Event) -> None:
    take(folder)
    if os.fork() == 0:
        time.sleep(60)
        os._exit(0)
    sits.set()
    time.sleep(60)


def test_a_killed_worker_keeps_its_name_until_its_last_child_is_gone(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    sits = context.Event()
    worker = context.Process(target=_sit, args=(tmp_path, sits))
    worker.start()
    assert sits.wait(30)
    [child] = psutil.Process(worker.pid).children()
    try:
        os.kill(worker.pid or 0, signal.SIGKILL)
        worker.join(10)
        beside = take(tmp_path)
        assert beside.name.endswith(".1")
    finally:
        child.kill()
        psutil.wait_procs([child], timeout=10)
    deadline = time.monotonic() + 10
    while not (again := take(tmp_path)).name.endswith(".0"):
        again.leave()
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_worker_that_is_born_touches_nothing_of_one_that_works_beside_it(engine: Engine, tmp_path: Path) -> None:
    chosen = Settings(vault=tmp_path, database_url=SecretStr(engine.url.render_as_string(hide_password=False)))
    one = take(chosen.scratch)
    assert app.begin(chosen, one) == 0
    submit(engine)
    claim(engine, one.name)
    (one.folder / "job-1").mkdir()
    (one.folder / "job-1" / "half").write_bytes(b"half")
    two = take(chosen.scratch)
    assert app.begin(chosen, two) == 0
    assert holds(engine, one.name) == 1
    assert (one.folder / "job-1" / "half").exists()
    one.leave()
    again = take(chosen.scratch)
    assert app.begin(chosen, again) == 1
    assert holds(engine, one.name) == 0
    assert not (one.folder / "job-1").exists()
    assert take(chosen.scratch).name not in {again.name, two.name}


def test_a_folder_deeper_than_anybody_descends_does_not_keep_a_worker_from_its_birth(tmp_path: Path) -> None:
    seat = take(tmp_path)
    here = os.getcwd()  # noqa: PTH109 - the way down has no path
    os.chdir(seat.folder)
    for _ in range(3000):
        os.mkdir("d")  # noqa: PTH102
        os.chdir("d")
    os.chdir(here)
    seat.clear()
    assert [path.name for path in seat.folder.iterdir()] == [".lock"]


def test_folders_of_workers_that_are_gone_are_swept_when_they_are_old(tmp_path: Path) -> None:
    living, dead, young = (scratch.take(tmp_path, QUEUES, host) for host in ("a", "b", "c"))
    for seat in (living, dead, young):
        (seat.folder / "job").mkdir()
    long_ago = time.time() - 7200
    for seat in (living, dead):
        for path in (seat.folder / ".lock", seat.folder):
            os.utime(path, (long_ago, long_ago))
    dead.leave()
    young.leave()
    assert scratch.sweep(tmp_path, older_than_s=3600) == 1
    assert not dead.folder.exists()
    assert (living.folder / "job").exists()
    assert (young.folder / "job").exists()
    assert scratch.take(tmp_path, QUEUES, "b").name == dead.name
    assert scratch.sweep(tmp_path / "nowhere", older_than_s=3600) == 0


@pytest.fixture
def bench(engine: Engine, tmp_path: Path) -> Bench:
    return Bench(
        engine=engine,
        blobs=LocalBlobs(tmp_path / "blobs"),
        worker="one",
        queues=QUEUES,
        fetches_at_most=1,
        site_limit=2,
        site_budgets={},
        strongbox=Strongbox(tmp_path / "sessions.key"),
        version="1",
        scratch=tmp_path / "scratch",
        egress_socket=tmp_path / "egress.sock",
        egress_log=tmp_path / "egress",
        limits=dict.fromkeys(QUEUES, LIMITS),
        lease_s=60.0,
        retry_base_s=1.0,
        unsafe=False,
    )


@pytest.fixture
def shift() -> Iterator[tasks.Shift]:
    """The shift of a child that hears its parent's wish to stop."""
    before = signal.getsignal(tasks.STOP)
    shift = tasks.Shift()
    shift.listen()
    yield shift
    signal.signal(tasks.STOP, before)


def test_a_child_that_is_told_to_stop_ends_its_box_and_gives_its_job_back(
    bench: Bench, shift: tasks.Shift, tmp_path: Path
) -> None:
    supply(bench)
    held = bench.claim("media")
    assert held is not None

    before = set(psutil.Process().children())

    def stop_in_the_box() -> None:
        deadline = time.monotonic() + 20
        while not set(psutil.Process().children()) - before and time.monotonic() < deadline:
            time.sleep(0.01)
        os.kill(os.getpid(), tasks.STOP)

    stopper = threading.Thread(target=stop_in_the_box)
    stopper.start()
    began = time.monotonic()
    shift.work(bench, held)
    stopper.join()
    assert time.monotonic() - began < 10
    assert shift.is_over
    with transaction(bench.engine) as session:
        job = jobs.one(session, held.job.id)
    assert job is not None
    assert job.state == "ready"
    assert set(psutil.Process().children()) <= before
    assert [path for path in bench.scratch.rglob("*") if path.is_file()] == []


def test_a_child_without_work_only_notes_that_it_is_to_stop(bench: Bench, shift: tasks.Shift) -> None:
    os.kill(os.getpid(), tasks.STOP)
    assert shift.is_over
    submit(bench.engine)
    shift.drain(bench, "fetch")
    assert holds(bench.engine, "one") == 0


def test_a_job_that_has_ended_is_not_given_back_again(bench: Bench, shift: tasks.Shift) -> None:
    supply(bench)
    held = bench.claim("media")
    assert held is not None
    pipeline.run(bench, held)
    with transaction(bench.engine) as session:
        before = jobs.one(session, held.job.id)
    tasks.give_back(bench, held)
    with transaction(bench.engine) as session:
        after = jobs.one(session, held.job.id)
    assert before is not None
    assert after is not None
    assert (after.state, after.token, after.losses) == (before.state, before.token, before.losses)


def supply(bench: Bench) -> None:
    """Owe a capture that needs no network: of a file that a person supplied."""
    blob = bench.blobs.put(io.BytesIO(os.urandom(1 << 20)))
    with transaction(bench.engine) as session:
        archive = Archive(session, OPERATOR)
        archive.submit_upload(blob, name="clip.mp4", note=None, sensitivity=Sensitivity.RESTRICTED)
