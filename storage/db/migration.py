"""Brings a database to the form the code expects, and says whether it is there."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

import storage.db.picture_search_tables
import storage.db.positions
import storage.db.site_tables
import storage.db.text_tables  # noqa: F401 - likewise
from storage.db.cipher_tables import CIPHER_APPEND_ONLY
from storage.db.copy_tables import COPY_APPEND_ONLY
from storage.db.erasure_tables import ERASURE_APPEND_ONLY
from storage.db.hold_tables import HELD_TABLES, HOLD_APPEND_ONLY
from storage.db.liveness_tables import LIVENESS_APPEND_ONLY
from storage.db.log_tables import LOG_APPEND_ONLY
from storage.db.match_tables import MATCH_APPEND_ONLY
from storage.db.outside_tables import OUTSIDE_APPEND_ONLY
from storage.db.tables import APPEND_ONLY, Base

_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 7_315_001


def migrate(engine: Engine) -> str:
    """Run every migration that is missing, each in a transaction of its own; the revision reached.

    An advisory lock lets one of several starters do it while the others wait.
    """
    with engine.connect() as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("SET lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
        connection.commit()
        try:
            command.upgrade(_config(connection), "head")
            connection.commit()
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
            connection.commit()
    return expected_revision()


def expected_revision() -> str:
    """The newest migration the code carries."""
    head = ScriptDirectory(str(_FOLDER)).get_current_head()
    if head is None:
        msg = "the distribution carries no migration"
        raise RuntimeError(msg)
    return head


def current_revision(connection: Connection) -> str | None:
    """The newest migration the database has had, or None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def differences(connection: Connection) -> list[str]:
    """What the tables in the code say that the database does not, one line each; empty when they agree."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return [str(difference) for difference in compare_metadata(context, Base.metadata)]


def unguarded(connection: Connection) -> list[str]:
    """Append-only tables whose guard is missing or switched off, and tables that would no longer heed a legal hold."""
    guarded = connection.execute(
        text("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE 'keep_%' AND tgenabled = 'A'")
    )
    names = [row[0] for row in guarded]
    open_to_change = [table.__tablename__ for table in KEPT if names.count(table.__tablename__) < len(GUARDS)]
    heeding = connection.scalars(
        text("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'hold_rows' AND tgenabled = 'A'")
    )
    return sorted({*open_to_change, *(set(HELD_TABLES) - set(heeding))})


GUARDS = ("keep_rows", "keep_table")
KEPT = (
    *(*APPEND_ONLY, *LOG_APPEND_ONLY, *COPY_APPEND_ONLY),
    *(*HOLD_APPEND_ONLY, *ERASURE_APPEND_ONLY, *OUTSIDE_APPEND_ONLY, *LIVENESS_APPEND_ONLY),
    *(*CIPHER_APPEND_ONLY, *MATCH_APPEND_ONLY),
)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
