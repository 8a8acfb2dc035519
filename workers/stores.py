"""The stores that the settings name, opened for the archive that a database holds."""

from sqlalchemy import Engine

from storage.blobs.base import TendedStore
from storage.blobs.opening import Workplace, open_all, open_first
from storage.db import copies
from storage.db.session import transaction
from storage.reader import Reader
from storage.settings import Settings


def first_store(settings: Settings, engine: Engine) -> TendedStore:
    """The store that everything is put into, with its bytes as they lie there."""
    return open_first(settings.stores, _workplace(settings, engine))


def reader(settings: Settings, engine: Engine) -> Reader:
    """The first store as all but its keeper see it: plain bytes, however they lie there."""
    return Reader(first_store(settings, engine), engine, settings.item_keys)


def every_store(settings: Settings, engine: Engine) -> dict[str, TendedStore]:
    """Every store by its name."""
    return open_all(settings.stores, _workplace(settings, engine))


def _workplace(settings: Settings, engine: Engine) -> Workplace:
    def name() -> str:
        with transaction(engine) as session:
            return copies.archive_name(session)

    return Workplace(settings.fetched, settings.s3_cache_bytes, name)
