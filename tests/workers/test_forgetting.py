"""What was erased or sealed leaves the machines that had fetched it, whatever they were doing meanwhile."""

import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from storage import queue
from storage.archive import Archive
from storage.blobs.bucket import Bucket
from storage.blobs.fetched import FetchedFiles
from storage.blobs.s3 import S3Blobs
from storage.db import copies, enciphered, picture_searches
from storage.db.session import open_engine, transaction
from storage.domain.permissions import OPERATOR, SYSTEM
from storage.domain.vocab import Sensitivity
from storage.errors import NotFound
from storage.integrity.digest import Digest
from storage.reader import Reader
from storage.settings import Settings
from tests.object_stores import ObjectStore
from tests.storage.rebuild.life import STEWARD
from tests.workers.test_enciphering import MARKER, SEALED, House
from workers import app, scratch
from workers.doctor import stack
from workers.doctor.finding import Condition
from workers.forgetting import Forgetter
from workers.scratch import Seat

OPEN = Sensitivity.RESTRICTED
URL = "https://example.org/bridge"


@dataclass
class Machine:
    """Where one worker works, far from the keeper: its vault, and the bucket as it sees it."""

    house: House
    vault: Path
    bucket: Bucket
    prefix: str

    @cached_property
    def settings(self) -> Settings:
        url = self.house.engine.url.render_as_string(hide_password=False)
        return Settings(vault=self.vault, database_url=SecretStr(url))

    @cached_property
    def seat(self) -> Seat:
        return scratch.take(self.settings.scratch, ("media",), "host")

    @cached_property
    def store(self) -> S3Blobs:
        with transaction(self.house.engine) as session:
            name = copies.archive_name(session)
        return S3Blobs(self.bucket, self.prefix, self.settings.fetched, lambda: name, cache_limit_bytes=1 << 30)

    @property
    def fetched(self) -> FetchedFiles:
        return FetchedFiles.under(self.settings.fetched)

    @cached_property
    def forgetter(self) -> Forgetter:
        return Forgetter(self.house.engine, self.fetched, self.settings.scratch, self.seat)

    def fetch(self, digest: Digest, job: str = "job-1") -> Path:
        """As a job does that needs a file."""
        reader = Reader(self.store, self.house.engine, self.house.keys)
        return reader.local_copy(digest, self.seat.folder / job)

    def end(self, job: str = "job-1") -> None:
        scratch.remove(self.seat.folder / job)

    def has(self, digest: Digest) -> bool:
        return digest.hex in self.fetched.names()

    def lies_plain(self) -> list[str]:
        """Every file of the machine in whose bytes the marker is."""
        files = (path for path in self.vault.rglob("*") if path.is_file())
        return [str(path.relative_to(self.vault)) for path in files if MARKER in path.read_bytes()]


@dataclass
class World:
    """An archive whose first store is a bucket, the machine of its keeper, and two that work."""

    house: House
    one: Machine
    two: Machine


@pytest.fixture
def world(engine: Engine, tmp_path: Path, seaweedfs: ObjectStore) -> World:
    (tmp_path / "vault").mkdir()
    house = House(engine, tmp_path)
    bucket, prefix = Bucket.at(seaweedfs.place("ready")), f"forgetting/{tmp_path.name}"
    keeper, one, two = (Machine(house, tmp_path / name, bucket, prefix) for name in ("keeper", "one", "two"))
    house.stores["first"] = keeper.store
    return World(house, one, two)


def test_every_machine_drops_what_two_people_erased_and_keeps_what_others_hold(world: World) -> None:
    house = world.house
    item, erased = house.capture(MARKER * 9000, OPEN)
    _, kept = house.capture(b"of another" * 9000, OPEN)
    house.settle()
    for machine in (world.one, world.two):
        machine.fetch(erased)
        machine.fetch(kept)
        machine.end()
        assert machine.forgetter.drop_fetched() == 0
    house.erase(item)
    assert world.one.forgetter.drop_fetched() == 1  # before the keeper has come to the bucket
    house.settle()
    assert world.one.lies_plain() == []
    assert len(world.two.lies_plain()) == 1
    assert world.two.forgetter.drop_fetched() == 1
    assert world.two.lies_plain() == []
    assert world.one.has(kept)
    assert world.two.has(kept)
    with pytest.raises(NotFound):
        world.one.fetch(erased)


def test_a_machine_that_was_off_meanwhile_drops_it_before_its_worker_takes_any_work(world: World) -> None:
    house = world.house
    item, digest = house.capture(MARKER, OPEN)
    house.settle()
    world.two.fetch(digest)
    world.two.seat.leave()
    del world.two.seat
    house.erase(item)
    house.settle()
    assert len(world.two.lies_plain()) == 2  # what it had fetched, and the folder of its job
    app.begin(world.two.settings, world.two.seat)
    assert world.two.lies_plain() == []


