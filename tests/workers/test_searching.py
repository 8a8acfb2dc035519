"""A picture or a clip that somebody asks with is found again in the archive, and leaves nothing behind."""

import io
import threading
import time
from array import array
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import av
import cv2
import numpy as np
import psutil
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from storage.archive import Archive
from storage.blobs.local import LocalBlobs
from storage.db import picture_searches
from storage.db.picture_search_tables import PictureSearch
from storage.db.picture_searches import Taken
from storage.db.session import transaction
from storage.domain.ids import PictureSearchId, new_id
from storage.domain.kept import Kept, StepKey
from storage.domain.permissions import OPERATOR, SYSTEM
from storage.domain.picture_search import Answer
from storage.domain.vocab import FileRole, Sensitivity
from storage.errors import Unavailable
from storage.integrity.digest import Digest
from storage.queue import Held
from storage.strongbox import Strongbox
from tests.media.draw import Film, Look, cuts, write
from tests.media.pictures import Picture
from tests.workers.stack import eventually, patience
from tests.workers.test_app import supply
from tests.workers.test_library import held_job
from workers import keeper, searching, tasks
from workers.analysis.engine import fingerprinted
from workers.copies.prints import FILE
from workers.pipeline import Bench
from workers.sandbox import Limits

ROOMY = Limits(wall_s=120, memory_bytes=2 << 30, processes=64, file_bytes=1 << 30, folder_bytes=1 << 30)
RATE = 25


@pytest.fixture
def bench(engine: Engine, tmp_path: Path) -> Bench:
    return Bench(
        engine=engine,
        blobs=LocalBlobs(tmp_path / "blobs"),
        worker="test",
        queues=("media",),
        fetches_at_most=1,
        site_limit=1,
        site_budgets={},
        version="1",
        scratch=tmp_path / "scratch",
        egress_socket=tmp_path / "none",
        egress_log=tmp_path / "none.log",
        strongbox=Strongbox(tmp_path / "box.key"),
        limits={"media": ROOMY},
        lease_s=60,
        retry_base_s=1,
        unsafe=False,
    )


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[Film]:
    folder = tmp_path_factory.mktemp("films")
    look = Look(size=(640, 360))
    return [cuts(folder / f"{seed}.mp4", look, lengths=(60, 75, 65), seed=seed) for seed in (31, 61)]


def kept(bench: Bench, film: Film, folder: Path, sensitivity: str = "restricted") -> str:
    """The item of a film, looked through as the engine does."""
    fingerprinted(film.path, folder)
    blob = bench.blobs.put(io.BytesIO((folder / FILE).read_bytes()))
    with transaction(bench.engine) as session:
        url = f"https://example.org/{film.path.name}"
        entry = Archive(session, OPERATOR).submit(url, note=None, sensitivity=Sensitivity(sensitivity))
        held = held_job(session, "analyse", entry.item.id, entry.submission.capture_id)
        payload = {"original": Digest.of(film.path.read_bytes()).hex}
        about = (False, blob.digest.hex, blob.sha512, blob.size_bytes)
        prints = Kept("fingerprints", FileRole.PRODUCT, "application/octet-stream", payload, *about)
        times_us = array("I", [round(time_s * 1_000_000) for time_s in film.times_s]).tobytes()
        shown = bench.blobs.put(io.BytesIO(times_us))
        about = (False, shown.digest.hex, shown.sha512, shown.size_bytes)
        times = Kept("frame_times", FileRole.PRODUCT, "application/octet-stream", payload | {"bytes_each": 4}, *about)
        Archive(session, SYSTEM).seal_products(held, StepKey("analyse", "1", film.path.name, ()), [prints, times])
        return str(entry.item.id)


