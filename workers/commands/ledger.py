"""What an operator does to the ledger by hand: give it another key."""

from storage.archive import Archive
from storage.blobs import keyring
from storage.db import checkpoints
from storage.db.session import open_engine, transaction
from storage.domain.permissions import OPERATOR
from storage.errors import Conflict
from storage.settings import Settings
from workers.ledger.places import key_place
from workers.ledger.sequencer import own_key, path_of
from workers.stack.parts import connected


def change_key(settings: Settings) -> str:
    """Make another key and let it sign from the newest checkpoint on; its public half.

    The new file is there before the database names it, so that no keeper looks for what is not there yet. Interrupted
    in between, the same file serves the next time.
    Raises: Conflict before the first checkpoint, LedgerHalted without the old key.
    """
    place = key_place(settings)
    engine = open_engine(connected(settings).database_url.get_secret_value(), pool_size=1)
    try:
        old = own_key(engine, place)
        with transaction(engine) as session:
            row = checkpoints.newest_key(session)
        if row is None:
            raise Conflict("the ledger has no key yet; start the archive first")
        path = path_of(place, row.number + 1)
        if keyring.load(path, place.passphrase) is None:
            keyring.save(path, keyring.new(old.name), place.passphrase)
        new = keyring.load(path, place.passphrase)
        if new is None:
            raise Conflict(f"the new key could not be kept in {path}")
        with transaction(engine) as session:
            Archive(session, OPERATOR).change_key(old, new)
        return str(new.key())
    finally:
        engine.dispose()