def test_what_is_sealed_goes_before_it_is_enciphered_and_what_was_enciphered_does_not_stay(world: World) -> None:
    house, machine = world.house, world.one
    _, digest = house.capture(MARKER * 9000, OPEN, URL)
    house.settle()
    machine.fetch(digest)
    machine.end()
    house.life.submit(SEALED, url=URL, actor=STEWARD)
    assert machine.forgetter.drop_fetched() == 1
    assert machine.lies_plain() == []

    copy = machine.fetch(digest)  # by a job of the item itself, which the keeper has not come to yet
    assert machine.has(digest)
    house.settle()
    assert machine.forgetter.drop_fetched() == 1
    assert copy.read_bytes() == MARKER * 9000
    machine.end()
    assert machine.lies_plain() == []

    assert machine.fetch(digest).read_bytes() == MARKER * 9000
    assert machine.fetched.names() == []
    machine.end()
    assert machine.lies_plain() == []


def test_what_an_open_item_holds_too_stays(world: World) -> None:
    house, machine = world.house, world.one
    item, digest = house.capture(MARKER, OPEN)
    other, _ = house.capture(MARKER, OPEN)
    house.capture(MARKER, SEALED)
    house.settle()
    machine.fetch(digest)
    house.erase(item)
    house.settle()
    assert machine.forgetter.drop_fetched() == 0
    assert machine.has(digest)
    house.erase(other)
    house.settle()
    assert machine.forgetter.drop_fetched() == 1


def test_what_is_known_is_asked_about_again_only_when_something_was_erased_or_sealed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, machine, asked = world.house, world.one, list[str]()
    held_open = enciphered.held_open

    def watched(session: Session, names: Sequence[str]) -> set[str]:
        asked.extend(names)
        return held_open(session, names)

    monkeypatch.setattr(enciphered, "held_open", watched)
    item, one = house.capture(MARKER, OPEN)
    _, two = house.capture(MARKER + b"two", OPEN, URL)
    _, three = house.capture(MARKER + b"three", OPEN)

    def told() -> list[str]:
        asked.clear()
        machine.forgetter.drop_fetched()
        return sorted(asked)

    machine.fetch(one)
    assert told() == [one.hex]
    machine.fetch(two)
    machine.fetch(three)
    assert told() == sorted([two.hex, three.hex])
    assert told() == []
    house.life.submit(SEALED, url=URL, actor=STEWARD)
    assert told() == sorted([one.hex, two.hex, three.hex])
    house.erase(item)
    assert told() == sorted([one.hex, three.hex])
    assert told() == []
    assert machine.fetched.names() == [three.hex]


def test_a_job_that_fetches_while_files_are_dropped_has_all_its_bytes(world: World) -> None:
    house, machine = world.house, world.one
    content = MARKER * 200_000
    _, digest = house.capture(content, SEALED)
    over, dropped = threading.Event(), 0

    def drop() -> None:
        nonlocal dropped
        while not over.is_set():
            dropped += machine.forgetter.drop_fetched()

    dropper = threading.Thread(target=drop)
    dropper.start()
    try:
        for number in range(40):
            copy = machine.fetch(digest, f"job-{number}")
            assert copy.stat().st_size == len(content)
            machine.end(f"job-{number}")
    finally:
        over.set()
        dropper.join()
    assert dropped > 1
    machine.forgetter.drop_fetched()
    assert machine.lies_plain() == []


def test_what_a_kill_in_the_middle_leaves_is_dropped_the_next_time(world: World) -> None:
    house, machine = world.house, world.one
    digests = []
    for number in range(4):
        item, digest = house.capture(MARKER + b"%d" % number, OPEN)
        machine.fetch(digest)
        house.erase(item)
        digests.append(digest)
    machine.end()
    house.engine.dispose()
    if not (child := os.fork()):
        try:
            unlink = Path.unlink

            def unlink_and_die(path: Path, missing_ok: bool = False) -> None:
                unlink(path, missing_ok)
                if len(machine.fetched.names()) == 2:
                    os.kill(os.getpid(), signal.SIGKILL)

            Path.unlink = unlink_and_die  # type: ignore[method-assign]
            url = house.engine.url.render_as_string(hide_password=False)
            Forgetter(open_engine(url), machine.fetched, machine.settings.scratch, machine.seat).drop_fetched()
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    assert [machine.has(digest) for digest in digests].count(True) == 2
    assert machine.forgetter.drop_fetched() == 2
    assert machine.lies_plain() == []


