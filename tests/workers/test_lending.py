"""From the strongbox to the job and back: a session opens a wall, is rotated, told in the ledger, and leaks nowhere."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, text

from storage import queue
from storage.archive import Archive
from storage.blobs.local import LocalBlobs
from storage.db import site_sessions, sites
from storage.db.positions import Job
from storage.db.session import transaction
from storage.db.site_tables import SiteSession
from storage.db.tables import Capture
from storage.domain import jar, telegram_account
from storage.domain.permissions import OPERATOR
from storage.domain.sites import Sign
from storage.domain.telegram_account import SITE
from storage.domain.vocab import Sensitivity
from storage.strongbox import Strongbox
from tests.capturing import LIMITS, Exit, egress
from tests.mtproto import Refusal
from tests.site import Site
from tests.telegram_house import API_HASH, CODE, PHONE, PRIVATE, House, photo, post, telegram
from workers import pipeline
from workers.commands.telegram import keep
from workers.pipeline import Bench
from workers.sandbox import Sandbox
from workers.sources.telegram_box import Line
from workers.sources.telegram_login import Asking, sign_in

HOST = "127.0.0.1"
OLD, NEW = "account-secret-value", "rotated-secret-value"


@pytest.fixture(scope="module")
def house(site: Site) -> Iterator[House]:
    picture = (site.media.folder / "thumb.jpg").read_bytes()
    with telegram({3: picture}, {PRIVATE: [post(5, PRIVATE, media=photo(3, picture))]}) as made:
        made.knows_password = False
        yield made


@pytest.fixture(scope="module")
def way_out(site: Site, house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exit]:
    with egress(tmp_path_factory.mktemp("egress"), site.address, ("127.0.0.1", house.server.port)) as out:
        yield out


@pytest.fixture
def bench(engine: Engine, way_out: Exit, tmp_path: Path) -> Bench:
    return Bench(
        engine=engine,
        blobs=LocalBlobs(tmp_path / "blobs"),
        worker="one",
        queues=("fetch",),
        fetches_at_most=1,
        site_limit=2,
        site_budgets={},
        version="1",
        scratch=tmp_path / "scratch",
        egress_socket=way_out.socket,
        egress_log=way_out.log,
        strongbox=Strongbox(tmp_path / "keys" / "sessions.key"),
        limits={"fetch": LIMITS, "media": LIMITS},
        lease_s=60.0,
        retry_base_s=0.0,
        unsafe=False,
    )


def enter(bench: Bench, value: str) -> None:
    read = jar.read(f"{HOST}\tFALSE\t/\tFALSE\t0\tsid\t{value}\n", HOST)
    with transaction(bench.engine) as session:
        Archive(session, OPERATOR).keep_site_session(HOST, read, bench.strongbox.seal(read.text.encode(), HOST))


def capture(bench: Bench, url: str) -> str:
    """How a capture of `url` ends."""
    with transaction(bench.engine) as session:
        session.execute(delete(Job).where(Job.step != "capture"))  # what follows from earlier ones is not waited for
        entry = Archive(session, OPERATOR).submit(url, note=None, sensitivity=Sensitivity.RESTRICTED)
    held = bench.claim("fetch")
    assert held is not None
    pipeline.run(bench, held)
    with transaction(bench.engine) as session:
        ended = session.get(Capture, entry.submission.capture_id)
        assert ended is not None
        return ended.outcome


def kept(bench: Bench, host: str = HOST) -> str:
    return bench.strongbox.open(health(bench, host).sealed, host).decode()


def health(bench: Bench, host: str = HOST) -> SiteSession:
    with transaction(bench.engine) as session:
        row = site_sessions.one(session, host)
        assert row is not None
        session.expunge(row)
        return row


def places_that_hold(bench: Bench, folder: Path, *secrets: str) -> list[str]:
    """Tables and files in which a secret stands."""
    with transaction(bench.engine) as session:
        tables = session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        found = [
            str(table)
            for table in tables
            for secret in secrets
            if session.scalar(
                text(f"SELECT count(*) FROM {table} row WHERE row::text LIKE :secret"), {"secret": f"%{secret}%"}
            )
        ]
    files = [path for path in folder.rglob("*") if path.is_file()]
    return found + [str(path) for path in files for secret in secrets if secret.encode() in path.read_bytes()]


def test_a_session_opens_the_wall_comes_back_rotated_and_stands_nowhere(
    bench: Bench, site: Site, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    enter(bench, OLD)
    assert capture(bench, site.url("/members")) == "captured"
    assert NEW in kept(bench)
    assert places_that_hold(bench, tmp_path, OLD, NEW) == []
    printed = capfd.readouterr()
    assert OLD not in printed.out + printed.err
    with transaction(bench.engine) as session:
        row = site_sessions.one(session, HOST)
        assert row is not None
        assert row.well_at is not None
        told = session.scalars(text("SELECT body FROM event WHERE type = 'local:site session used'")).all()
    assert len(told) == 1
    assert '"outcome":"captured"' in told[0]


def test_a_session_that_is_refused_stays_as_it_was_and_shows_so(bench: Bench, site: Site, tmp_path: Path) -> None:
    enter(bench, "worn-out-secret-value")
    assert capture(bench, site.url("/members")) == "login_required"
    assert "worn-out-secret-value" in kept(bench)
    assert places_that_hold(bench, tmp_path, "worn-out-secret-value") == []
    with transaction(bench.engine) as session:
        row = site_sessions.one(session, HOST)
        assert row is not None
        assert (row.failure, row.failures, row.well_at) == ("login_required", 1, None)


def test_a_session_that_cannot_be_opened_lets_the_capture_go_on_as_a_guest(bench: Bench, site: Site) -> None:
    enter(bench, OLD)
    bench.strongbox.path.unlink()
    assert capture(bench, site.url("/members")) == "login_required"
    assert capture(bench, site.url("/post")) == "captured"


def test_an_account_at_telegram_signs_in_brings_what_members_see_shows_how_it_fares_and_stands_nowhere(
    bench: Bench, house: House, way_out: Exit, tmp_path: Path
) -> None:
    answers = iter([PHONE, CODE])
    line = Line(Sandbox(LIMITS), way_out.ticket(), tmp_path / "login")
    fresh = telegram_account.read(json.dumps(house.account()))
    account = sign_in(line, fresh, Asking(lambda _: next(answers), lambda _: next(answers)))
    keep(bench.engine, bench.strongbox, account)
    assert health(bench, SITE).expires_at is not None
    assert telegram_account.read(kept(bench, SITE)) == account
    address = f"https://t.me/c/{PRIVATE}/5"
    house.refusals["GetDialogsRequest"] = Refusal(401, "SESSION_REVOKED")
    assert capture(bench, address.replace("/5", "/6")) == "login_required"
    assert (health(bench, SITE).failures, health(bench, SITE).failure) == (1, "login_required")
    assert capture(bench, address) == "captured"
    assert (health(bench, SITE).failures, health(bench, SITE).well_at is not None) == (0, True)
    assert telegram_account.read(kept(bench, SITE)) == account
    assert places_that_hold(bench, tmp_path, account.session, API_HASH, CODE, PHONE) == []


def test_a_real_site_that_throttles_rests_and_its_job_waits(bench: Bench, site: Site) -> None:
    with transaction(bench.engine) as session:
        Archive(session, OPERATOR).submit(site.url("/status/429"), note=None, sensitivity=Sensitivity.RESTRICTED)
    held = bench.claim("fetch")
    assert held is not None
    pipeline.run(bench, held)
    with transaction(bench.engine) as session:
        condition = sites.condition(session, HOST)
        [job] = queue.jobs.of_capture(session, held.job.capture_id)
    assert (condition.is_degraded, condition.cause) == (True, Sign.THROTTLED)
    assert (job.state, job.failures) == ("ready", 0)
    assert bench.claim("fetch") is None


def test_a_site_that_asked_for_rest_gets_it_although_its_job_has_ended_well(bench: Bench, site: Site) -> None:
    with transaction(bench.engine) as session:
        Archive(session, OPERATOR).submit(site.url("/post"), note=None, sensitivity=Sensitivity.RESTRICTED)
    held = bench.claim("fetch")
    assert held is not None
    with transaction(bench.engine) as session:
        queue.finish(session, held)
        queue.rest(session, held, 120.0)
        condition = sites.condition(session, HOST)
    assert (condition.is_degraded, condition.cause) == (True, Sign.THROTTLED)
