"""A supplied film that an older version analysed is analysed anew, and what follows from it; nothing is done twice."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from storage.archive import Archive
from storage.db import holdings, jobs
from storage.db.session import transaction
from storage.domain.permissions import OPERATOR
from storage.domain.steps import VERSIONS, is_older
from storage.domain.vocab import Sensitivity
from storage.errors import NotFound
from tests.media import draw
from tests.media.draw import Look
from tests.workers.boxes import needs_box
from tests.workers.test_app import bench as bench
from workers import owing, pipeline
from workers.pipeline import Bench
from workers.step import Context, Product, order
from workers.steps import STEPS
from workers.steps.analyse import Analyse
from workers.steps.capture import CAPTURE
from workers.steps.look import LOOK


def supplied(bench: Bench, folder: Path) -> str:
    film = draw.cuts(folder / "film.mp4", Look(size=(160, 90), audio=True), (50, 50))
    with film.path.open("rb") as content:
        blob = bench.blobs.put(content)
    with transaction(bench.engine) as session:
        archive = Archive(session, OPERATOR)
        return archive.submit_upload(blob, name="film.mp4", note=None, sensitivity=Sensitivity.RESTRICTED).item.id


def work(bench: Bench) -> None:
    while held := bench.claim("media"):
        pipeline.run(bench, held)


def versions(bench: Bench, item: str) -> list[tuple[str, str]]:
    """Every run that has made something, in order."""
    with transaction(bench.engine) as session:
        assert {job.state for job in jobs.of_item(session, item)} == {"done"}
        runs = {one.key: one for one in holdings.runs(session, item)}
        keys = dict.fromkeys(one.step_key for one in holdings.of_item(session, item))
        return [(runs[key].step, runs[key].version) for key in keys if key in runs]


def renew(bench: Bench, item: str) -> None:
    with transaction(bench.engine) as session:
        Archive(session, OPERATOR).analyse_anew(item)
    work(bench)


@dataclass(frozen=True)
class BeforeSound(Analyse):
    """The analysis as it was before it looked at the sound."""

    version: str = "1"

    def run(self, context: Context) -> Sequence[Product]:
        return [product for product in super().run(context) if product.kind != "waveform"]


@needs_box
def test_a_supplied_film_is_analysed_anew_by_the_version_that_is_here_with_what_follows_and_nothing_twice(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(
            owing,
            "_IN_ORDER",
            order((CAPTURE, LOOK, BeforeSound(), *(step for step in STEPS if step.name != "analyse"))),
        )
        item = supplied(bench, tmp_path)
        work(bench)
    was = versions(bench, item)
    assert ("analyse", "1") in was
    assert "speech" not in dict(was)
    renew(bench, item)
    now = versions(bench, item)
    assert now[: len(was)] == was
    assert now[len(was) :] == [("analyse", VERSIONS["analyse"]), ("speech", VERSIONS["speech"])]
    with transaction(bench.engine) as session:
        newest = {job.step: job.step_version for job in jobs.of_item(session, item)}
        assert not [step for step, version in newest.items() if is_older(step, version)]
    renew(bench, item)
    assert versions(bench, item) == now


def test_only_what_is_there_is_owed_anew(bench: Bench) -> None:
    with pytest.raises(NotFound), transaction(bench.engine) as session:
        Archive(session, OPERATOR).analyse_anew(f"itm_{'0' * 26}")


@pytest.mark.parametrize("said", [(), ("--older", "--all"), ("itm_1", "--all")])
def test_the_command_wants_to_know_which_items(said: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "workers.cli", "renew", *said]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2
    assert "--older" in ended.stderr
