"""A store that was lost begins anew, because its operator says so."""

from storage.archive import Archive
from storage.db import copies
from storage.db.session import transaction
from storage.domain.permissions import OPERATOR
from storage.errors import InvalidValue
from storage.settings import Settings
from workers.commands.people import engine_of
from workers.stores import every_store


def renew(settings: Settings, name: str) -> int:
    """Mark the store of this name as ours and owe every file to it; how many.

    Raises: InvalidValue for a name no store has, WrongStore for another archive's.
    """
    with engine_of(settings) as engine:
        stores = every_store(settings, engine)
        if name not in stores:
            raise InvalidValue(f"the settings name no store called {name!r}; there are: {', '.join(stores)}")
        with transaction(engine) as session:
            stores[name].set_mark(copies.archive_name(session))
            return Archive(session, OPERATOR).renew_store(name)
