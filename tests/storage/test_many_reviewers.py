"""Twenty people work on one item at once: its chain of events does not fork, skip or lose a line."""

import json
import threading

from sqlalchemy import Engine, text

from storage.agreement import check_rows
from storage.archive import Archive
from storage.blobs.local import LocalBlobs
from storage.db.session import open_engine, transaction
from storage.domain.assertions import parse_assertion
from storage.domain.permissions import Actor, ActorKind
from storage.domain.vocab import Role
from storage.fixity import check_chains
from tests.storage.rebuild.life import Life

PEOPLE, WORDS = 20, 5


def test_fault_D21_twenty_reviewers_at_once_leave_one_unbroken_chain(engine: Engine, blobs: LocalBlobs) -> None:
    item = Life(engine, blobs).submit().item.id
    crowd = open_engine(engine.url.render_as_string(hide_password=False), pool_size=PEOPLE)
    start, failed = threading.Barrier(PEOPLE), []

    def review(number: int) -> None:
        actor = Actor(f"usr_{number}", ActorKind.USER, frozenset({Role.REVIEWER}))
        start.wait()
        try:
            for word in range(WORDS):
                note = {"kind": "note", "body": {"text": f"{number} says {word}"}, "citations": []}
                with transaction(crowd) as session:
                    Archive(session, actor).say(item, parse_assertion(note))
        except Exception as error:  # noqa: BLE001 - told by the main thread
            failed.append(error)

    threads = [threading.Thread(target=review, args=(number,)) for number in range(PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    crowd.dispose()
    assert failed == []
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT body, sha256, previous FROM event WHERE item_id = :item ORDER BY seq"), {"item": item}
        ).all()
    assert len(rows) == PEOPLE * WORDS + 1
    assert [row.previous for row in rows] == [None, *(row.sha256 for row in rows[:-1])]
    said = [json.loads(row.body)["detail"]["body"]["body"]["text"] for row in rows[1:]]
    for number in range(PEOPLE):
        own = [words for words in said if words.startswith(f"{number} says")]
        assert own == [f"{number} says {word}" for word in range(WORDS)]
    assert list(check_chains(engine)) == []
    assert list(check_rows(engine)) == []
