"""The whole vault looked through: every file, every line of the ledger, every checkpoint."""

import json
import sys
from collections.abc import Iterator

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn
from sqlalchemy import Engine

from storage.agreement import check_rows
from storage.blobs.places import FIRST
from storage.db import holdings, log
from storage.db.session import transaction
from storage.fixity import check_chains, check_enciphered, check_erased, check_files
from storage.log.inspection import MOST_TOLD, Flaw, inspect
from storage.log.shelf import LogShelf
from storage.settings import Settings
from workers.commands.people import engine_of
from workers.stores import every_store


def audit(settings: Settings, *, as_json: bool) -> int:
    """Look through a vault and tell what is wrong: 0 where nothing is, else 1."""
    with engine_of(settings) as engine:
        flaws: list[Flaw] = []
        for flaw in _flaws(settings, engine):
            flaws.append(flaw)
            if len(flaws) >= MOST_TOLD:
                break
        with transaction(engine) as session:
            head = log.head(session)
            looked_at = {"bytes": holdings.total_bytes(session), "events": head.size if head else 0}
    told = [{"subject": flaw.subject, "sentence": flaw.sentence} for flaw in flaws]
    if as_json:
        whole = {"sound": not flaws, "looked_at": looked_at, "cut_off": len(flaws) >= MOST_TOLD, "flaws": told}
        sys.stdout.write(json.dumps(whole, ensure_ascii=False, indent=1) + "\n")
    else:
        for flaw in flaws:
            sys.stdout.write(f"{flaw.subject}: {flaw.sentence}\n")
        end = f"{len(flaws)} things are not as they were written." if flaws else "Everything is as it was written."
        sys.stdout.write(f"{looked_at['bytes']:,} bytes and {looked_at['events']:,} events looked at. {end}\n")
    return 1 if flaws else 0


def _flaws(settings: Settings, engine: Engine) -> Iterator[Flaw]:
    with transaction(engine) as session:
        whole = holdings.total_bytes(session)
    columns = TextColumn("Reading every file"), BarColumn(), DownloadColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        stores = every_store(settings, engine)
        task = bar.add_task("", total=whole * len(stores))
        for name, store in stores.items():
            yield from check_files(engine, store, name, lambda count: bar.advance(task, count))
        # On the others it is the same ciphertext, by its digest.
        yield from check_enciphered(engine, stores[FIRST], settings.item_keys, lambda count: bar.advance(task, count))
    yield from check_erased(engine, stores)
    yield from check_chains(engine)
    yield from check_rows(engine)
    yield from inspect(engine, LogShelf(settings.ledger))
