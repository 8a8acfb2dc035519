"""The database written again from a vault, at the command line, while nothing else runs on that vault."""

import contextlib
import signal
from collections import defaultdict
from collections.abc import Callable, Iterator, Set
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from sqlalchemy import Engine

from storage.archive import Archive
from storage.blobs.base import BlobStore
from storage.db import holdings, jobs
from storage.db.migration import migrate
from storage.db.session import open_engine, transaction
from storage.domain.permissions import SYSTEM
from storage.errors import Unavailable
from storage.integrity.digest import Digest
from storage.log.keys import public_key
from storage.log.shelf import LogShelf
from storage.rebuild import database, history
from storage.settings import Settings
from workers import instruments
from workers.owing import owe_ready
from workers.stack.embedded import running, wait_until
from workers.stack.parts import embedded_stores, given
from workers.stack.vault import Vault
from workers.stores import first_store, reader

_PAGE = 500
FILES_MISSING = 1


def run(settings: Settings, *, say: Callable[[str], None]) -> int:
    """Rebuild, and tell what came of it: 0, or 1 where files that the ledger names are not in the vault.

    1. Read the ledger and hold it against what was signed, before any database is touched. 2. Bring the database to
    its form. 3. Write every row, in one transaction. 4. Owe the work that is not done. 5. Look for every file.
    6. Write down that it was done.
    """
    shelf = LogShelf(settings.ledger)
    passphrase = settings.ledger_passphrase.get_secret_value().encode() or None
    key = public_key(settings.ledger_key, history.origin_of(shelf), passphrase)
    found = history.read_history(shelf, key)
    with database_alone(settings) as engine, _bar() as bar:
        migrate(engine)
        task = bar.add_task("Writing rows", total=len(found.events))
        store = first_store(settings, engine)
        rebuilt = database.rebuild(engine, found, store.mark(), lambda count: bar.advance(task, count))
        _owe_steps(engine, settings.vault, rebuilt.cancelled)
        missing = _missing(engine, reader(settings, engine), say)
        checkpoint = found.checkpoint
        told = {"size": checkpoint.size, "root": checkpoint.root.hex(), "unsigned": rebuilt.unsigned}
        with transaction(engine) as session:
            Archive(session, SYSTEM).note_rebuilt(told | {"files_missing": missing}, rebuilt.assigned)
    say(f"{rebuilt.events:,} events are written again; {rebuilt.captures_owed:,} captures are owed.")
    if rebuilt.unsigned:
        say(f"{rebuilt.unsigned:,} of them came after the newest checkpoint: nobody has signed for those yet.")
    say(
        "People, keys, log-ins and drafts do not come back: the next start prints a link that lets the first person in."
    )
    if missing:
        say(f"{missing:,} files that the ledger names are not in the vault: put them back from another copy.")
    return FILES_MISSING if missing else 0


@contextlib.contextmanager
def database_alone(settings: Settings) -> Iterator[Engine]:
    """The database that is named, else the vault's own, started alone. Raises: NotStarted while a stack runs."""
    with contextlib.ExitStack() as ends:
        url = settings.database_url.get_secret_value()
        if not given(settings.database_url):
            url = ends.enter_context(own_database(Vault(settings.vault)))
        engine = open_engine(url, pool_size=1)
        ends.callback(engine.dispose)
        yield engine


@contextlib.contextmanager
def own_database(vault: Vault) -> Iterator[str]:
    """The vault's own PostgreSQL and nothing beside it; its address. Raises: NotStarted while a stack runs."""
    vault.make()
    with vault.lock(), vault.children() as inherited:
        store = embedded_stores(vault).postgres
        store.create(inherits=(inherited,))
        store.forget_stranger()
        log = vault.logs / "postgres.log"
        with running(store.birth(inherits=(inherited,)), log, signal.SIGINT) as child:
            wait_until(store.is_ready, child, log)
            store.provision()
            yield store.url()


def _owe_steps(engine: Engine, vault: Path, cancelled: Set[tuple[str, str]]) -> None:
    """Every step that could run is owed; one that has run already is known by its key and ends at once.

    What somebody has `cancelled` waits until somebody begins it again, also where something newer comes before it.
    """
    after, here, halted = "", instruments.find(vault), defaultdict(list)
    for capture_id, step in cancelled:
        halted[capture_id].append(step)
    while True:
        with transaction(engine) as session:
            page = holdings.captures_after(session, after, limit=_PAGE)
            for capture in page:
                owe_ready(session, capture.item_id, capture.id, here, at_once=halted[capture.id])
                for step in halted[capture.id]:
                    jobs.cancel_waiting(session, capture.id, step)
        if len(page) < _PAGE:
            return
        after = page[-1].id


def _missing(engine: Engine, blobs: BlobStore, say: Callable[[str], None]) -> int:
    """How many files are not there or have another size; their bytes are for `svidok audit` to read."""
    after, missing = "", 0
    while True:
        with transaction(engine) as session:
            page = holdings.files_after(session, after, limit=_PAGE)
        for row in page:
            try:
                size_bytes = blobs.size_bytes(Digest.parse(row.sha256))
            except Unavailable as refused:
                missing += 1
                say(f"sha256:{row.sha256}: {refused.sentence}")
                continue
            if size_bytes != row.size_bytes:
                missing += 1
                say(f"sha256:{row.sha256}: expected {row.size_bytes} bytes, found {size_bytes or 'none'}")
        if len(page) < _PAGE:
            return missing
        after = page[-1].sha256


def _bar() -> Progress:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    return Progress(*columns, console=Console(stderr=True), transient=True)
