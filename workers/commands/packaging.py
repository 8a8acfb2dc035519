"""Evidence packages at the command line, written by the vault's operator."""

import shutil
from pathlib import Path

from storage.archive import Archive
from storage.db.session import transaction
from storage.domain.permissions import OPERATOR
from storage.errors import DiskFull
from storage.log.opening import open_signer
from storage.log.placing import wait_until_placed
from storage.log.sequencer import Sequencer
from storage.log.shelf import LogShelf
from storage.package.building import Workshop, gather, whole_bytes, write
from storage.package.contents import contents_of
from storage.package.sink import open_sink
from storage.settings import Settings
from workers.commands.checking import bar
from workers.commands.people import engine_of
from workers.stores import reader

# What a package needs beside its files, and what the disk keeps free.
_BESIDE_BYTES = 64 << 20


def export(settings: Settings, item: str, target: Path) -> str:
    """Write the package of an item; the key that signed it. The export is an event, and that event is in it.

    Raises: NotFound, Conflict where something lies at `target`, DiskFull, Altered.
    """
    with engine_of(settings) as engine:
        signer = open_signer(engine, settings.ledger_key, settings.ledger_name, settings.ledger_passphrase)
        workshop = Workshop(reader(settings, engine), LogShelf(settings.ledger), signer)
        with transaction(engine) as session:
            _refuse_without_room(target, whole_bytes(contents_of(session, OPERATOR, item)))
            event = Archive(session, OPERATOR).record_export(item)
        # Where witnesses must be asked first, only the keeper adds to the log.
        if not settings.ledger_witnesses:
            while Sequencer(workshop.shelf, signer).advance(engine):
                pass
        wait_until_placed(engine, event.id)
        with transaction(engine) as session:
            gathered = gather(session, workshop, OPERATOR, item)
        with open_sink(target) as sink, bar("Writing the package") as shown:
            task = shown.add_task("", total=whole_bytes(gathered.contents))
            for count in write(workshop, gathered, sink):
                shown.advance(task, count)
    return str(signer.public)


def _refuse_without_room(target: Path, wanted_bytes: int) -> None:
    folder = next(parent for parent in target.absolute().parents if parent.exists())
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < wanted_bytes + _BESIDE_BYTES:
        raise DiskFull(
            f"the package needs {wanted_bytes + _BESIDE_BYTES:,} bytes, and {folder} has room for {free_bytes:,}"
        )
