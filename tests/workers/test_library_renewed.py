"""While the whole library is analysed anew, nobody who has sent a video or asked for one waits for that."""

from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest

from storage.archive import Archive
from storage.db.session import transaction
from storage.domain.permissions import OPERATOR
from storage.settings import Settings
from tests.workers.test_app import bench as bench
from tests.workers.test_made_anew import Works, newer, step
from workers import pipeline
from workers.commands import renewal
from workers.pipeline import Bench

PROBING, READING = step("probe", "original", "facts"), step("reading", "facts", "words")


@dataclass
class Library:
    """Two items that were analysed, and a version of the second step that has read neither."""

    bench: Bench
    settings: Settings
    monkeypatch: pytest.MonkeyPatch

    def captured(self, name: str) -> Works:
        works = Works(self.bench, self.monkeypatch, url=f"https://example.org/{name}")
        works.supply()
        works.owe()
        return works

    def renew(self) -> None:
        assert renewal.of_all(self.settings, only_older=False) == 2

    def ask_for(self, item: str) -> None:
        with transaction(self.bench.engine) as session:
            Archive(session, OPERATOR).analyse_anew(item)

    def begin(self) -> tuple[str, str] | None:
        """Work one job, if any is owed: of which item, and which step."""
        held = self.bench.claim("media")
        if held is None:
            return None
        pipeline.run(self.bench, held)
        return held.job.item_id, held.job.step


@pytest.fixture
def library(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    monkeypatch.setattr(renewal, "engine_of", lambda _: nullcontext(bench.engine))
    return Library(bench, Settings(vault=tmp_path), monkeypatch)


@pytest.fixture
def analysed(library: Library) -> tuple[Works, Works]:
    Works(library.bench, library.monkeypatch).know(PROBING, READING)
    first, second = library.captured("first"), library.captured("second")
    assert first.work() == ["probe", "probe", "reading", "reading"]
    first.know(PROBING, newer(READING))
    return first, second


def test_new_captures_and_what_somebody_asks_for_go_before_a_renewal_of_the_library(
    library: Library, analysed: tuple[Works, Works]
) -> None:
    first, second = analysed
    library.renew()
    assert library.begin() == (first.item, "probe")
    library.ask_for(second.item)
    third = library.captured("third")
    assert list(iter(library.begin, None)) == [
        (second.item, "probe"),
        (third.item, "probe"),
        (second.item, "reading"),
        (third.item, "reading"),
        (first.item, "reading"),
    ]


def test_what_follows_a_step_during_which_somebody_asked_for_the_item_waits_no_more(
    library: Library, analysed: tuple[Works, Works]
) -> None:
    first, second = analysed
    library.renew()
    held = library.bench.claim("media")
    assert held is not None
    library.ask_for(first.item)
    pipeline.run(library.bench, held)
    assert list(iter(library.begin, None)) == [
        (first.item, "reading"),
        (second.item, "probe"),
        (second.item, "reading"),
    ]
