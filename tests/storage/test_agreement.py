"""Every row says what its event says; whoever changes one behind the archive's back is found."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, text

from storage.agreement import check_rows
from storage.archive import Archive
from storage.blobs.local import LocalBlobs
from storage.db.erasure_tables import Erasure, ErasureAnswer
from storage.db.hold_tables import Hold, HoldRelease
from storage.db.session import open_engine, transaction
from storage.db.tables import (
    Assertion,
    Base,
    Capture,
    Event,
    File,
    Holding,
    Item,
    PlaceVersion,
    Record,
    StepRun,
    Submission,
    UnitVersion,
)
from tests.conftest import _copy, _drop
from tests.storage import scenes
from tests.storage.scenes import Scene

# Not compared: what the database made by itself, what is drawn from other columns of the row, and positions.
NOT_COMPARED = {
    "file": {"sealed_at"},
    "holding": {"id", "made_at"},
    "item": {"version", "created_at", "sealed_through"},
    "record": {"search"},
    "unit_version": {"folded"},
    "place_version": {"folded"},
    "event": {"seq", "xid", "body", "sha256"},
}
TABLES: tuple[type[Base], ...] = (
    *(Submission, File, Capture, StepRun, Holding, Assertion, Record, UnitVersion, PlaceVersion, Item, Event),
    *(Hold, HoldRelease, Erasure, ErasureAnswer),
)
COLUMNS = [
    (table.__tablename__, column.name, str(column.type))
    for table in TABLES
    for column in table.__table__.columns
    if column.name not in NOT_COMPARED.get(table.__tablename__, set())
]
_CHANGES = {
    "TEXT": "coalesce({0}, '') || 'x'",
    "BOOLEAN": "NOT {0}",
    "BIGINT": "coalesce({0}, 0) + 1",
    "INTEGER": "coalesce({0}, 0) + 1",
    "DOUBLE PRECISION": "{0} + 0.000001",
    "JSONB": """{0} || '{{"slipped in": 1}}'::jsonb""",
    "ARRAY": "{0} || ARRAY['x']",
    "TIMESTAMP": "coalesce({0}, now()) + interval '1 hour'",
}


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory, postgres_url: str) -> Iterator[Engine]:
    """An archive in which everything has happened once."""
    url, name = _copy(postgres_url)
    engine = open_engine(url)
    blobs = LocalBlobs(tmp_path_factory.mktemp("agreement") / "blobs")
    try:
        _furnish(engine, blobs)
        _open_the_gates(engine)
        yield engine
    finally:
        engine.dispose()
        _drop(postgres_url, name)


class Own(Scene):
    """A scene about an address of its own."""

    numbers = itertools.count(1)

    def submitted(self, url: str = scenes.URL) -> Any:
        if url == scenes.URL:
            url = self.__dict__.setdefault("url", f"{scenes.URL}/{next(self.numbers)}")
        return super().submitted(url)


def _furnish(engine: Engine, blobs: LocalBlobs) -> None:
    plays = (
        *(scenes.upload, scenes.make_products, scenes.say, scenes.take_on_and_give_back, scenes.move_along),
        *(scenes.describe_a_unit_twice, scenes.describe_a_place_twice, scenes.fail_for_good, scenes.publish),
        *(scenes.capture, scenes.submit_again, scenes.ask_to_seal_what_is_known),
        scenes.submit_a_list,
        *(scenes.hold_and_let_go, scenes.refuse_an_erasure, scenes.erase),
    )
    for play in plays:
        with transaction(engine) as session:
            # Only one job is owed at a time in a scene.
            session.execute(text("UPDATE job SET state = 'done', lease_until = NULL"))
            play(Own(Archive, session, blobs))


def flaws(engine: Engine) -> list[tuple[str, str]]:
    return [(flaw.subject, flaw.sentence) for flaw in check_rows(engine)]


def test_an_untouched_archive_agrees_with_its_events(furnished: Engine) -> None:
    assert flaws(furnished) == []
    with transaction(furnished) as session:
        for table in TABLES:
            assert session.scalar(text(f"SELECT count(*) FROM {table.__tablename__}")), table


def run(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def _open_the_gates(engine: Engine) -> None:
    """As a superuser may: no guard, no reference, no uniqueness holds any more."""
    with engine.begin() as connection:
        for table in TABLES:
            connection.execute(text(f"ALTER TABLE {table.__tablename__} DISABLE TRIGGER USER"))
        held = connection.execute(
            text("SELECT conrelid::regclass, conname FROM pg_constraint WHERE contype IN ('f', 'c', 'u') "
                 "AND connamespace = 'public'::regnamespace ORDER BY contype DESC")
        )  # fmt: skip
        drops = [f'ALTER TABLE {table} DROP CONSTRAINT IF EXISTS "{name}" CASCADE' for table, name in held]
        unique = connection.execute(
            text("SELECT indexrelid::regclass FROM pg_index WHERE indisunique AND NOT indisprimary "
                 "AND indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)")
        )  # fmt: skip
        drops += [f"DROP INDEX IF EXISTS {name}" for (name,) in unique]
        for drop in drops:
            connection.execute(text(drop))


def _restoring(engine: Engine, table: str) -> tuple[str, str, str]:
    """Statements that take a table's rows aside and lay them back."""
    with engine.connect() as connection:
        named = connection.execute(
            text(
                "SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute WHERE attrelid = to_regclass(:t) "
                "AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"
            ),
            {"t": table},
        ).scalar_one()
    aside = f"CREATE TABLE aside AS SELECT {named} FROM {table}"
    back = f"INSERT INTO {table} ({named}) OVERRIDING SYSTEM VALUE SELECT {named} FROM aside"
    return aside, f"DELETE FROM {table}", back


@pytest.mark.parametrize(("table", "column", "kind"), COLUMNS, ids=[f"{t}.{c}" for t, c, _ in COLUMNS])
def test_fault_D4_a_changed_column_is_found(furnished: Engine, table: str, column: str, kind: str) -> None:
    change = _CHANGES[kind.partition("(")[0].replace("DOUBLE_PRECISION", "DOUBLE PRECISION")].format(column)
    aside, empty, back = _restoring(furnished, table)
    run(furnished, aside, f"UPDATE {table} SET {column} = {change} WHERE ctid = (SELECT max(ctid) FROM {table})")
    try:
        found = flaws(furnished)
    finally:
        run(furnished, empty, back, "DROP TABLE aside")
    assert found, f"{table}.{column}"
    assert flaws(furnished) == []


@pytest.mark.parametrize("table", [table.__tablename__ for table in TABLES if table is not Event])
def test_fault_D4_a_row_that_was_taken_away_or_slipped_in_is_found(furnished: Engine, table: str) -> None:
    aside, empty, back = _restoring(furnished, table)
    run(furnished, aside, f"DELETE FROM {table} WHERE ctid = (SELECT min(ctid) FROM {table})")
    try:
        found = flaws(furnished)
    finally:
        run(furnished, empty, back, "DROP TABLE aside")
    assert found


def test_fault_D4_how_many_columns_are_looked_at(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{len(COLUMNS)} columns of {len(TABLES)} tables are changed one by one, and each is found")
    assert len(COLUMNS) >= 85
