"""What depends on a product is made again when the product is new, of the new one alone; and nothing else is."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from sqlalchemy import event, text

from storage import queue
from storage.archive import Archive
from storage.db import holdings, jobs
from storage.db.session import transaction
from storage.domain import clock
from storage.domain.cancelling import CancelOrder
from storage.domain.kept import Attempt, Kept, StepKey
from storage.domain.permissions import OPERATOR, SYSTEM
from storage.domain.vocab import FileRole, Outcome, Sensitivity
from tests.workers.test_app import bench as bench
from workers import owing, pipeline
from workers.owing import owe_ready
from workers.pipeline import Bench
from workers.step import Context, Product, Step
from workers.steps.capture import CAPTURE
from workers.steps.match import Matching


@dataclass(frozen=True)
class Saying:
    """A step whose one product says what it was made of."""

    name: str
    needs: frozenset[str]
    makes: frozenset[str]
    version: str = "1"
    says: Callable[["Saying", Context], str] = lambda step, _: f"{step.name} by version {step.version}"
    queue: str = "media"
    given: list[list[str]] = field(default_factory=list)

    def run(self, context: Context) -> Sequence[Product]:
        self.given.append([str(one.payload["says"]) for one in context.inputs if "says" in one.payload])
        [kind] = self.makes
        return [Product(kind, payload={"says": self.says(self, context)})]


def step(name: str, needs: str, makes: str) -> Saying:
    return Saying(name, frozenset({needs}), frozenset({makes}))


LOOKING, READING, TASTING = (
    step("looking", "original", "picture"), step("reading", "picture", "words"), step("tasting", "original", "taste"),
)  # fmt: skip


@dataclass
class Works:
    """An archive whose workers know the steps they are given, and an item with one capture."""

    bench: Bench
    monkeypatch: pytest.MonkeyPatch
    item: str = ""
    capture: str = ""
    url: str = "https://example.org/film"

    def supply(self, content: bytes = b"a film") -> None:
        """Capture it, the first time or once more."""
        blob = self.bench.blobs.put(io.BytesIO(content))
        now = clock.now()
        held_bytes = (False, blob.digest.hex, blob.sha512, blob.size_bytes)
        original = Kept("original", FileRole.ORIGINAL, "video/mp4", {}, *held_bytes)
        with transaction(self.bench.engine) as session:
            archive = Archive(session, OPERATOR)
            entry = archive.submit(self.url, note=None, sensitivity=Sensitivity.RESTRICTED, again=True)
            self.item, self.capture = entry.item.id, entry.submission.capture_id
            held = queue.claim(session, queue="fetch", worker="test", lease_s=60)
            assert held is not None
            attempt = Attempt(Outcome.CAPTURED, "", now, now)
            key = StepKey("capture", "1", self.capture, ())
            Archive(session, SYSTEM).seal_capture(held, attempt, key, [original])

    def know(self, *steps: Step) -> None:
        self.monkeypatch.setattr(owing, "_IN_ORDER", (CAPTURE, *steps, Matching()))

    def owe(self) -> list[str]:
        """Owe what is ready; what is owed by then and has not begun, in order."""
        with transaction(self.bench.engine) as session:
            owe_ready(session, self.item, self.capture, self.bench.instruments)
            return [job.step for job in jobs.of_item(session, self.item) if job.state == "ready"]

    def work(self, *, most: int = 20) -> list[str]:
        """Work until nothing is owed, the steps in the order they were begun."""
        done = []
        while len(done) < most and (held := self.bench.claim("media")) is not None:
            done.append(held.job.step)
            pipeline.run(self.bench, held)
        return done

    def stands(self) -> list[str]:
        """What every product that stands says, in order."""
        with transaction(self.bench.engine) as session:
            stands = owing.standing(session, self.item, self.capture, self.bench.instruments)
            assert not stands.behind
            return [one.payload["says"] for one in stands.made if "says" in one.payload]

    def told(self, kind: str) -> list[str]:
        with transaction(self.bench.engine) as session:
            return [one.payload["says"] for one in holdings.of_kind(session, self.item, kind)]


@pytest.fixture
def works(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Works:
    works = Works(bench, monkeypatch)
    for one in (LOOKING, READING, TASTING):
        one.given.clear()
    works.know(LOOKING, READING, TASTING)
    works.supply()
    assert works.owe() == ["looking", "tasting"]
    assert works.work() == ["looking", "tasting", "reading"]
    return works


def newer(one: Saying, version: str = "2") -> Saying:
    return replace(one, version=version, given=[])


def test_what_reads_a_product_reads_the_new_one_alone_and_what_does_not_is_left_in_peace(works: Works) -> None:
    works.know(newer(LOOKING), READING, TASTING)
    assert works.owe() == ["looking"]
    assert works.work() == ["looking", "reading"]
    assert READING.given == [["looking by version 1"], ["looking by version 2"]]
    assert len(TASTING.given) == 1
    assert works.told("words") == ["reading by version 1", "reading by version 1"]


def test_what_is_new_itself_waits_for_what_it_reads_and_is_made_once(works: Works) -> None:
    reading = newer(READING)
    works.know(newer(LOOKING), reading, TASTING)
    assert works.owe() == ["looking"]
    assert works.work() == ["looking", "reading"]
    assert reading.given == [["looking by version 2"]]
    assert works.owe() == []


def test_what_waits_for_something_that_waits_itself_is_not_made_of_what_is_old(works: Works) -> None:
    telling = step("telling", "words", "tale")
    works.know(LOOKING, READING, TASTING, telling)
    assert (works.owe(), works.work()) == (["telling"], ["telling"])
    telling = newer(telling)
    works.know(newer(LOOKING), READING, TASTING, telling)
    assert works.owe() == ["looking"]
    assert works.work() == ["looking", "reading", "telling"]
    assert len(telling.given) == 1


def test_a_new_version_that_says_the_same_makes_nothing_after_it_again(works: Works) -> None:
    works.know(replace(newer(LOOKING), says=lambda *_: "looking by version 1"), READING, TASTING)
    assert (works.owe(), works.work()) == (["looking"], ["looking"])
    assert READING.given == [["looking by version 1"]]


def test_lost_jobs_and_a_second_delivery_make_nothing_twice(works: Works) -> None:
    works.know(newer(LOOKING), READING, TASTING)
    works.owe()
    works.work()
    before = (works.told("picture"), works.told("words"), works.told("taste"))
    with transaction(works.bench.engine) as session:
        session.execute(text("DELETE FROM job WHERE step <> 'capture'"))
    assert sorted(works.owe()) == ["looking", "reading", "tasting"]
    works.work()
    assert (works.told("picture"), works.told("words"), works.told("taste")) == before
    assert len(READING.given) == 2


def test_what_somebody_cancelled_is_not_owed_because_what_it_reads_is_new(works: Works) -> None:
    works.know(newer(LOOKING), newer(READING), TASTING)
    works.owe()
    assert works.work(most=1) == ["looking"]
    with transaction(works.bench.engine) as session:
        Archive(session, OPERATOR).cancel_analysis(works.item, CancelOrder(reason="The wrong film."))
    works.know(newer(LOOKING, "3"), newer(READING), TASTING)
    assert works.owe() == ["looking"]
    assert works.work() == ["looking"]
    with transaction(works.bench.engine) as session:
        Archive(session, OPERATOR).begin_analysis_again(works.item)
    reading = newer(READING)
    works.know(newer(LOOKING, "3"), reading, TASTING)
    assert "reading" in works.work()
    assert reading.given == [["looking by version 3"]]


def test_a_step_that_an_older_worker_is_handed_reads_the_newest_all_the_same(works: Works) -> None:
    works.know(newer(LOOKING), READING, TASTING)
    works.owe()
    assert works.work(most=1) == ["looking"]
    works.know(LOOKING, READING, TASTING)
    assert "reading" in works.work()
    assert READING.given[-1] == ["looking by version 2"]


def test_a_site_is_asked_once_for_a_capture_also_by_a_newer_version(works: Works) -> None:
    asking = replace(step("asking", "original", "answer"), queue="fetch")
    works.know(LOOKING, READING, TASTING, asking)
    assert (works.owe(), works.work()) == (["asking"], ["asking"])
    works.know(LOOKING, READING, TASTING, newer(asking))
    assert works.owe() == []


def test_a_capture_of_the_same_bytes_stands_with_what_the_one_before_has_made(works: Works) -> None:
    first = works.stands()
    works.supply()
    assert works.stands() == first == ["looking by version 1", "reading by version 1", "tasting by version 1"]
    works.owe()
    works.work()
    assert works.stands() == first
    assert (len(LOOKING.given), len(READING.given), len(TASTING.given)) == (1, 1, 1)
    works.supply(b"another film")
    works.owe()
    works.work()
    assert len(works.told("words")) == 1
    assert (len(LOOKING.given), len(READING.given), len(TASTING.given)) == (2, 1, 2)


def test_however_many_steps_there_are_the_database_is_asked_three_times_what_stands(works: Works) -> None:
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    event.listen(works.bench.engine, "before_cursor_execute", note)
    try:
        works.stands()
    finally:
        event.remove(works.bench.engine, "before_cursor_execute", note)
    assert sum("FROM holding" in statement or "FROM step_run" in statement for statement in asked) == 3


def test_what_reads_what_a_site_answered_is_made_anew_of_that_answer_and_waits_for_no_other(works: Works) -> None:
    asking, judging = replace(step("asking", "original", "answer"), queue="fetch"), step("judging", "answer", "verdict")
    works.know(LOOKING, READING, TASTING, asking, judging)
    assert (works.owe(), works.work()) == (["asking"], ["asking", "judging"])
    judging = newer(judging)
    works.know(LOOKING, READING, TASTING, newer(asking), judging)
    assert works.owe() == ["judging"]
    assert works.work() == ["judging"]
    assert judging.given == [["asking by version 1"]]


def test_a_site_is_not_asked_again_by_a_newer_version_because_the_jobs_were_lost(works: Works) -> None:
    asking = replace(step("asking", "original", "answer"), queue="fetch")
    works.know(LOOKING, READING, TASTING, asking)
    assert (works.owe(), works.work()) == (["asking"], ["asking"])
    with transaction(works.bench.engine) as session:
        session.execute(text("DELETE FROM job WHERE step <> 'capture'"))
    works.know(LOOKING, READING, TASTING, newer(asking))
    assert "asking" not in works.owe()


@pytest.mark.parametrize(
    ("meanwhile", "stands"),
    [
        (lambda reading: (newer(LOOKING), reading, TASTING), "looking by version 2, read by 2"),
        (lambda reading: (LOOKING, newer(reading, "3"), TASTING), "looking by version 1, read by 3"),
    ],
)
def test_what_ends_after_something_newer_of_its_kind_does_not_take_its_place(
    works: Works, meanwhile: Callable[[Saying], Sequence[Step]], stands: str
) -> None:
    under_way: list[str] = []

    def says(step: Saying, context: Context) -> str:
        if not under_way:
            under_way.append("the first")
            works.know(*meanwhile(step))
            works.owe()
            assert works.work()[-1] == "reading"
        return f"{context.inputs[0].payload['says']}, read by {step.version}"

    reading = replace(newer(READING), says=says)
    works.know(LOOKING, reading, TASTING)
    assert works.owe() == ["reading"]
    works.work()
    assert works.told("words")[1:] == [stands]
    assert works.owe() == []
