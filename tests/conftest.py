"""Real stores for every test: one PostgreSQL per test process, its database built by the migrations."""

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Engine, make_url, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from storage.blobs.local import LocalBlobs
from storage.db.migration import migrate
from storage.db.session import open_engine
from tests.object_stores import ObjectStore, rclone_of, seaweedfs_of
from tests.site import Media, Site, draw_media, open_site
from workers.stack.embedded import scratch_postgres, scratch_valkey

_NUMBERS = itertools.count(1)
# To read the text of its pictures takes as long as all other work on a film together: Tesseract is here for the tests
# that are about it, and finds no languages in all others.
os.environ["TESSDATA_PREFIX"] = str(Path(__file__).parent)
# Rooms whose files take minutes; nearly all of them start a whole stack or a browser.
_LONGEST = ("browser", "e2e", "chaos", "attack", "workers", "contracts", "storage")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first: a file is one worker's, and a long one begun last would be the end of the run."""
    places = {room: place for place, room in enumerate(_LONGEST)}
    rooms = Path(__file__).parent
    items.sort(key=lambda item: places.get(item.path.relative_to(rooms).parts[0], len(places)))


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of this test process; its database is migrated and serves as a template."""
    with scratch_postgres(tmp_path_factory.mktemp("postgres")) as url:
        engine = open_engine(url)
        migrate(engine)
        engine.dispose()
        yield url


@pytest.fixture(scope="session")
def broker_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Valkey of this test process."""
    with scratch_valkey(tmp_path_factory.mktemp("valkey")) as url:
        yield url


@pytest.fixture(scope="session")
def _shared_engine(postgres_url: str) -> Iterator[Engine]:
    url, _ = _copy(postgres_url)
    engine = open_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(_shared_engine: Engine) -> Iterator[Session]:
    """One transaction that is rolled back; what the test commits is a savepoint."""
    with rolled_back(_shared_engine) as session:
        yield session


@contextmanager
def rolled_back(engine: Engine) -> Iterator[Session]:
    """A session of which nothing stays."""
    with engine.connect() as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
            yield session
        outer.rollback()


@pytest.fixture
def database_url(postgres_url: str) -> Iterator[str]:
    """A migrated database of the test's own, for tests with several connections."""
    url, name = _copy(postgres_url)
    yield url
    _drop(postgres_url, name)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on a database of the test's own."""
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def module_engine(postgres_url: str) -> Iterator[Engine]:
    """An engine on a database of the module's own, for what its tests only read."""
    url, name = _copy(postgres_url)
    engine = open_engine(url)
    yield engine
    engine.dispose()
    _drop(postgres_url, name)


@pytest.fixture
def empty_engine(postgres_url: str) -> Iterator[Engine]:
    """An engine on a second database of the test's own, migrated and empty."""
    url, name = _copy(postgres_url)
    engine = open_engine(url)
    yield engine
    engine.dispose()
    _drop(postgres_url, name)


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    """An empty store of the test's own."""
    return LocalBlobs(tmp_path / "blobs")


def _copy(template_url: str) -> tuple[str, str]:
    """Copy the migrated database, which nobody else is connected to.

    As files, which here costs a third less than through the log of a server that flushes nothing.
    """
    template = make_url(template_url)
    name = f"copy_{next(_NUMBERS)}"
    _admin(template_url, f'CREATE DATABASE "{name}" TEMPLATE "{template.database}" STRATEGY file_copy')
    return template.set(database=name).render_as_string(hide_password=False), name


def _drop(template_url: str, name: str) -> None:
    try:
        _admin(template_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    except ProgrammingError as refusal:
        if not isinstance(refusal.orig, InsufficientPrivilege):
            raise
        # Autovacuum is at work there: nobody but a superuser may force it out, but anybody may ask it to leave.
        _admin(template_url, f'DROP DATABASE IF EXISTS "{name}"')


def _admin(template_url: str, statement: str) -> None:
    """Run a statement outside the template, so that the template stays free to be copied."""
    url = make_url(template_url).set(database="postgres").render_as_string(hide_password=False)
    engine = open_engine(url)
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(statement))
    finally:
        engine.dispose()


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory) -> Media:
    """Everything the loopback site serves, drawn once per test process."""
    return draw_media(tmp_path_factory.mktemp("media"))


@pytest.fixture(scope="module")
def site(media: Media) -> Iterator[Site]:
    """The loopback site and its inside twin."""
    with open_site(media) as site:
        yield site


@pytest.fixture(scope="session")
def seaweedfs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    """A SeaweedFS of this test process."""
    with seaweedfs_of(tmp_path_factory.mktemp("seaweedfs")).running() as store:
        yield store


@pytest.fixture(scope="session")
def rclone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    """An S3 server of rclone's, over a plain folder, of this test process."""
    with rclone_of(tmp_path_factory.mktemp("rclone")).running() as store:
        yield store
