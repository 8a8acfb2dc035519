"""A source is looked at again as a guest and lightly; what it says is kept, and silence is no statement."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from storage.archive import Archive
from storage.db import liveness, sites
from storage.db.session import transaction
from storage.domain import clock
from storage.domain.liveness import Liveness, liveness_of
from storage.domain.permissions import OPERATOR, SYSTEM
from storage.domain.vocab import Sensitivity
from tests.capturing import Desk, Exit, egress
from tests.site import Site
from tests.workers.test_lending import bench as bench
from workers import pipeline
from workers.pipeline import Bench
from workers.sources import again


@pytest.fixture(scope="module")
def way_out(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exit]:
    with egress(tmp_path_factory.mktemp("egress"), site.address) as out:
        yield out


def captured(bench: Bench, url: str, sensitivity: Sensitivity = Sensitivity.RESTRICTED) -> str:
    """An item whose capture went well, due to be looked at; its id."""
    with transaction(bench.engine) as session:
        item = Archive(session, OPERATOR).submit(url, note=None, sensitivity=sensitivity).item.id
    work(bench)
    with transaction(bench.engine) as session:
        # What else is made of it is not what these tests are about.
        session.execute(text("UPDATE job SET state = 'done' WHERE state = 'ready'"))
        assert Archive(session, SYSTEM).owe_looks() == 0, "nothing is looked at within the first hour"
    return item


def work(bench: Bench) -> None:
    held = bench.claim("fetch")
    assert held is not None
    pipeline.run(bench, held)


def make_due(bench: Bench) -> int:
    with transaction(bench.engine) as session:
        session.execute(text("UPDATE watch SET due_at = now() - interval '1 second'"))
    with transaction(bench.engine) as session:
        return Archive(session, SYSTEM).owe_looks()


def move(bench: Bench, item: str, url: str) -> None:
    """The post shows something else from now on."""
    with transaction(bench.engine) as session:
        session.execute(
            text("UPDATE source SET canonical_url = :url WHERE id = (SELECT source_id FROM item WHERE id = :item)"),
            {"url": url, "item": item},
        )


def looks(bench: Bench, item: str) -> list[str]:
    with transaction(bench.engine) as session:
        return [one.liveness for one in liveness.of_item(session, item)]


@pytest.mark.parametrize(("path", "gone"), [("/direct.mp4", "/status/404.mp4"), ("/post", "/gone-post")])
def test_what_is_there_is_live_and_what_the_site_says_is_gone_is_removed(
    bench: Bench, site: Site, path: str, gone: str
) -> None:
    item = captured(bench, site.url(path))
    before = sum(site.sending.values())
    assert make_due(bench) == 1
    work(bench)
    assert looks(bench, item) == ["live"]
    move(bench, item, site.url(gone))
    assert make_due(bench) == 1
    work(bench)
    assert looks(bench, item) == ["live", "removed"]
    assert sum(site.sending.values()) == before
    with transaction(bench.engine) as session:
        told = session.scalars(
            text("SELECT item_id FROM event WHERE type = 'local:source looked at again' ORDER BY seq")
        ).all()
    assert told == [None, item], "what is as it was stands on the ledger's own line"


def test_a_site_that_is_down_is_no_statement_and_the_look_waits_as_a_capture_would(bench: Bench, site: Site) -> None:
    item = captured(bench, site.url("/direct.mp4"))
    move(bench, item, site.url("/status/503.mp4"))
    make_due(bench)
    work(bench)
    assert looks(bench, item) == []
    with transaction(bench.engine) as session:
        assert sites.waiting(session, ["restricted"]) == {"127.0.0.1": 1}


def test_a_sealed_items_source_is_never_looked_at_again(bench: Bench, site: Site) -> None:
    captured(bench, site.url("/direct.mp4"), Sensitivity.SEALED)
    assert make_due(bench) == 0


def test_each_look_puts_the_next_one_further_off(bench: Bench, site: Site) -> None:
    item = captured(bench, site.url("/direct.mp4"))
    waits = []
    for _ in range(3):
        make_due(bench)
        with transaction(bench.engine) as session:
            watch = liveness.watch(session, item)
            assert watch is not None
            waits.append(watch.due_at - clock.now())
        work(bench)
    assert waits == sorted(waits)
    assert waits[0] > timedelta(hours=2)


def test_a_private_channel_is_not_asked_for_as_a_guest_and_never_said_to_be_gone(way_out: Exit, tmp_path: Path) -> None:
    context = Desk(way_out, tmp_path).context({"url": "https://t.me/c/1440000/5"})
    told = again.look(context)
    assert liveness_of(told["outcome"]) is Liveness.UNCLEAR
    assert "private channel" in told["sentence"]
    assert context.ticket is not None
    assert context.ticket.connections() == []
