"""Jobs of a site that answers badly wait and lose nothing; jobs of other sites never notice."""

import threading
from collections.abc import Mapping

import pytest
from sqlalchemy import Engine, text

from storage import queue
from storage.db import jobs, sites
from storage.db.positions import Job
from storage.db.session import transaction
from storage.domain.sites import OPENS_AFTER, Condition
from storage.domain.vocab import JobState, Sensitivity
from storage.errors import Rejected, Throttled, Unavailable
from storage.queue import Held

SLOW, FINE = "slow.example", "fine.example"
ALL = ("restricted", "sealed")


@pytest.fixture
def owed(engine: Engine) -> Engine:
    with transaction(engine) as session:
        for number in range(8):
            session.execute(
                text(
                    "INSERT INTO item (id, project_id, sensitivity, workflow, version) "
                    "VALUES (:id, 'main', 'restricted', 'intake', 1)"
                ),
                {"id": f"itm_{number}"},
            )
    return engine


def owe(engine: Engine, number: int, site: str, *, step: str = "capture", ago_s: float = 0.0) -> None:
    with transaction(engine) as session:
        queue.owe(
            session, key=f"{step} {site} {number}", queue="fetch", step=step, step_version="1",
            item_id=f"itm_{number % 8}", capture_id=f"{site} {number}", site=site, pause_s=-ago_s,
        )  # fmt: skip


def claim(engine: Engine, budgets: Mapping[str, int] | None = None) -> Held | None:
    with transaction(engine) as session:
        return queue.claim(session, queue="fetch", worker="one", lease_s=60, site_limit=8, site_budgets=budgets)


def end(engine: Engine, held: Held | None, error: Exception | None) -> queue.Verdict | None:
    assert held is not None
    with transaction(engine) as session:
        if error is None:
            queue.finish(session, held)
            return None
        site = sites.condition(session, held.job.site)
        verdict = queue.judge(held.job, error, retry_base_s=0.0, site=site)
        queue.fail(session, held, error, verdict)
        return verdict


def away() -> Unavailable:
    return Unavailable("no answer", code="unreachable")


def condition(engine: Engine, site: str) -> Condition:
    with transaction(engine) as session:
        return sites.condition(session, site)


def rest_is_over(engine: Engine) -> None:
    with transaction(engine) as session:
        session.execute(text("UPDATE site_condition SET until = clock_timestamp()"))
        session.execute(text("UPDATE job SET run_after = now() WHERE state = 'ready'"))


def opened(engine: Engine, more: int = 3) -> None:
    """A site of which enough items failed in a row, with `more` jobs that wait for it."""
    for number in range(OPENS_AFTER + more):
        owe(engine, number, SLOW)
    for _ in range(OPENS_AFTER):
        end(engine, claim(engine), away())
    assert condition(engine, SLOW).is_degraded


def job(engine: Engine, capture: str) -> Job:
    with transaction(engine) as session:
        [found] = jobs.of_capture(session, capture)
        return found


def test_the_breaker_opens_and_jobs_of_the_site_wait_while_those_of_others_run(owed: Engine) -> None:
    opened(owed)
    owe(owed, 1, FINE)
    held = claim(owed)
    assert held is not None
    assert held.job.site == FINE
    assert claim(owed) is None
    with transaction(owed) as session:
        assert jobs.waiting(session, {}) == {}
        assert jobs.oldest_wait_s(session, ["fetch"], {}) == 0.0
        assert sites.waiting(session, ALL) == {SLOW: OPENS_AFTER + 3}


def test_one_probe_goes_out_after_the_rest_and_the_others_wait_for_its_answer(owed: Engine) -> None:
    opened(owed)
    rest_is_over(owed)
    probe = claim(owed)
    assert probe is not None
    assert claim(owed) is None
    end(owed, probe, None)
    assert not condition(owed, SLOW).is_degraded
    assert [claim(owed) is not None for _ in range(3)] == [True] * 3


def test_a_probe_that_fails_costs_its_job_no_try_and_the_rest_grows(owed: Engine) -> None:
    opened(owed)
    for _ in range(6):
        before = condition(owed, SLOW)
        rest_is_over(owed)
        probe = claim(owed)
        assert probe is not None
        failures = probe.job.failures
        verdict = end(owed, probe, away())
        assert verdict is not None
        assert not verdict.final
        after = job(owed, probe.job.capture_id)
        assert (after.state, after.failures) == (JobState.READY, failures)
        assert condition(owed, SLOW).trips == before.trips + 1


