"""What an operator does to the ledger by hand: give it another key, and tell the keys it has."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from storage.archive import Archive
from storage.db import installation, log
from storage.db.session import transaction
from storage.domain.permissions import OPERATOR
from storage.errors import LedgerHalted, NotFound
from storage.log.inspection import trusted_keys
from storage.log.keys import log_signer, next_key, set_aside, signer_of
from storage.log.opening import open_signer
from storage.log.shelf import LogShelf
from storage.log.succeeding import lay, successions
from storage.package.bagging import key_lines
from storage.settings import Settings
from workers.commands.people import engine_of


def change_key(settings: Settings, *, say: Callable[[str], None]) -> str:
    """Make another key and let it sign from the newest checkpoint on; its public half.

    1. Open the present key; without it, or while a witness objects to the log, nothing is changed. 2. Make the next
    one, or take the one that an interrupted change has made. 3. Let both sign the succession, and write it down with
    its event. 4. Lay it into the vault. 5. Move the files: the old key aside, the new one into its place. The keeper
    makes up for 4 and 5 after a kill.
    Raises: NotFound, Conflict, Altered, LedgerHalted.
    """
    shelf = LogShelf(settings.ledger)
    path, passphrase = settings.ledger_key, settings.ledger_passphrase.get_secret_value().encode() or None
    with engine_of(settings) as engine:
        old = open_signer(engine, path, settings.ledger_name, settings.ledger_passphrase)
        with transaction(engine) as session:
            _refuse_halted(session)
        new = log_signer(next_key(path), old.name, passphrase)
        with transaction(engine) as session:
            shelf.refuse_older(old.name, log.head_locked(session, old.name).size)
            size = Archive(session, OPERATOR).change_ledger_key(old, new).last.size
        with transaction(engine) as session:
            log.head_locked(session, old.name)
            lay(session, shelf)
        signer_of(path, new.public, passphrase)
    say(f"From size {size + 1:,} on the ledger is signed with the new key. Tell it to everybody who has the old one.")
    say(
        f"The old key lies in {set_aside(path, old.public)} and signs nothing any more. Delete it, or keep it locked "
        "away from this machine as long as you have backups from before, which need it: whoever has it could forge a "
        f"history of up to {size:,} events, or name another successor to people who know the old key only."
    )
    return str(new.public)


def _refuse_halted(session: Session) -> None:
    """A succession signs the newest checkpoint, so a log that a witness objects to gets none. Raises: LedgerHalted."""
    known = installation.examination(session, installation.OUTSIDE)
    if known is not None and known.body.get("halted"):
        raise LedgerHalted(
            f"the ledger keeps its key, because nothing is added to it: {known.body['halted']}. Find out first which "
            "history is true; once the running keeper has heard the witness agree, change the key"
        )


def tell_keys(settings: Settings) -> str:
    """The keys with their sizes and successions, as `svidok verify --key` reads them. Raises: NotFound."""
    with engine_of(settings) as engine, transaction(engine) as session:
        keys, notes = trusted_keys(session), successions(session)
    if not keys:
        raise NotFound("the ledger has no key yet: nothing has been signed")
    return key_lines(keys) + "".join(note.decode() for note in notes)
