"""Work that is owed is done once, by one worker at a time, and never lost."""

import threading

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from storage import queue
from storage.archive import Archive
from storage.db import jobs
from storage.db.positions import Job
from storage.db.session import transaction
from storage.domain.permissions import SYSTEM
from storage.domain.vocab import ErrorClass, JobState
from storage.errors import DiskFull, LeaseLost, Rejected, Throttled, Unavailable
from storage.queue import Held

ITEM = "itm_00000000000000000000000001"


@pytest.fixture
def owed(engine: Engine) -> Engine:
    with transaction(engine) as session:
        session.execute(
            text(
                "INSERT INTO item (id, project_id, sensitivity, workflow, version) "
                "VALUES (:id, 'main', 'restricted', 'intake', 1)"
            ),
            {"id": ITEM},
        )
    return engine


def owe(engine: Engine, key: str, site: str | None = None) -> bool:
    with transaction(engine) as session:
        return queue.owe(
            session, key=key, queue="fetch", step="capture", step_version="1", item_id=ITEM, capture_id=key, site=site
        )


def claim(engine: Engine, worker: str = "one", lease_s: float = 60) -> Held | None:
    with transaction(engine) as session:
        return queue.claim(session, queue="fetch", worker=worker, lease_s=lease_s)


def reap(session: Session) -> int:
    return Archive(session, SYSTEM).return_lost(queue.expired(session))


def release(session: Session, worker: str) -> int:
    return Archive(session, SYSTEM).return_lost(queue.left_by(session, worker))


def fail(engine: Engine, held: Held, error: Exception, retry_base_s: float = 0.0) -> queue.Verdict:
    verdict = queue.judge(held.job, error, retry_base_s=retry_base_s)
    with transaction(engine) as session:
        queue.fail(session, held, error, verdict)
    return verdict


def state(engine: Engine, key: str) -> Job:
    with transaction(engine) as session:
        [job] = jobs.of_capture(session, key)
        return job


def test_work_owed_twice_under_one_key_is_owed_once(owed: Engine) -> None:
    assert owe(owed, "a")
    assert not owe(owed, "a")
    assert claim(owed) is not None
    assert claim(owed) is None


def test_fault_B13_twenty_claimers_take_every_job_exactly_once(owed: Engine) -> None:
    for number in range(60):
        owe(owed, f"job {number}")
    taken: list[str] = []

    def work(name: str) -> None:
        while held := claim(owed, name):
            taken.append(held.job.key)
            with transaction(owed) as session:
                queue.finish(session, held)

    threads = [threading.Thread(target=work, args=(f"worker {n}",)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(f"job {number}" for number in range(60))


def test_fault_B3_a_worker_that_slept_past_its_lease_can_write_nothing(owed: Engine) -> None:
    owe(owed, "a")
    sleeper = claim(owed, "sleeper", lease_s=0.0)
    assert sleeper is not None
    with transaction(owed) as session:
        assert reap(session) == 1
    heir = claim(owed, "heir")
    assert heir is not None
    assert heir.token > sleeper.token
    for attempt in (queue.finish, lambda s, h: queue.renew(s, h, lease_s=60)):
        with pytest.raises(LeaseLost), transaction(owed) as session:
            attempt(session, sleeper)
    with transaction(owed) as session:
        queue.finish(session, heir)
    assert state(owed, "a").state == JobState.DONE


def test_a_lease_that_is_renewed_is_not_reaped(owed: Engine) -> None:
    owe(owed, "a")
    held = claim(owed, lease_s=0.0)
    assert held is not None
    with transaction(owed) as session:
        queue.renew(session, held, lease_s=60, progress={"progress": 0.5})
        assert reap(session) == 0
    assert state(owed, "a").progress == {"progress": 0.5}


def test_a_worker_born_again_gives_back_what_its_earlier_life_held(owed: Engine) -> None:
    owe(owed, "a")
    claim(owed, "one")
    with transaction(owed) as session:
        assert release(session, "somebody else") == 0
        assert release(session, "one") == 1
    assert claim(owed, "two") is not None


def test_fault_B10_a_permanent_error_ends_at_the_first_try_with_its_sentence(owed: Engine) -> None:
    owe(owed, "a")
    held = claim(owed)
    assert held is not None
    assert fail(owed, held, Rejected("the post was removed", code="removed")).final
    job = state(owed, "a")
    assert (job.state, job.error_class, job.error_sentence) == ("dead", "permanent", "the post was removed")


def test_fault_B9_what_crashes_three_times_is_quarantined(owed: Engine) -> None:
    owe(owed, "a")
    for strike in range(1, 4):
        held = claim(owed)
        assert held is not None
        assert fail(owed, held, RuntimeError("boom")).final == (strike == 3)
    job = state(owed, "a")
    assert (job.state, job.error_class, job.faults) == ("dead", ErrorClass.FAULT, 3)


def test_a_transient_error_is_tried_twelve_times_with_growing_pauses(owed: Engine) -> None:
    owe(owed, "a")
    for attempt in range(1, 13):
        held = claim(owed)
        assert held is not None
        verdict = queue.judge(held.job, Unavailable("the store is away"), retry_base_s=2.0)
        assert 0 <= verdict.pause_s <= min(3600, 2.0 * 2 ** (attempt - 1))
        assert fail(owed, held, Unavailable("the store is away")).final == (attempt == 12)


def test_fault_B11_a_throttled_site_rests_alone_and_burns_no_try(owed: Engine) -> None:
    owe(owed, "slow", site="slow.example")
    owe(owed, "slow too", site="slow.example")
    owe(owed, "fine", site="fine.example")
    held = claim(owed)
    assert held is not None
    assert held.job.key == "slow"
    fail(owed, held, Throttled("slow down"))
    job = state(owed, "slow")
    assert (job.state, job.failures, job.faults, job.throttles) == ("ready", 0, 0, 1)
    following = claim(owed)
    assert following is not None
    assert following.job.key == "fine"
    assert claim(owed) is None


def test_a_full_disk_holds_the_job_until_there_is_room(owed: Engine) -> None:
    owe(owed, "a")
    held = claim(owed)
    assert held is not None
    fail(owed, held, DiskFull("no room"))
    assert state(owed, "a").state == JobState.HELD
    assert claim(owed) is None
    with transaction(owed) as session:
        assert jobs.resume_held(session, ErrorClass.DISK_FULL.value) == 0
        session.execute(text("UPDATE job SET run_after = now()"))
        assert jobs.resume_held(session, ErrorClass.DISK_FULL.value) == 1
    assert claim(owed) is not None


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (OSError(28, "No space left on device"), ErrorClass.DISK_FULL),
        (OSError(5, "Input/output error"), ErrorClass.FAULT),
        (OperationalError("SELECT 1", {}, Exception("gone")), ErrorClass.TRANSIENT),
        (Unavailable("no answer", code="unreachable"), ErrorClass.UNREACHABLE),
        (KeyError("x"), ErrorClass.FAULT),
    ],
)
def test_a_failure_is_classed_by_whose_it_is(owed: Engine, error: Exception, kind: ErrorClass) -> None:
    owe(owed, "a")
    held = claim(owed)
    assert held is not None
    assert queue.judge(held.job, error, retry_base_s=1).error_class is kind


