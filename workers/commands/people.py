"""The archive in the hands of whoever may read the vault's own files: its operator, at the command line."""

import contextlib
from collections.abc import Iterator

from sqlalchemy import Engine

from storage.archive import Archive
from storage.db import people
from storage.db.session import open_engine, transaction
from storage.domain.permissions import OPERATOR
from storage.errors import InvalidValue
from storage.settings import Settings
from workers.stack.parts import connected, given
from workers.stack.running import running_stack

_LONGEST_NAME = 300


@contextlib.contextmanager
def engine_of(settings: Settings) -> Iterator[Engine]:
    """The vault's database; its stack is started for the duration where none runs."""
    with contextlib.ExitStack() as ends:
        if not given(settings.database_url):
            ends.enter_context(running_stack(settings))
        whole = connected(settings)
        engine = open_engine(whole.database_url.get_secret_value(), pool_size=1)
        ends.callback(engine.dispose)
        yield engine


@contextlib.contextmanager
def archive_of(settings: Settings) -> Iterator[Archive]:
    """One transaction on the vault's database, as its operator."""
    with engine_of(settings) as engine, transaction(engine) as session:
        yield Archive(session, OPERATOR)


def name_from(said: str, email: str) -> str:
    """What a person shall be called: as is said, else by their address up to its @. Raises: InvalidValue."""
    name = " ".join(said.split()) or email.strip().rpartition("@")[0].partition("+")[0]
    if not name.isprintable() or len(name) > _LONGEST_NAME:
        raise InvalidValue(f"a name has at most {_LONGEST_NAME} characters, all of which can be written")
    return name


def listed(settings: Settings) -> Iterator[str]:
    """Everybody of a vault, oldest first, a line each: address, name, roles, and whether that was ended."""
    with engine_of(settings) as engine, transaction(engine) as session:
        users = people.users(session)
        held = people.roles_by_user(session, [user.id for user in users])
        for user in users:
            gone = "" if user.active else "  (ended)"
            yield f"{user.email}  {people.called(user)}  {', '.join(sorted(held[user.id]))}{gone}"
