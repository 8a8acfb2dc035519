"""What a newer form of the database makes of rows that an older one has kept."""

from collections.abc import Iterator

import pytest
from alembic import command
from sqlalchemy import Engine, make_url, text

from storage.db import migration
from storage.db.session import open_engine

_ITEM = "INSERT INTO item (id, project_id, sensitivity, workflow, version) VALUES (:item, 'main', :now, 'intake', 1)"
_RECORD = (
    "INSERT INTO record (pid, version, item_id, sensitivity, body, sha256, words, published_at, published_by)"
    " VALUES ('rec_' || :item, :version, :item, 'public', '{}', '', '', :at, 'usr_lead')"
)
_EVENT = (
    "INSERT INTO event (id, item_id, type, at, body, sha256)"
    " VALUES ('evt_' || :item, :item, 'local:sensitivity change', :at, :body, '')"
)


@pytest.fixture
def first_form(postgres_url: str) -> Iterator[Engine]:
    """A database as the first migration leaves it."""
    url = make_url(postgres_url)
    admin = open_engine(url.set(database="postgres").render_as_string(hide_password=False))
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text('CREATE DATABASE "first_form" TEMPLATE template0'))
    engine = open_engine(url.set(database="first_form").render_as_string(hide_password=False))
    with engine.begin() as connection:
        command.upgrade(migration._config(connection), "0001")
    yield engine
    engine.dispose()
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text('DROP DATABASE "first_form" WITH (FORCE)'))
    admin.dispose()


def test_a_search_keeps_its_token_and_has_the_tries_that_the_token_said(first_form: Engine) -> None:
    """Taken and let go of twice, and then a worker died of it."""
    with first_form.begin() as connection:
        command.upgrade(migration._config(connection), "0035")
        connection.execute(
            text(
                "INSERT INTO picture_search (id, asker_id, state, content, token, progress, lease_until)"
                " VALUES ('one', 'usr_one', 'running', 'x', 21, 0, now())"
            )
        )
    migration.migrate(first_form)
    with first_form.connect() as connection:
        assert connection.execute(text("SELECT token, tries FROM picture_search")).all() == [(21, 1)]


def test_what_was_published_before_an_item_was_sealed_is_closed_by_migrating_too(first_form: Engine) -> None:
    """Of three versions two were published before the item was sealed; the other item never was."""
    with first_form.begin() as connection:
        for item, now in (("sealed", "sealed"), ("open", "public")):
            connection.execute(text(_ITEM), {"item": item, "now": now})
            for version in (1, 2, 3):
                at = f"2026-01-0{version}T00:00:00Z"
                connection.execute(text(_RECORD), {"item": item, "version": version, "at": at})
        body = '{"detail": {"from": "public", "to": "sealed"}}'
        connection.execute(text(_EVENT), {"item": "sealed", "at": "2026-01-02T12:00:00Z", "body": body})
    migration.migrate(first_form)
    with first_form.connect() as connection:
        told = connection.execute(text("SELECT id, sealed_through FROM item")).all()
        assert migration.differences(connection) == []
    assert {row[0]: row[1] for row in told} == {"sealed": 2, "open": 0}