def pictures(film: Film) -> list[Picture]:
    with av.open(str(film.path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def cropped(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    return np.ascontiguousarray(picture[height // 20 : -height // 12, width // 15 : -width // 18])


def jpeg(picture: Picture) -> bytes:
    return bytes(cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))[1].tobytes())


def asked(bench: Bench, content: bytes) -> PictureSearch:
    """A search, answered."""
    search = new_id(PictureSearchId)
    with transaction(bench.engine) as session:
        assert picture_searches.ask(session, search, "usr_one", content)
    assert searching.answer_next(bench)
    with transaction(bench.engine) as session:
        row = picture_searches.of(session, search, "usr_one")
        assert row is not None
        assert session.scalar(text("SELECT count(*) FROM picture_search WHERE content IS NOT NULL")) == 0
    assert list((bench.scratch / bench.worker).iterdir()) == []
    return row


def found(row: PictureSearch) -> Answer:
    assert row.answer is not None, row.error_sentence
    return Answer.model_validate(row.answer)


def test_a_crop_of_one_frame_is_found_at_its_moment_and_nowhere_else(
    bench: Bench, films: list[Film], tmp_path: Path
) -> None:
    first, _ = (kept(bench, film, tmp_path) for film in films)
    answer = found(asked(bench, jpeg(cropped(pictures(films[0])[90]))))
    assert (answer.kind, answer.searched, answer.unprinted) == ("picture", 2, 0)
    [hit] = answer.hits
    assert (hit.item, hit.match.relation) == (first, "contained")
    assert hit.match.transform.cropped
    assert any(span.b_start_s - 0.5 <= 90 / RATE <= span.b_end_s + 0.5 for span in hit.match.spans)
    assert hit.frames == tuple(round(span.b_start_s * RATE) for span in hit.match.spans)


def test_a_mirrored_clip_is_found_with_its_line_of_time(bench: Bench, films: list[Film], tmp_path: Path) -> None:
    items = [kept(bench, film, tmp_path) for film in films]
    shown = [np.ascontiguousarray(picture[:, ::-1]) for picture in pictures(films[1])[40:180]]
    clip = tmp_path / "clip.mp4"
    times = [Fraction(number, RATE) for number in range(len(shown))]
    write(clip, Look(size=(640, 360)), iter(shown), times, numbered=False)
    answer = found(asked(bench, clip.read_bytes()))
    [hit] = answer.hits
    assert (answer.kind, hit.item, hit.match.relation) == ("clip", items[1], "contained")
    assert hit.match.transform.mirrored
    assert hit.match.spans[0].b_start_s - hit.match.spans[0].a_start_s == pytest.approx(40 / RATE, abs=0.3)
    assert sum(span.samples or 0 for span in hit.match.spans) >= 8


def test_what_is_sealed_is_not_searched(bench: Bench, films: list[Film], tmp_path: Path) -> None:
    kept(bench, films[0], tmp_path, "sealed")
    answer = found(asked(bench, jpeg(pictures(films[0])[90])))
    assert (answer.hits, answer.searched, answer.unprinted) == ((), 0, 0)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"no picture at all", "not_media"),
        (b"\xff\xd8\xff" + bytes(200), "unreadable"),
        (b"\x89PNG\r\n\x1a\n" + bytes(64), "unreadable"),
        (jpeg(np.full((200, 300, 3), 90, np.uint8)), "unreadable"),
        (jpeg(np.zeros((8, 8, 3), np.uint8)), "unreadable"),
    ],
)
def test_what_cannot_be_looked_for_is_said_and_forgotten(bench: Bench, content: bytes, code: str) -> None:
    row = asked(bench, content)
    assert (row.state, row.error_code) == ("failed", code)
    assert row.error_sentence


def test_a_picture_beyond_every_measure_is_refused(bench: Bench, tmp_path: Path) -> None:
    huge = tmp_path / "huge.png"
    cv2.imwrite(str(huge), np.zeros((9000, 9000), np.uint8))
    row = asked(bench, huge.read_bytes())
    assert (row.state, row.error_code) == ("failed", "too_large")


def test_a_worker_that_is_told_to_stop_gives_the_search_back(bench: Bench) -> None:
    stopping = threading.Event()
    stopping.set()
    with transaction(bench.engine) as session:
        assert picture_searches.ask(session, new_id(PictureSearchId), "usr_one", b"something")
    assert searching.answer_next(bench, stopping)
    with transaction(bench.engine) as session:
        assert picture_searches.waiting(session) == 1


def taken(bench: Bench) -> Taken:
    with transaction(bench.engine) as session:
        took = picture_searches.take(session, 60)
    assert took is not None
    return took


LETTING_GO: dict[str, Callable[[Session, Taken], bool]] = {
    "given back": picture_searches.give_back,
    "put off": lambda session, own: picture_searches.put_off(session, own, -1.0, 600.0),
}


@pytest.mark.parametrize("let_go", LETTING_GO.values(), ids=LETTING_GO)
def test_whoever_let_a_search_go_has_no_word_in_it_once_somebody_else_has_it(
    bench: Bench, let_go: Callable[[Session, Taken], bool]
) -> None:
    with transaction(bench.engine) as session:
        assert picture_searches.ask(session, new_id(PictureSearchId), "usr_one", b"something")
    first = taken(bench)
    with transaction(bench.engine) as session:
        assert let_go(session, first)
    second = taken(bench)
    assert second.token > first.token
    with transaction(bench.engine) as session:
        # As when the answer to its commit was lost, so that it says so once more.
        assert not let_go(session, first)
        assert not picture_searches.report(session, first, 0.5, 60, 1.0)
        assert not picture_searches.fail(session, first, "fault", "")
        assert picture_searches.report(session, second, 0.5, 60, 1.0)


