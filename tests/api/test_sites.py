"""Who waits for a site is told so: on the receipt, as the address is typed, and to those who watch."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from api.sites import share_for, waited_for
from storage.archive import Archive
from storage.db import jobs, sites
from storage.db.session import transaction
from storage.domain import clock
from storage.domain.permissions import OPERATOR, Actor, ActorKind
from storage.domain.sites import Sign
from storage.domain.vocab import Role, Sensitivity
from tests.api.house import API, House


@pytest.fixture(autouse=True)
def _well_again(house: House) -> Iterator[None]:
    """A site that rests here holds up no other test."""
    yield
    with transaction(house.engine) as session:
        session.execute(sites.delete(sites.SiteCondition))
        session.execute(sites.delete(sites.SiteTry))


def degraded(house: House, host: str, sensitivity: str = "restricted") -> str:
    """A submission to a site that answers badly; its id."""
    with transaction(house.engine) as session:
        entry = Archive(session, OPERATOR).submit(
            f"https://{host}/watch?v=AAAAAAAAAAA", note=None, sensitivity=Sensitivity(sensitivity)
        )
        session.execute(
            sites.insert(sites.SiteCondition).values(
                site=host, failures=4, trips=2, cause=Sign.AWAY.value, items=[],
                since=clock.now() - timedelta(hours=1), opened_at=clock.now(), until=clock.now() + timedelta(hours=1),
            )
        )  # fmt: skip
        tried(session, entry.submission.id, host)
        return entry.submission.id


def tried(session: Session, submission: str, host: str) -> None:
    """A try for a submission has met silence."""
    session.execute(
        text(
            "INSERT INTO site_try (job_id, token, site, began_at, outcome) SELECT job.id, 900, :host,"
            " now() - interval '2 hours', 'unreachable' FROM job JOIN submission USING (capture_id)"
            " WHERE submission.id = :submission ON CONFLICT DO NOTHING"
        ),
        {"host": host, "submission": submission},
    )


@pytest.fixture
def waiting(house: House) -> str:
    with transaction(house.engine) as session:
        session.execute(sites.delete(sites.SiteCondition))
    return degraded(house, "www.youtube.com")


def test_the_receipt_says_which_site_is_waited_for_and_since_when(house: House, waiting: str) -> None:
    told = house.visitor("operator").get(f"{API}/submissions/{waiting}").json()
    assert told["site"]["name"] == "YouTube"
    assert told["site"]["cause"] == "away"
    assert told["site"]["since"] < told["site"]["until"]


def test_the_receipt_says_that_the_share_of_the_hour_is_spent_and_when_the_site_is_asked_next(
    house: House, waiting: str
) -> None:
    with transaction(house.engine) as session:
        session.execute(sites.delete(sites.SiteCondition))
        began = text(
            "INSERT INTO site_try (job_id, token, site, began_at) SELECT job.id, 1000 + n, 'www.youtube.com',"
            " now() - make_interval(secs => n) FROM generate_series(1, 300) n, job JOIN submission USING (capture_id)"
            " WHERE submission.id = :submission RETURNING began_at"
        )
        oldest = min(session.scalars(began, {"submission": waiting}))
    told = house.visitor("operator").get(f"{API}/submissions/{waiting}").json()
    assert "site" not in told
    assert (told["share"]["name"], told["share"]["an_hour"]) == ("YouTube", 300)
    assert datetime.fromisoformat(told["share"]["next_at"]) == oldest + timedelta(hours=1)
    with transaction(house.engine) as session:
        session.execute(text("DELETE FROM site_try WHERE token = 1300"))
    assert "share" not in house.visitor("operator").get(f"{API}/submissions/{waiting}").json()


def test_who_looks_at_jobs_is_told_which_site_they_wait_for(house: House, waiting: str) -> None:
    with transaction(house.engine) as session:
        item = session.scalar(text("SELECT item_id FROM submission WHERE id = :id"), {"id": waiting})
    lines = house.visitor("lead").get(f"{API}/jobs?state=ready&limit=500").json()["data"]
    assert {line["waits_for"] for line in lines if line["item"] == item} == {"YouTube"}
    told = house.visitor("operator").get(f"{API}/submissions/{waiting}").json()
    assert [step["sentence"] for step in told["steps"]] == ["Taking in the video: waiting for YouTube."]


def test_a_share_that_sealed_items_have_spent_is_not_told_to_whoever_submits(house: House) -> None:
    open_one, secret = degraded(house, "share.example"), degraded(house, "www.tiktok.com", "sealed")
    with transaction(house.engine) as session:
        session.execute(sites.delete(sites.SiteCondition))
        session.execute(
            text(
                "INSERT INTO site_try (job_id, token, site, began_at) SELECT job.id, 1000 + n, 'share.example', now()"
                " FROM generate_series(1, 600) n, job JOIN submission USING (capture_id) WHERE submission.id = :secret"
            ),
            {"secret": secret},
        )
        submitter = Actor("usr_1", ActorKind.USER, frozenset({Role.SUBMITTER}))
        capture = session.scalar(text("SELECT capture_id FROM submission WHERE id = :id"), {"id": open_one})
        owed = jobs.of_capture(session, str(capture))
        for actor, is_told in ((submitter, False), (OPERATOR, True)):
            assert (share_for(session, actor, "share.example", {"*": 600}) is not None) is is_told
            assert (waited_for(session, actor, owed, {"*": 600}) != {}) is is_told


def test_it_is_said_before_anything_is_handed_in(house: House, waiting: str) -> None:
    asked = {"url": "https://youtu.be/BBBBBBBBBBB"}
    assert house.visitor("submitter").post(f"{API}/lookups", json=asked).json()["site"]["name"] == "YouTube"
    other = house.visitor("submitter").post(f"{API}/lookups", json={"url": "https://example.net/b"}).json()
    assert other["site"] is None


def test_a_site_that_only_sealed_items_were_asked_from_is_told_to_stewards_alone(house: House, waiting: str) -> None:
    degraded(house, "secret.example", "sealed")
    asked = {"url": "https://secret.example/c"}
    assert house.visitor("submitter").post(f"{API}/lookups", json=asked).json()["site"] is None
    assert house.visitor("operator").post(f"{API}/lookups", json=asked).json()["site"] is not None
    told = {role: house.visitor(role).get(f"{API}/sites").json()["sites"] for role in ("lead", "operator")}
    assert "secret.example" not in {line["site"] for line in told["lead"]}
    assert "secret.example" in {line["site"] for line in told["operator"]}


def test_that_a_site_rests_for_what_only_sealed_items_have_met_is_told_to_stewards_alone(
    house: House, waiting: str
) -> None:
    open_one = house.visitor("submitter").post(f"{API}/submissions", json={"url": "https://both.example/a"}).json()
    degraded(house, "both.example", "sealed")
    seen = {role: _lines(house, role)["both.example"]["notice"] for role in ("lead", "operator")}
    assert (seen["lead"], seen["operator"]["cause"]) == (None, "away")
    asked = {"url": "https://both.example/c"}
    told = {role: house.visitor(role).post(f"{API}/lookups", json=asked).json() for role in ("submitter", "operator")}
    assert (told["submitter"]["site"], told["operator"]["site"]["cause"]) == (None, "away")
    receipt = house.visitor("submitter").get(open_one["links"]["self"]).json()
    assert "site" not in receipt
    assert "waiting for both.example" not in str(receipt["steps"])
    with transaction(house.engine) as session:
        tried(session, open_one["submission"], "both.example")
    assert _lines(house, "lead")["both.example"]["notice"]["cause"] == "away"
    assert house.visitor("submitter").get(open_one["links"]["self"]).json()["site"]["cause"] == "away"


def _lines(house: House, role: str) -> dict[str, dict[str, Any]]:
    return {line["site"]: line for line in house.visitor(role).get(f"{API}/sites").json()["sites"]}


def test_those_who_watch_see_how_each_site_answered_hour_by_hour(house: House, waiting: str) -> None:
    house.captured()
    lines = house.visitor("lead").get(f"{API}/sites").json()["sites"]
    assert (lines[0]["site"], lines[0]["waiting"], lines[0]["budget"]) == ("www.youtube.com", 1, 300)
    assert lines[0]["notice"]["cause"] == "away"
    [example] = [line for line in lines if line["site"] == "example.org"]
    assert sum(hour["outcomes"].get("captured", 0) for hour in example["hours"]) >= 1
    assert example["notice"] is None


def test_how_often_a_site_was_asked_does_not_tell_of_sealed_items(house: House) -> None:
    house.captured()
    asked = {role: _asked(house, role) for role in ("lead", "operator")}
    house.captured("sealed")
    assert _asked(house, "operator") == asked["operator"] + 1
    assert _asked(house, "lead") == asked["lead"]


def test_how_a_site_answered_a_sealed_item_is_told_to_stewards_alone(house: House) -> None:
    with transaction(house.engine) as session:
        session.execute(sites.delete(sites.SiteCondition))
    house.captured()
    lead, steward = (house.visitor(role) for role in ("lead", "operator"))
    told, known = lead.get(f"{API}/sites").json(), steward.get(f"{API}/sites").json()
    house.unanswered(house.submitted("sealed")[2])
    assert lead.get(f"{API}/sites").json() == told
    assert steward.get(f"{API}/sites").json() != known


def _asked(house: House, role: str) -> int:
    lines = house.visitor(role).get(f"{API}/sites").json()["sites"]
    return sum(line["asked_this_hour"] for line in lines if line["site"] == "example.org")


def test_the_number_of_resting_sites_is_a_metric_without_names(house: House, waiting: str) -> None:
    told = house.visitor("admin").get("/metrics").text
    assert "svidok_sites_resting 1.0" in told
    assert "youtube" not in told
