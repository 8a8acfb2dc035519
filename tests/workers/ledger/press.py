"""Writes events as the archive does, from many hands, and looks at what the sequencers made of them."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from storage.blobs.ledger import LedgerFiles
from storage.db import checkpoints, leaves
from storage.db.session import open_engine, transaction
from storage.db.tables import Item
from storage.domain.permissions import SYSTEM
from storage.domain.vocab import EventType
from storage.integrity.merkle import frontier_of, leaf_hash
from storage.integrity.statement import Agent
from storage.integrity.tiles import entry_of
from storage.ledger import Ledger
from workers.ledger.sequencer import KeyPlace, Sequencer

AGENT = Agent(SYSTEM.kind.value, SYSTEM.id)

_SEQUENCER = """
import sys, threading
from pathlib import Path
from storage.db.session import open_engine
from tests.workers.ledger.press import sequencer_of
from workers.ledger.sequencer import run
run(sequencer_of(open_engine(sys.argv[1]), Path(sys.argv[2])), threading.Event())
"""
_WRITER = """
import sys
from tests.workers.ledger.press import write_for_ever
write_for_ever(sys.argv[1], sys.argv[2])
"""


def sequencer_of(engine: Engine, vault: Path) -> Sequencer:
    """A sequencer of a vault on a database."""
    return Sequencer(engine, LedgerFiles(vault / "ledger"), KeyPlace(vault / "keys" / "ledger", origin=ORIGIN))


ORIGIN = "archive.example/custody"


def new_items(engine: Engine, *names: str) -> None:
    with transaction(engine) as session:
        for name in names:
            session.add(Item(id=name, project_id="main", source_id=None, sensitivity="restricted", workflow="intake"))


def write(session: Session, item: str | None, number: int, *, size_bytes: int = 0) -> str:
    """Record one event; its id."""
    detail = {"number": number} | ({"text": "x" * size_bytes} if size_bytes else {})
    return Ledger(session, AGENT).record(EventType.VALIDATION, item_id=item, detail=detail).id


def write_many(engine: Engine, count: int, *, item: str | None = None) -> None:
    with transaction(engine) as session:
        for number in range(count):
            write(session, item, number)


def write_for_ever(url: str, item: str) -> None:
    """Record events, each in a transaction of its own, and say the id of each once it is acknowledged."""
    engine = open_engine(url, pool_size=1)
    number = 0
    while True:
        with transaction(engine) as session:
            told = write(session, item if number % 2 else None, number)
        sys.stdout.write(f"{told}\n")
        sys.stdout.flush()
        number += 1


def sequencing(url: str, vault: Path) -> subprocess.Popen[bytes]:
    """A sequencer as a process that can be killed."""
    return _child(Path(os.devnull), _SEQUENCER, url, str(vault))


def writing(url: str, item: str, said: Path) -> subprocess.Popen[bytes]:
    """A writer as a process that can be killed; what was acknowledged to it stands in `said`."""
    return _child(said, _WRITER, url, item)


def _child(said: Path, code: str, *arguments: str) -> subprocess.Popen[bytes]:
    root = Path(__file__).parents[3]
    environment = os.environ | {"PYTHONPATH": str(root)}
    with said.open("wb") as out:
        return subprocess.Popen(
            [sys.executable, "-c", code, *arguments], cwd=root, env=environment, stdout=out, stderr=subprocess.DEVNULL
        )


def kill(process: subprocess.Popen[bytes]) -> None:
    """Without a chance to tidy up; twice is once."""
    process.kill()
    process.wait(10)


def check_tree(engine: Engine) -> int:
    """Places without a gap, every leaf the hash of its event, the head their frontier; how many there are."""
    with transaction(engine) as session:
        head = leaves.head(session)
        with leaves.placed(session, 0, head.size) as placed:
            found = list(placed)
        assert [index for index, _, _ in found] == list(range(head.size))
        assert leaves.count(session) == (head.size, head.size)
        assert all(leaf_hash(entry_of(event.body.encode())) == leaf for _, leaf, event in found)
        grown = frontier_of(leaf for _, leaf, _ in found)
        assert leaves.frontier_of(head) == grown
        newest = checkpoints.newest(session)
        assert newest is None or newest.root == frontier_of(leaf for _, leaf, _ in found[: newest.size]).root()
        return head.size


def unplaced(engine: Engine) -> Sequence[str]:
    """Ids of events without a place."""
    with engine.connect() as connection:
        wanted = text("SELECT id FROM event LEFT JOIN leaf ON leaf.seq = event.seq WHERE leaf.seq IS NULL ORDER BY id")
        return list(connection.scalars(wanted))


def as_superuser(engine: Engine, *statements: str, **values: object) -> None:
    """What somebody with every right over the database can do: switch the guards off, and write."""
    with engine.begin() as connection:
        for table in ("event", "leaf", "checkpoint", "ledger_head", "time_stamp", "cosignature"):
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        for statement in statements:
            connection.execute(text(statement), values)
        for table in ("event", "leaf", "checkpoint", "ledger_head", "time_stamp", "cosignature"):
            connection.execute(text(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER keep_rows"))
            connection.execute(text(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER keep_table"))


def digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
