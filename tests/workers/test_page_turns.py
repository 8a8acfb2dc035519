"""The page of a post is asked for as the post is: in its site's budget, after its rest, again where it is refused."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select, text

from storage.archive import Archive
from storage.db import jobs, sites
from storage.db.positions import Job
from storage.db.session import transaction
from storage.db.tables import Holding
from storage.domain.permissions import OPERATOR
from storage.domain.sites import Condition, Sign
from storage.domain.vocab import JobState, Sensitivity
from tests.capturing import Exit, egress
from tests.site import Site
from tests.workers.test_lending import HOST
from tests.workers.test_lending import bench as bench
from workers import pipeline
from workers.pages import chromium
from workers.pipeline import Bench


@pytest.fixture(scope="module")
def way_out(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exit]:
    with egress(tmp_path_factory.mktemp("egress"), site.address) as out:
        yield out


def gone(bench: Bench, url: str) -> str:
    """A capture of a post that is gone, whose page is owed; its id."""
    with transaction(bench.engine) as session:
        entry = Archive(session, OPERATOR).submit(url, note=None, sensitivity=Sensitivity.RESTRICTED)
    work(bench)
    return entry.submission.capture_id


def work(bench: Bench) -> None:
    held = bench.claim("fetch")
    assert held is not None
    pipeline.run(bench, held)


def page(bench: Bench, capture: str) -> Job:
    with transaction(bench.engine) as session:
        [job] = [job for job in jobs.of_capture(session, capture) if job.step == "page"]
        return job


def condition(bench: Bench) -> Condition:
    with transaction(bench.engine) as session:
        return sites.condition(session, HOST)


def test_a_page_waits_until_the_budget_of_its_site_has_room(
    bench: Bench, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    capture = gone(bench, site.url("/status/404"))
    assert page(bench, capture).site == HOST
    assert replace(bench, site_budgets={HOST: 1}).claim("fetch") is None
    monkeypatch.setattr(chromium, "find", lambda: None)
    work(replace(bench, site_budgets={HOST: 2}))
    with transaction(bench.engine) as session:
        assert sites.spent(session, [HOST], ["restricted"]) == {HOST: 1}, "without a browser nobody was asked"


@pytest.mark.skipif(chromium.find() is None, reason="no Chromium on this machine (apt install chromium)")
def test_a_page_that_the_site_refuses_for_now_waits_for_its_rest_and_is_asked_for_again(
    bench: Bench, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    capture = gone(bench, site.url("/shown/until-busy"))
    monkeypatch.setattr(site, "busy", True)
    work(bench)
    assert (page(bench, capture).state, page(bench, capture).error_code) == (JobState.READY, "rate_limited")
    assert condition(bench).cause is Sign.THROTTLED
    with transaction(bench.engine) as session:
        session.execute(text("UPDATE job SET run_after = now()"))
    assert bench.claim("fetch") is None
    monkeypatch.setattr(site, "busy", False)
    with transaction(bench.engine) as session:
        session.execute(text("UPDATE site_condition SET until = now()"))
    work(bench)
    assert page(bench, capture).state == JobState.DONE
    assert not condition(bench).is_degraded
    with transaction(bench.engine) as session:
        found = select(Holding.payload).where(Holding.capture_id == capture, Holding.kind == "page_capture")
        [told] = session.scalars(found)
    assert (told["status"], told["site_answered"]) == (404, "removed")