def test_twenty_claimers_at_one_instant_send_one_probe(owed: Engine) -> None:
    opened(owed, more=20)
    rest_is_over(owed)
    ready, taken = threading.Barrier(20), []

    def take() -> None:
        ready.wait()
        if held := claim(owed):
            taken.append(held.job.site)

    threads = [threading.Thread(target=take) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken == [SLOW]


def test_a_wall_that_comes_up_suddenly_makes_jobs_wait_instead_of_failing(owed: Engine) -> None:
    for number in range(OPENS_AFTER + 2):
        owe(owed, number, SLOW)
    end(owed, claim(owed), None)
    wall = Rejected("Sign in to confirm that you are not a bot.", code="login_required")
    for _ in range(OPENS_AFTER):
        verdict = end(owed, claim(owed), wall)
        assert verdict is not None
        assert verdict.final
    rest_is_over(owed)
    probe = claim(owed)
    verdict = end(owed, probe, wall)
    assert verdict is not None
    assert not verdict.final
    assert job(owed, f"{SLOW} {OPENS_AFTER + 1}").state == JobState.READY


def test_an_always_failing_site_never_delays_another(owed: Engine) -> None:
    for number in range(30):
        owe(owed, number, SLOW)
        owe(owed, number, FINE)
    done = 0
    for _ in range(200):
        held = claim(owed)
        if held is None:
            break
        is_slow = held.job.site == SLOW
        end(owed, held, Throttled("slow down") if is_slow else None)
        done += not is_slow
    assert done == 30
    assert condition(owed, SLOW).is_degraded
    assert not condition(owed, FINE).is_degraded


def test_a_claimer_that_hangs_on_one_site_does_not_hold_up_the_others(owed: Engine) -> None:
    owe(owed, 1, SLOW)
    owe(owed, 2, SLOW)
    owe(owed, 3, FINE)
    with transaction(owed) as session:
        assert queue.claim(session, queue="fetch", worker="hangs", lease_s=60)
        held = claim(owed)
        assert held is not None
        assert held.job.site == FINE


def test_a_budget_is_spent_exactly_and_counts_only_the_last_hour(owed: Engine) -> None:
    for number in range(5):
        owe(owed, number, SLOW)
        owe(owed, number, FINE)
    taken = [held.job.site for held in iter(lambda: claim(owed, {SLOW: 2}), None) if held]
    assert sorted(str(site) for site in taken) == sorted([SLOW] * 2 + [FINE] * 5)
    with transaction(owed) as session:
        assert jobs.waiting(session, {SLOW: 2}) == {}
        assert jobs.waiting(session, {}) == {"fetch": 3}
        assert sites.spent(session, [SLOW, FINE], list(Sensitivity)) == {SLOW: 2, FINE: 5}
        first, _ = session.scalars(text("SELECT began_at FROM site_try WHERE site = :s ORDER BY 1"), {"s": SLOW})
        assert sites.spent_until(session, SLOW, 2, ALL) == first + sites.BUDGET_WINDOW
        assert sites.spent_until(session, SLOW, 3, ALL) is None
        session.execute(text("UPDATE site_try SET began_at = began_at - interval '61 minutes'"))
        assert sites.spent_until(session, SLOW, 2, ALL) is None
    assert claim(owed, {"*": 1}) is not None
    assert claim(owed, {"*": 1}) is None


def test_a_capture_goes_before_pages_and_a_page_that_has_waited_an_hour_before_it(owed: Engine) -> None:
    owe(owed, 1, FINE, step="page", ago_s=3000)
    owe(owed, 2, SLOW, step="surroundings", ago_s=4000)
    owe(owed, 3, FINE)
    taken = [held.job.step for held in iter(lambda: claim(owed), None) if held]
    assert taken == ["surroundings", "capture", "page"]


def test_the_first_look_at_what_was_captured_goes_before_analyses_of_the_hour_before(owed: Engine) -> None:
    owe(owed, 1, FINE, step="analyse", ago_s=3000)
    owe(owed, 2, FINE, step="arrival", ago_s=2)
    owe(owed, 3, FINE, step="probe", ago_s=1)
    taken = [held.job.step for held in iter(lambda: claim(owed), None) if held]
    assert taken == ["arrival", "probe", "analyse"]


def test_a_page_probes_its_site_only_where_no_capture_is_owed_soon(owed: Engine) -> None:
    opened(owed, more=0)
    owe(owed, 1, SLOW, step="page", ago_s=7200)
    with transaction(owed) as session:
        session.execute(text("UPDATE site_condition SET until = clock_timestamp()"))
        session.execute(text("UPDATE job SET run_after = now() + interval '20 minutes' WHERE step = 'capture'"))
    assert claim(owed) is None
    with transaction(owed) as session:
        session.execute(text("UPDATE job SET run_after = now() + interval '4 hours' WHERE step = 'capture'"))
    probe = claim(owed)
    assert probe is not None
    assert probe.job.step == "page"


def test_work_that_did_not_ask_its_site_spends_nothing_and_says_nothing_of_it(owed: Engine) -> None:
    opened(owed, more=0)
    rest_is_over(owed)
    before = condition(owed, SLOW)
    held = claim(owed)
    assert held is not None
    with transaction(owed) as session:
        asked = sites.spent(session, [SLOW], ALL)
        queue.finish(session, held, None)
        assert sites.spent(session, [SLOW], ALL) == {SLOW: asked[SLOW] - 1}
    assert condition(owed, SLOW) == before


def test_a_site_that_has_been_away_for_a_day_costs_tries_again(owed: Engine) -> None:
    opened(owed)
    with transaction(owed) as session:
        session.execute(text("UPDATE site_condition SET since = since - interval '25 hours'"))
    rest_is_over(owed)
    probe = claim(owed)
    assert probe is not None
    end(owed, probe, away())
    assert job(owed, probe.job.capture_id).failures == probe.job.failures + 1