def test_a_disk_that_stays_full_is_asked_less_and_less_often(owed: Engine) -> None:
    owe(owed, "a")
    pauses = []
    for _ in range(4):
        held = claim(owed)
        assert held is not None
        pauses.append(fail(owed, held, DiskFull("no room")).pause_s)
        with transaction(owed) as session:
            session.execute(text("UPDATE job SET state = 'ready', run_after = now()"))
    assert pauses == sorted(pauses)
    assert pauses[0] * 8 == pauses[-1]


def test_what_a_program_says_when_it_breaks_stays_out_of_the_row(owed: Engine) -> None:
    owe(owed, "a")
    held = claim(owed)
    assert held is not None
    fail(owed, held, RuntimeError("the uploader's number is +380\0\ud800"))
    assert state(owed, "a").error_sentence == "RuntimeError"


def test_an_error_of_ours_is_kept_in_words_a_database_can_carry(owed: Engine) -> None:
    owe(owed, "a")
    held = claim(owed)
    assert held is not None
    fail(owed, held, Unavailable("a\0b\ud800c"))
    assert state(owed, "a").error_sentence == "a\ufffdb?c"


def test_fetches_never_take_the_last_hand_nor_more_than_a_sites_share(owed: Engine) -> None:
    for number in range(4):
        owe(owed, f"slow {number}", site="slow.example")
    owe(owed, "fine", site="fine.example")

    def take() -> str | None:
        with transaction(owed) as session:
            held = queue.claim(session, queue="fetch", worker="one", lease_s=60, at_most=3, site_limit=2)
        return held.job.key if held else None

    assert [take() for _ in range(4)] == ["slow 0", "slow 1", "fine", None]


def test_a_job_lost_again_and_again_is_quarantined(owed: Engine) -> None:
    owe(owed, "a")
    for _ in range(queue.LOSSES_ALLOWED):
        assert claim(owed, lease_s=0.0) is not None
        with transaction(owed) as session:
            reap(session)
    job = state(owed, "a")
    assert (job.state, job.error_code) == ("dead", "quarantined")


def test_all_other_work_goes_before_what_a_renewal_of_the_library_owed_long_before(owed: Engine) -> None:
    with transaction(owed) as session:
        for step, ago_s, is_renewal in (
            ("probe", 9e5, True), ("match", 8e5, True), ("match", 2.0, False), ("analyse", 1.0, False),
        ):  # fmt: skip
            queue.owe(
                session, key=f"{step} {ago_s}", queue="fetch", step=step, step_version="1", item_id=ITEM,
                capture_id="a", is_renewal=is_renewal, pause_s=-ago_s,
            )  # fmt: skip
    taken = [(held.job.step, held.job.is_renewal) for held in iter(lambda: claim(owed), None) if held]
    assert taken == [("match", False), ("analyse", False), ("probe", True), ("match", True)]


def test_the_database_refuses_a_running_job_without_a_lease(owed: Engine) -> None:
    owe(owed, "a")
    with pytest.raises(Exception, match="ck_job_lease"), transaction(owed) as session:
        session.execute(text("UPDATE job SET state = 'running'"))
