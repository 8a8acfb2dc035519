"""Another key for the log: written down in the database, laid into the vault, and read from either."""

from sqlalchemy.orm import Session

from storage.db import log
from storage.errors import Conflict
from storage.integrity.checkpoint import LogKey, open_checkpoint
from storage.integrity.note import NoteKey, Signer
from storage.integrity.succession import Succession
from storage.log.shelf import LogShelf


def succeed(session: Session, old: Signer, new: Signer) -> Succession:
    """Let `new` sign from the newest checkpoint on; both sign that it is so.

    Raises: Conflict while the present key has signed nothing, for another `old` than the present key, and for a `new`
    that the log had before; Altered where the newest checkpoint is not the old key's.
    """
    log.head_locked(session, old.name)
    rows, newest = log.keys(session), log.newest_checkpoint(session)
    if newest is None or not rows or newest.size < rows[-1].first_size:
        raise Conflict(
            "the ledger's present key has signed nothing yet, so there is nothing to hand over; "
            "start the archive, and try again when the keeper has signed"
        )
    if rows[-1].key != str(old.public):
        raise Conflict(f"the ledger is signed with {rows[-1].key}, and only that key can name its successor")
    if str(new.public) in {row.key for row in rows}:
        raise Conflict(f"the ledger had the key {new.public} before; a key that was succeeded does not come back")
    last = open_checkpoint(newest.note.encode(), [LogKey(old.public)]).checkpoint
    succession = Succession(old.public, new.public, last)
    log.add_key(session, str(new.public), last.size + 1, succession.signed(old, new).decode())
    return succession


def present_key(session: Session) -> NoteKey | None:
    """The key that signs now, or None before the first signature."""
    rows = log.keys(session)
    return NoteKey.parse(rows[-1].key) if rows else None


def successions(session: Session) -> list[bytes]:
    """The signed successions that lead to the present key, the oldest first."""
    told: list[bytes] = []
    for row in log.keys(session):
        # A key that was put there by hand, before there were successions, begins anew.
        told = [*told, row.succession.encode()] if row.succession is not None else []
    return told


def lay(session: Session, shelf: LogShelf) -> None:
    """Lay into the vault what it has not of the successions; the head of the log is locked.

    The checkpoint at which the newest begins comes first, so that the vault alone tells a whole history.
    Raises: Altered where the vault has other successions.
    """
    notes, newest = successions(session), log.newest_checkpoint(session)
    if newest is not None and len(shelf.successions()) < len(notes):
        shelf.keep_checkpoint(newest.note.encode())
    for ordinal, note in enumerate(notes, 1):
        shelf.keep_succession(ordinal, note)
