"""Owed work as those see it who keep the installation running, and trying again what was given up."""

from datetime import datetime
from typing import Any

from sqlalchemy import text

from storage import queue
from storage.archive import Archive
from storage.db.session import transaction
from storage.domain import clock
from storage.domain.permissions import SYSTEM
from storage.domain.vocab import Outcome
from storage.errors import Rejected
from tests.api.house import API, House


def _jobs(house: House, role: str, item: str, **asked: Any) -> list[dict[str, Any]]:
    answer = house.visitor(role).get(f"{API}/jobs", params={"limit": 500} | asked)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["count"]["value"] >= len(told["data"])
    return [one for one in told["data"] if one["item"] == item]


def _broken_step(house: House) -> tuple[str, str]:
    """An item with a step that was given up: its id and the job's."""
    held = house.captured()
    with transaction(house.engine) as session:
        queue.owe(
            session, key=f"probe of {held.item}", queue="media", step="probe", step_version="1", item_id=held.item,
            capture_id=held.capture,
        )  # fmt: skip
    job = house.claimed(held.capture, "media")
    with transaction(house.engine) as session:
        error = Rejected("The file is broken.", code="broken")
        verdict = queue.judge(job.job, error, retry_base_s=1)
        Archive(session, SYSTEM).fail_step(job, error, verdict, None, "1")
    return held.item, job.job.id


def _failures(house: House, item: str) -> list[dict[str, Any]]:
    events = house.visitor("lead").get(f"{API}/items/{item}/events").json()["data"]
    return [one["event"]["detail"] for one in events if one["event"]["type"] == "local:step failure"]


def test_jobs_are_told_by_state(house: House) -> None:
    item, job = _broken_step(house)
    [told] = _jobs(house, "admin", item, state="dead")
    assert (told["job"], told["step"], told["error_code"], told["error_sentence"]) == (
        job, "probe", "broken", "The file is broken.",
    )  # fmt: skip
    assert (told["attempt"], told["worker"]) == (1, None)
    assert _jobs(house, "lead", item, state="ready") == []
    assert [one["state"] for one in _jobs(house, "lead", item)] == ["dead", "done"]
    assert house.visitor("admin").get(f"{API}/jobs?state=lost").status_code == 400


def test_a_step_that_was_given_up_is_tried_again_once_and_that_is_an_event(house: House) -> None:
    item, job = _broken_step(house)
    tried = house.visitor("admin").post(f"{API}/jobs/{job}/retry")
    assert (tried.status_code, tried.json()["job"], tried.json()["state"]) == (202, job, "ready")
    again = house.visitor("admin").post(f"{API}/jobs/{job}/retry")
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    events = house.visitor("lead").get(f"{API}/items/{item}/events").json()["data"]
    assert events[-1]["event"]["type"] == "local:retry"
    assert events[-1]["event"]["detail"]["job"] == job


def test_a_step_that_failed_says_why_by_a_code_in_its_event(house: House) -> None:
    item, _ = _broken_step(house)
    [failed] = [told for told in _failures(house, item) if told["step"] == "probe"]
    assert (failed["code"], failed["sentence"]) == ("broken", "The file is broken.")


def test_a_step_whose_workers_are_lost_says_so_until_it_is_given_up(house: House) -> None:
    item, _, capture = house.submitted()
    for _ in range(queue.LOSSES_ALLOWED):
        held = house.claimed(capture)
        with transaction(house.engine) as session:
            Archive(session, SYSTEM).return_lost([held.job])
    codes = [told["code"] for told in _failures(house, item)]
    assert codes == [*["lost"] * (queue.LOSSES_ALLOWED - 1), "quarantined"]


def test_a_capture_that_ended_badly_is_tried_again_as_a_new_one(house: House) -> None:
    item, _, capture = house.submitted()
    house.fail(capture, Outcome.REMOVED, "It is gone.")
    [dead] = _jobs(house, "lead", item, state="dead")
    tried = house.visitor("lead").post(f"{API}/jobs/{dead['job']}/retry")
    assert tried.status_code == 202
    assert tried.json()["job"] != dead["job"]
    assert [one["state"] for one in _jobs(house, "lead", item)] == ["ready", "dead"]
    captures = house.visitor("lead").get(f"{API}/items/{item}").json()["captures"]
    assert [one["outcome"] for one in captures] == ["removed"]
    assert house.visitor("lead").post(f"{API}/jobs/{dead['job']}/retry").status_code == 409


def test_a_job_that_waits_for_room_goes_on_at_once(house: House) -> None:
    item, _, _ = house.submitted()
    [job] = _jobs(house, "lead", item)
    held = text("UPDATE job SET state = 'held', pauses = 3, run_after = now() + interval '1 hour' WHERE id = :job")
    with transaction(house.engine) as session:
        session.execute(held, {"job": job["job"]})
    assert house.visitor("lead").post(f"{API}/jobs/{job['job']}/retry").json()["job"] == job["job"]
    [told] = _jobs(house, "lead", item, state="ready")
    assert datetime.fromisoformat(told["run_after"]) <= clock.now()


def test_the_work_of_sealed_items_is_for_stewards(house: House) -> None:
    item, _, _ = house.submitted("sealed")
    for role in ("admin", "lead"):
        assert _jobs(house, role, item) == []
    [job] = _jobs(house, "operator", item)
    with transaction(house.engine) as session:
        session.execute(text("UPDATE job SET state = 'held' WHERE id = :job"), {"job": job["job"]})
    for role in ("admin", "lead"):
        assert house.visitor(role).post(f"{API}/jobs/{job['job']}/retry").status_code == 404
    assert house.visitor("operator").post(f"{API}/jobs/{job['job']}/retry").status_code == 202


def test_a_job_that_is_not_there_is_not_found(house: House) -> None:
    assert house.visitor("lead").post(f"{API}/jobs/job_{'0' * 26}/retry").status_code == 404