def test_one_that_cannot_be_dropped_keeps_no_other(world: World) -> None:
    house, machine = world.house, world.one
    item, digest = house.capture(MARKER, OPEN)
    machine.fetch(digest)
    machine.end()
    (machine.fetched.folder / "a folder").mkdir()
    house.erase(item)
    assert machine.forgetter.drop_fetched() == 1
    assert machine.fetched.names() == ["a folder"]


def test_the_doctor_counts_what_was_erased_and_lies_here_still(world: World) -> None:
    house, machine = world.house, world.one

    def told() -> list[tuple[Condition, str]]:
        return [(one.state, one.sentence) for one in stack._fetched(machine.settings, house.engine)]

    assert told() == []
    item, digest = house.capture(MARKER, OPEN)
    machine.fetch(digest)
    [(state, sentence)] = told()
    assert state is Condition.OK
    assert sentence.startswith("1 in ")
    house.erase(item)
    [(state, sentence)] = told()
    assert state is Condition.WARN
    assert "1 in " in sentence
    assert str(machine.fetched.folder) in sentence
    machine.forgetter.drop_fetched()
    assert told() == []


@pytest.fixture
def seat(tmp_path: Path) -> Iterator[Seat]:
    seat = scratch.take(tmp_path / "scratch", ("fetch",), "host")
    yield seat
    seat.leave()


def laid(seat: Seat, name: str) -> Path:
    folder = seat.folder / name
    folder.mkdir()
    (folder / "original").write_bytes(MARKER)
    return folder


def test_the_folder_of_a_killed_child_goes_while_its_worker_lives_and_that_of_work_under_way_stays(
    engine: Engine, tmp_path: Path, seat: Seat
) -> None:
    forgetter = Forgetter(engine, FetchedFiles.under(tmp_path), tmp_path / "scratch", seat)
    with transaction(engine) as session:
        Archive(session, OPERATOR).submit(URL, note=None, sensitivity=OPEN)
        assert picture_searches.ask(session, "sea_1", "usr_1", b"a picture")
    with transaction(engine) as session:
        held = queue.claim(session, queue="fetch", worker=seat.name, lease_s=60)
        search = picture_searches.take(session, 60)
    assert held is not None
    assert search is not None
    job, searching = laid(seat, scratch.work_of(held.job.id, held.token)), laid(seat, scratch.work_of("sea_1", 1))
    killed = laid(seat, scratch.work_of(held.job.id, held.token - 1))
    assert forgetter.clear_left() == 0  # who has just let go of it may be removing it
    assert forgetter.clear_left() == 1
    assert [path.exists() for path in (job, searching, killed)] == [True, True, False]
    with transaction(engine) as session:
        Archive(session, SYSTEM).return_lost([held.job])
        picture_searches.give_back(session, search)
    assert [forgetter.clear_left() for _ in range(3)] == [0, 2, 0]
    assert seat.works() == set()


def test_folders_that_nobody_comes_back_to_are_swept_on_every_machine(
    engine: Engine, tmp_path: Path, seat: Seat
) -> None:
    gone = scratch.take(tmp_path / "scratch", ("fetch",), "its former name")
    laid(gone, "job-1")
    with scratch.held(library := tmp_path / "scratch" / "library"):
        (library / "fingerprints.idx").write_bytes(b"hashes")
    gone.leave()
    forgetter = Forgetter(engine, FetchedFiles.under(tmp_path), tmp_path / "scratch", seat)
    forgetter.look()
    assert gone.folder.exists()
    long_ago = time.time() - 7200
    for folder in (gone.folder, library):
        for path in (folder / ".lock", folder):
            os.utime(path, (long_ago, long_ago))
    forgetter.look()
    assert [path.name for path in (tmp_path / "scratch").iterdir()] == [seat.name]


def test_what_was_needed_longest_ago_makes_room_though_files_go_meanwhile(tmp_path: Path) -> None:
    fetched = FetchedFiles(tmp_path / "fetched", limit_bytes=25)
    digests = []
    for number in range(4):
        copy = tmp_path / f"copy {number}"
        copy.write_bytes(b"ten bytes%d" % number)
        os.utime(copy, (number, number))
        digests.append(Digest.of(copy.read_bytes()))
        fetched.keep(digests[-1], copy)
        if not number:
            (fetched.folder / "gone when it is looked at").symlink_to(tmp_path / "nowhere")
    assert {one.hex for one in digests[2:]} | {"gone when it is looked at"} == set(fetched.names())
    assert fetched.give(digests[3], tmp_path / "again")
    assert not fetched.give(digests[0], tmp_path / "again")
    assert not FetchedFiles(tmp_path / "fetched", 0).give(digests[3], tmp_path / "again")
