"""One served archive for all API tests of a process; each test makes what it looks at."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import make_url, text

from api.main import create_app
from storage.blobs.local import LocalBlobs
from storage.db.session import open_engine
from storage.settings import Settings
from tests.api.house import House, served
from workers import sequencing

UPLOAD_LIMIT_BYTES = 3 << 20


@pytest.fixture(scope="session")
def api_settings(postgres_url: str, broker_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The settings of the served archive; its database is a copy of the migrated one."""
    template = make_url(postgres_url)
    admin = open_engine(template.set(database="postgres").render_as_string(hide_password=False))
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f'CREATE DATABASE "api" TEMPLATE "{template.database}"'))
    admin.dispose()
    return Settings(
        vault=tmp_path_factory.mktemp("api"),
        database_url=SecretStr(template.set(database="api").render_as_string(hide_password=False)),
        broker_url=SecretStr(broker_url),
        upload_limit_bytes=UPLOAD_LIMIT_BYTES,
        host_names="archive.example",
    )


@pytest.fixture(scope="session")
def house(api_settings: Settings) -> Iterator[House]:
    """The archive, served."""
    engine = open_engine(api_settings.database_url.get_secret_value())
    with served(create_app(api_settings)) as address:
        house = House(address, engine, LocalBlobs(api_settings.blobs))
        house.open()
        yield house
        house.close()
    engine.dispose()


@pytest.fixture(scope="module")
def keeper(house: House, api_settings: Settings) -> Iterator[threading.Event]:
    """Events get their places in the log as they come, by the keeper's own hand; while this is set, none does."""
    house.submitted()
    house.sequence(api_settings)  # there is a key, and a first checkpoint
    stop, halted = threading.Event(), threading.Event()
    thread = sequencing.watch(api_settings, house.engine, stop, halted)
    yield halted
    stop.set()
    thread.join(10)


@pytest.fixture(scope="session")
def vault(api_settings: Settings) -> Path:
    return api_settings.vault


@pytest.fixture
def visitor(house: House) -> Callable[[str], httpx.Client]:
    """A client for each role: `visitor("reviewer")`."""
    return house.visitor