def test_two_deaths_end_a_search_and_what_was_let_go_of_is_no_death(bench: Bench) -> None:
    with transaction(bench.engine) as session:
        assert picture_searches.ask(session, new_id(PictureSearchId), "usr_one", b"something")
    tokens = []
    for let_go in (*LETTING_GO.values(), None, LETTING_GO["given back"], None):
        tokens.append((own := taken(bench)).token)
        with transaction(bench.engine) as session:
            if let_go is not None:
                assert let_go(session, own)
            else:
                session.execute(text("UPDATE picture_search SET lease_until = now() - interval '1 second'"))
    assert tokens == sorted(set(tokens))
    with transaction(bench.engine) as session:
        assert picture_searches.take(session, 60) is None
        assert session.scalar(text("SELECT error_code FROM picture_search")) == "fault"


class Watched(tasks.Shift):
    """A shift whose jobs only look how many searches wait when they begin."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[int] = []

    def work(self, bench: Bench, held: Held) -> None:
        with transaction(bench.engine) as session:
            self.waiting.append(picture_searches.waiting(session))


def test_a_job_has_its_turn_between_two_searches(bench: Bench) -> None:
    bench, shift = replace(bench, queues=("fetch", "media")), Watched()
    for _ in range(2):
        supply(bench)
    with transaction(bench.engine) as session:
        for asker in ("usr_one", "usr_two", "usr_three"):
            assert picture_searches.ask(session, new_id(PictureSearchId), asker, b"no picture at all")
    shift.drain(bench, "media")
    assert shift.waiting == [2, 1]
    with transaction(bench.engine) as session:
        assert picture_searches.under_way(session) == 0


def test_a_search_that_was_stopped_ends_its_box_though_nothing_is_told_from_there(
    bench: Bench, films: list[Film]
) -> None:
    search = new_id(PictureSearchId)
    with transaction(bench.engine) as session:
        assert picture_searches.ask(session, search, "usr_one", films[0].path.read_bytes())
    before = set(psutil.Process().children(recursive=True))

    def hang_and_stop() -> None:
        # The program itself must run: who is stopped between fork and exec holds up whoever forked it for ever.
        inside: set[psutil.Process] = set()

        def runs() -> bool:
            inside.update(set(psutil.Process().children(recursive=True)) - before)
            return any(map(_is_decoder, inside))

        eventually(runs, patience(60))
        for child in inside:
            with suppress(psutil.NoSuchProcess):
                child.suspend()
        with transaction(bench.engine) as session:
            assert picture_searches.stop(session, search, "usr_one")

    stopper = threading.Thread(target=hang_and_stop)
    stopper.start()
    began = time.monotonic()
    assert searching.answer_next(bench)
    stopper.join()
    assert time.monotonic() - began < searching.WALL_S / 2
    assert set(psutil.Process().children(recursive=True)) <= before
    with transaction(bench.engine) as session:
        assert picture_searches.under_way(session) == 0


def _is_decoder(process: psutil.Process) -> bool:
    try:
        return "workers.analysis" in process.cmdline()
    except psutil.NoSuchProcess:
        return False


class SlowBlobs(LocalBlobs):
    """A store that takes longer for each file than a search may in all."""

    def open(self, digest: Digest) -> BinaryIO:
        time.sleep(searching.WALL_S + 0.5)
        return super().open(digest)


def test_comparing_ends_at_the_deadline_that_decoding_began(
    bench: Bench, films: list[Film], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for film in films:
        kept(bench, film, tmp_path)
    monkeypatch.setattr(searching, "WALL_S", 8.0)
    row = asked(replace(bench, blobs=SlowBlobs(tmp_path / "blobs")), jpeg(pictures(films[0])[90]))
    assert (row.state, row.error_code) == ("failed", "took_too_long")
    assert 7 <= row.worked_s < 30


class SlowToCompare(LocalBlobs):
    """A store that gives what the index needs at once, and the second one to compare with not before a search ends."""

    _given = 0

    def open(self, digest: Digest) -> BinaryIO:
        self._given += 1
        if self._given == 4:
            time.sleep(searching.WALL_S)
        return super().open(digest)


def test_what_was_found_in_time_is_answered_and_who_was_not_reached_is_counted(
    bench: Bench, films: list[Film], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, second = (kept(bench, film, tmp_path) for film in films)
    monkeypatch.setattr(searching, "WALL_S", 10.0)
    row = asked(replace(bench, blobs=SlowToCompare(tmp_path / "blobs")), jpeg(pictures(films[1])[90]))
    answer = found(row)
    assert [hit.item for hit in answer.hits] == [second]
    assert answer.not_compared == 1


class AwayOnce(LocalBlobs):
    """A store that does not answer the first time it is asked, as while its machine starts again."""

    _has_answered = False

    def open(self, digest: Digest) -> BinaryIO:
        if not self._has_answered:
            self._has_answered = True
            raise Unavailable("the store does not answer")
        return super().open(digest)


def test_what_passes_by_itself_puts_a_search_off_and_it_is_answered_then(
    bench: Bench, films: list[Film], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = kept(bench, films[0], tmp_path)
    monkeypatch.setattr(searching, "_PAUSE_S", 0.5)
    troubled = replace(bench, blobs=AwayOnce(tmp_path / "blobs"))
    search = new_id(PictureSearchId)
    with transaction(bench.engine) as session:
        assert picture_searches.ask(session, search, "usr_one", jpeg(pictures(films[0])[90]))
    assert searching.answer_next(troubled)
    assert not searching.answer_next(troubled)
    assert eventually(lambda: searching.answer_next(troubled), patience(10))
    with transaction(bench.engine) as session:
        row = picture_searches.of(session, search, "usr_one")
    assert row is not None
    assert (row.state, [hit.item for hit in found(row).hits]) == ("done", [item])


def test_a_database_that_restarts_ends_no_search(
    bench: Bench, films: list[Film], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(bench, films[0], tmp_path)
    tries, answer = [], picture_searches.answer

    def away_at_first(session: Session, taken: Taken, told: Mapping[str, Any]) -> bool:
        tries.append(taken.token)
        if len(tries) == 1:
            session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return answer(session, taken, told)

    monkeypatch.setattr(picture_searches, "answer", away_at_first)
    row = asked(bench, jpeg(pictures(films[0])[90]))
    assert (row.state, len(found(row).hits), tries) == ("done", 1, [1, 1])


def test_a_store_that_stays_away_is_said_in_the_end(bench: Bench, films: list[Film], tmp_path: Path) -> None:
    kept(bench, films[0], tmp_path)
    search = new_id(PictureSearchId)
    with transaction(bench.engine) as session:
        assert picture_searches.ask(session, search, "usr_one", jpeg(pictures(films[0])[90]))
        session.execute(text("UPDATE picture_search SET asked_at = now() - interval '11 minutes'"))
    assert searching.answer_next(replace(bench, blobs=AwayOnce(tmp_path / "blobs")))
    with transaction(bench.engine) as session:
        row = picture_searches.of(session, search, "usr_one")
    assert row is not None
    assert (row.state, row.error_code, row.error_sentence) == ("failed", "unavailable", "the store does not answer")


def held_bytes(engine: Engine) -> int:
    """How large the database's file of long values of searches is: a page that is not in it holds nothing."""
    size = "SELECT pg_relation_size(reltoastrelid) FROM pg_class WHERE relname = 'picture_search'"
    with transaction(engine) as session:
        return int(session.scalar(text(size)) or 0)


