"""The queue with thousands of items in it: every page in order, each item once, and few questions for each."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import event, make_url, text

from api.lines import item_lines
from api.main import create_app
from storage.blobs.local import LocalBlobs
from storage.db import worklist
from storage.db.session import open_engine, transaction
from storage.db.worklist import Viewer
from storage.domain import clock
from storage.domain.permissions import OPERATOR
from storage.domain.worklist import QueueQuery
from storage.settings import Settings
from tests.api.house import API, House, served

MANY = 5000
SEEDS = (
    """
    INSERT INTO source (id, canonical_url)
    SELECT 'src_' || n, 'https://many.example/' || n FROM generate_series(1, 5000) AS n
    """,
    """
    INSERT INTO item (id, project_id, source_id, sensitivity, workflow, version)
    SELECT 'itm_0000000000000000000000' || to_char(n, 'FM0000'), 'main', 'src_' || n,
           CASE WHEN n % 10 = 0 THEN 'sealed' ELSE 'restricted' END, 'intake', 1
    FROM generate_series(1, 5000) AS n
    """,
    """
    INSERT INTO capture
           (id, item_id, source_id, outcome, sentence, started_at, ended_at, identity, collection)
    SELECT 'cap_' || n, 'itm_0000000000000000000000' || to_char(n, 'FM0000'), 'src_' || n,
           CASE WHEN n % 7 = 0 THEN 'removed' ELSE 'captured' END, '', now(), now(),
           jsonb_build_object('title', 'Number ' || n, 'description', repeat('words ', 300)), '{}'
    FROM generate_series(1, 5000) AS n
    """,
    # Changed in another order than born: 5003 is prime, so that every number has a place of its own.
    """
    INSERT INTO event (id, item_id, type, at, body, sha256, previous)
    SELECT 'evt_' || n || '_' || turn, 'itm_0000000000000000000000' || to_char(n, 'FM0000'), 'capture', now(), '{}',
           'sha256:' || n || '_' || turn, CASE WHEN turn > 1 THEN 'sha256:' || n || '_' || (turn - 1) END
    FROM generate_series(1, 3) AS turn, generate_series(1, 5000) AS n
    ORDER BY turn, (n * 7919) % 5003
    """,
    "ANALYZE",
)
MORE = """
    INSERT INTO item (id, project_id, sensitivity, workflow, version)
    SELECT 'itm_9' || n, 'main', 'public', 'intake', 1 FROM generate_series(1, 10001) AS n
"""


@pytest.fixture(scope="module")
def crowded(postgres_url: str, tmp_path_factory: pytest.TempPathFactory, broker_url: str) -> Iterator[House]:
    """An archive of its own, served, with five thousand items, of which every tenth is sealed."""
    template = make_url(postgres_url)
    admin = open_engine(template.set(database="postgres").render_as_string(hide_password=False))
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f'CREATE DATABASE "crowded" TEMPLATE "{template.database}"'))
    admin.dispose()
    settings = Settings(
        vault=tmp_path_factory.mktemp("crowded"),
        database_url=SecretStr(template.set(database="crowded").render_as_string(hide_password=False)),
        broker_url=SecretStr(broker_url),
    )
    engine = open_engine(settings.database_url.get_secret_value())
    for seed in SEEDS:
        with transaction(engine) as session:
            session.execute(text(seed))
    with served(create_app(settings)) as address:
        house = House(address, engine, LocalBlobs(settings.blobs), settings.vault)
        house.open()
        yield house
        house.close()
    engine.dispose()


def _list(client: httpx.Client, question: str) -> Any:
    answer = client.get(f"{API}/items?{question}")
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("order", ["newest", "oldest", "changed"])
@pytest.mark.parametrize(("question", "every"), [("", 1), ("view=failed&", 7), ("q=number+7&", 0)])
def test_walking_through_thousands_meets_each_once_in_order(
    crowded: House, order: str, question: str, every: int
) -> None:
    met: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = _list(crowded.visitor("reviewer"), f"{question}order={order}&limit=500{cursor}")
        met += page["data"]
        if page["page"]["next"] is None:
            break
        cursor = f"&cursor={page['page']['next']}"
    numbers = [int(line["item"][-4:]) for line in met]
    shown = [number for number in range(1, MANY + 1) if number % 10]
    expected = [n for n in shown if n % every == 0] if every else [n for n in shown if "7" in str(n)]
    assert sorted(numbers) == expected
    assert page["count"] == {"value": len(expected), "relation": "exact"}
    if order == "changed":
        assert numbers == sorted(numbers, key=lambda n: (n * 7919) % 5003, reverse=True)
    else:
        assert numbers == sorted(numbers, reverse=order == "newest")
    assert [line["title"] for line in met] == [f"Number {n}" if n % 7 else None for n in numbers]


def test_the_views_are_counted_without_what_is_sealed(crowded: House) -> None:
    failed = sum(number % 7 == 0 and number % 10 > 0 for number in range(1, MANY + 1))
    found = crowded.visitor("reviewer").get(f"{API}/items/queue-counts").json()
    assert {view: count["value"] for view, count in found.items()} == {
        "mine": 0, "unclaimed": 4500, "help": 0, "failed": failed, "all": 4500,
    }  # fmt: skip


def test_a_longer_page_takes_no_more_questions_to_the_database(crowded: House) -> None:
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    counts = []
    event.listen(crowded.engine, "before_cursor_execute", note)
    try:
        for limit in (1, 10, 500):
            asked.clear()
            with transaction(crowded.engine) as session:
                viewer = Viewer(OPERATOR.id, ["restricted"], clock.now())
                rows = worklist.page(session, QueueQuery(), viewer, after=None, limit=limit)
                assert len(item_lines(session, OPERATOR, rows)) == limit
            counts.append(len(asked))
    finally:
        event.remove(crowded.engine, "before_cursor_execute", note)
    assert len(set(counts)) == 1
    assert counts[0] <= 15


def test_beyond_ten_thousand_there_are_at_least_so_many(crowded: House) -> None:
    with transaction(crowded.engine) as session:
        session.execute(text(MORE))
    reviewer = crowded.visitor("reviewer")
    assert reviewer.get(f"{API}/items/queue-counts").json()["all"] == {"value": 10_000, "relation": "at_least"}
    assert _list(reviewer, "q=nothing-like-this")["count"] == {"value": 0, "relation": "exact"}
    with transaction(crowded.engine) as session:
        session.execute(text("DELETE FROM item WHERE id LIKE 'itm_9%'"))
