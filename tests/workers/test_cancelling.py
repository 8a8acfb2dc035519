"""A long film, made by remuxing a loop: its analysis tells how far it is up to the end, and ends at once when told."""

import threading
import time
from pathlib import Path

import psutil
import pytest

from storage.archive import Archive
from storage.db import holdings, jobs
from storage.db.positions import Job
from storage.db.session import transaction
from storage.domain.cancelling import CancelOrder
from storage.domain.permissions import OPERATOR
from storage.domain.vocab import Sensitivity
from tests.media import draw
from tests.media.draw import Look
from tests.media.looping import analysed_apart, looped
from tests.workers.boxes import eventually, needs_box
from tests.workers.test_app import bench as bench
from workers import pipeline
from workers.pipeline import Bench
from workers.steps.analyse import Analyse

MADE = Analyse().makes


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """The same seconds of film once, and many times over: by how many times."""
    folder = tmp_path_factory.mktemp("films")
    once = folder / "1.mp4"
    draw.cuts(once, Look(size=(320, 180), b_frames=2, key_every=50), (50, 40, 60))
    films = {1: once}
    for times in (2, 60):
        films[times] = folder / f"{times}.mp4"
        looped(once, films[times], times)
    return films


def owed(bench: Bench, film: Path) -> tuple[str, Job]:
    """An item with this film, collected and probed, whose analysis is owed and not begun: its id and the job."""
    with film.open("rb") as content:
        blob = bench.blobs.put(content)
    with transaction(bench.engine) as session:
        archive = Archive(session, OPERATOR)
        entry = archive.submit_upload(blob, name="film.mp4", note=None, sensitivity=Sensitivity.RESTRICTED)
    for _ in range(2):
        held = bench.claim("media")
        assert held is not None
        pipeline.run(bench, held)
    return entry.item.id, one(bench, entry.item.id, "analyse")


def one(bench: Bench, item: str, step: str) -> Job:
    with transaction(bench.engine) as session:
        [job] = [job for job in jobs.of_item(session, item) if job.step == step]
        return job


def steps(bench: Bench, item: str) -> dict[str, str]:
    with transaction(bench.engine) as session:
        return {job.step: job.state for job in jobs.of_item(session, item)}


def claimed(bench: Bench, step: str) -> threading.Thread:
    """A worker that does this step, next to others that are put off."""
    while True:
        held = bench.claim("media")
        assert held is not None
        if held.job.step == step:
            return threading.Thread(target=pipeline.run, args=(bench, held))
        pipeline.run(bench, held)


@needs_box
def test_a_long_analysis_is_cancelled_at_once_leaves_nothing_and_begins_again(
    bench: Bench, films: dict[int, Path]
) -> None:
    before = set(psutil.Process().children())
    item, _ = owed(bench, films[60])
    working = claimed(bench, "analyse")
    working.start()
    assert eventually(lambda: bool(one(bench, item, "analyse").progress), 30)
    with transaction(bench.engine) as session:
        Archive(session, OPERATOR).cancel_analysis(item, CancelOrder(reason="The wrong film."))
    began = time.monotonic()
    working.join(20)
    assert time.monotonic() - began < 5
    assert set(psutil.Process().children()) <= before
    assert one(bench, item, "analyse").state == "cancelled"
    assert not steps(bench, item).keys() & {"review", "match", "ocr"}
    with transaction(bench.engine) as session:
        assert not [made for kind in MADE for made in holdings.of_kind(session, item, kind)]
    assert not [path for path in bench.scratch.rglob("*") if path.is_file()]
    with transaction(bench.engine) as session:
        Archive(session, OPERATOR).begin_analysis_again(item)
    working = claimed(bench, "analyse")
    heard = []
    working.start()
    while working.is_alive():
        heard.append(one(bench, item, "analyse").progress.get("progress", 0.0))
        time.sleep(0.1)
    assert heard == sorted(heard)
    assert len(set(heard)) > 4
    assert steps(bench, item)["analyse"] == "done"
    assert steps(bench, item)["review"] == "ready"


def test_the_memory_of_the_analysis_does_not_grow_with_the_film(films: dict[int, Path], tmp_path: Path) -> None:
    short, long = (analysed_apart(films[times], tmp_path) for times in (2, 60))
    assert (short.frames, long.frames) == (150 * 2, 150 * 60)
    assert (short.share, long.share) == (1.0, 1.0)
    assert long.peak_mb - short.peak_mb < 30