def test_what_was_asked_with_has_no_page_in_the_database_once_the_keeper_has_looked(bench: Bench) -> None:
    for asker in ("usr_one", "usr_two"):
        with transaction(bench.engine) as session:
            assert picture_searches.ask(session, new_id(PictureSearchId), asker, bytes(1 << 20))
    wiped = keeper.forget_searches(bench.engine, None)
    both = held_bytes(bench.engine)
    assert both > 2 << 20
    assert searching.answer_next(bench)
    wiped = keeper.forget_searches(bench.engine, wiped)
    assert 1 << 20 < held_bytes(bench.engine) <= both // 2 + 8192
    with transaction(bench.engine) as session:
        session.execute(text("UPDATE picture_search SET asked_at = now() - interval '2 hours'"))
    assert keeper.forget_searches(bench.engine, wiped) == frozenset()
    assert held_bytes(bench.engine) == 0


def test_without_a_box_nothing_is_decoded(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.boxes.bubblewrap.find", lambda: (None, "not here"))
    row = asked(replace(bench), jpeg(np.zeros((64, 64, 3), np.uint8)))
    assert (row.state, row.error_code) == ("failed", "sandbox_missing")


@pytest.fixture(autouse=True)
def _nothing_waits(engine: Engine) -> Iterator[None]:
    yield
    with transaction(engine) as session:
        session.execute(text("DELETE FROM picture_search"))
