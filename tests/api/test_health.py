"""Whether it lives, whether it can work, and what is counted."""

import re

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, text

from api.main import create_app
from storage.db.session import transaction
from storage.queue import QUEUES
from storage.settings import Settings
from tests.api.house import API, House, served


def test_it_lives_and_is_ready(house: House) -> None:
    nobody = house.visitor("nobody")
    assert nobody.get("/healthz").json() == {"status": "alive"}
    ready = nobody.get("/readyz")
    assert ready.status_code == 200
    assert ready.json() == {"status": "ready", "checks": {"database": "ok", "migrations": "ok", "broker": "ok"}}


@pytest.mark.parametrize(
    ("setting", "address", "check"),
    [
        ("database_url", "postgresql+psycopg://x@127.0.0.1:1/x", "database"),
        ("broker_url", "redis://127.0.0.1:1", "broker"),
    ],
)
def test_it_lives_but_is_not_ready_without_a_store(
    api_settings: Settings, setting: str, address: str, check: str
) -> None:
    without = api_settings.model_copy(update={setting: SecretStr(address)})
    with served(create_app(without)) as url:
        assert httpx.get(f"{url}/healthz", trust_env=False).status_code == 200
        answer = httpx.get(f"{url}/readyz", trust_env=False, timeout=20)
    assert answer.status_code == 503
    assert answer.json()["checks"][check] == "away"


def test_it_is_not_ready_for_a_database_of_another_version(
    api_settings: Settings, engine: Engine, database_url: str
) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    behind = api_settings.model_copy(update={"database_url": SecretStr(database_url)})
    with served(create_app(behind)) as url:
        answer = httpx.get(f"{url}/readyz", trust_env=False)
    assert answer.status_code == 503
    assert answer.json()["checks"]["migrations"].startswith("at 0000, expected")


def test_answers_are_counted_by_route_and_never_by_name(house: House) -> None:
    item, _, _ = house.submitted()
    assert house.visitor("reviewer").get(f"{API}/items/{item}").status_code == 200
    house.visitor("nobody").get("/no/such/place")
    told = house.visitor("admin").get("/metrics")
    assert told.headers["content-type"].startswith("text/plain")
    line = r'svidok_http_requests_total\{method="GET",route="/items/\{item\}",status="200"\} [1-9]'
    assert re.search(line, told.text), told.text
    assert 'route="none"' in told.text
    assert item not in told.text
    assert "svidok_jobs_waiting" in told.text


def test_that_something_was_sealed_just_now_shows_in_no_number_for_everybody(house: House) -> None:
    item, _, _ = house.submitted()
    reviewer, admin = house.visitor("reviewer"), house.visitor("admin")
    seen = {"If-Match": reviewer.get(f"{API}/items/{item}").headers["etag"]}
    order = {"sensitivity": "sealed", "reason": "they are looked for"}
    assert reviewer.put(f"{API}/items/{item}/sensitivity", json=order, headers=seen).status_code == 204
    for role in ("nobody", "reviewer", "lead"):
        told = house.visitor(role).get("/metrics")
        assert told.status_code == 200
        numbers = [line for line in told.text.splitlines() if not line.startswith("#")]
        assert numbers == ["svidok_ready 1.0"], role
    assert "sensitivity" in admin.get("/metrics").text


def test_a_queue_in_which_nothing_waits_is_told_as_empty(house: House) -> None:
    house.submitted()
    admin = house.visitor("admin")
    waiting = r'svidok_jobs_waiting\{queue="fetch"\} [1-9]'
    assert re.search(waiting, admin.get("/metrics").text)
    with transaction(house.engine) as session:
        session.execute(text("UPDATE job SET run_after = now() + interval '1 day' WHERE state = 'ready'"))
    told = admin.get("/metrics").text
    with transaction(house.engine) as session:
        session.execute(text("UPDATE job SET run_after = now() WHERE state = 'ready'"))
    for queue in QUEUES:
        assert f'svidok_jobs_waiting{{queue="{queue}"}} 0.0' in told
