"""History stays as it was written, whoever asks for a change."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from storage.db import migration

TABLES = migration.GUARDED


@pytest.fixture
def file_row(session: Session) -> None:
    session.execute(text("INSERT INTO file (sha256, sha512, size_bytes) VALUES ('a', 'b', 1)"))


@pytest.mark.parametrize("statement", ["UPDATE file SET size_bytes = 2", "DELETE FROM file"])
def test_fault_D1_a_kept_row_can_be_neither_changed_nor_deleted(
    session: Session, file_row: None, statement: str
) -> None:
    with pytest.raises(IntegrityError, match="append-only"):
        session.execute(text(statement))


@pytest.mark.parametrize("table", TABLES)
def test_fault_D1_an_append_only_table_cannot_be_truncated(session: Session, table: str) -> None:
    with pytest.raises(IntegrityError, match="append-only"):
        session.execute(text(f"TRUNCATE {table} CASCADE"))


def test_a_guard_that_is_switched_off_is_noticed(engine: Engine) -> None:
    with engine.connect() as connection:
        assert migration.unguarded(connection) == []
        connection.execute(text("ALTER TABLE event DISABLE TRIGGER keep_rows"))
        assert migration.unguarded(connection) == ["event"]


def test_migrations_build_exactly_what_the_tables_say(engine: Engine) -> None:
    with engine.connect() as connection:
        assert migration.differences(connection) == []
        assert migration.current_revision(connection) == migration.expected_revision()


def test_migrating_twice_changes_nothing(engine: Engine) -> None:
    assert migration.migrate(engine) == migration.migrate(engine)
