"""Grows the ledger's tree, signs it and writes it out, many times a second, for as long as the keeper lives."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from storage.archive import Archive
from storage.blobs import keyring
from storage.blobs.ledger import LedgerFiles
from storage.db import checkpoints, leaves
from storage.db.session import transaction
from storage.deeds.sequencing import MOST_AT_ONCE
from storage.domain.ids import EventId, new_id
from storage.domain.permissions import SYSTEM
from storage.errors import Altered, ArchiveError, Conflict, LedgerHalted
from storage.integrity.checkpoint import Checkpoint
from storage.integrity.note import Signer, VerifierKey
from workers.ledger.writing import write_out, written_out

_LOG = structlog.get_logger()
_PAUSE_S = 0.1
# Another sequencer may have placed events and died before it could sign them.
_LOOK_AT_ALL_EVERY_S = 1.0
_PAUSE_AFTER_TROUBLE_S = 5.0


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where the ledger's private key lies, what opens it, and what the log is called if it has no name yet."""

    path: Path
    passphrase: str = ""
    origin: str = ""


class Sequencer:
    """One of those who grow the tree; others may do so beside it, on this machine or another."""

    def __init__(self, engine: Engine, files: LedgerFiles, key: KeyPlace) -> None:
        self._engine = engine
        self._files = files
        self._key = key
        self._signer: Signer | None = None

    def begin(self, *, known: Sequence[Checkpoint] = ()) -> None:
        """Have a key, and make sure that the tree may grow: nothing `known` outside or in the vault is newer.

        Raises: LedgerHalted, InvalidValue for a key that cannot be used.
        """
        self._signer = own_key(self._engine, self._key)
        here = written_out(self._files)
        with transaction(self._engine) as session:
            if Archive(session, SYSTEM).resume(known=[*known, *([here] if here else [])]):
                _LOG.warning("the database lies in another cluster than before: a new epoch of the ledger begins")
        self._write_keys()

    def turn(self) -> int:
        """Place what waits, sign, write out; how many events got their places. Raises: LedgerHalted, Altered."""
        placed = more = self._sequence()
        while more == MOST_AT_ONCE:  # else whatever comes in meanwhile would put the signature off for ever
            more = self._sequence()
            placed += more
        self._sign()
        write_out(self._engine, self._files)
        return placed

    def has_work(self) -> bool:
        """Whether events wait that could get their places now."""
        with transaction(self._engine) as session:
            return bool(leaves.settled(session, leaves.head(session), limit=1))

    def _sequence(self) -> int:
        """Looks without a lock first: a row that is locked many times a second for nothing is written as often."""
        if not self.has_work():
            return 0
        with transaction(self._engine) as session:
            return Archive(session, SYSTEM).sequence()

    def _sign(self) -> None:
        with transaction(self._engine) as session:
            newest = checkpoints.newest(session)
            if leaves.head(session).size == (newest.size if newest else 0):
                return
        signer = self._current_key()
        with transaction(self._engine) as session:
            Archive(session, SYSTEM).sign_checkpoint(signer)

    def _current_key(self) -> Signer:
        """The key that signs now; read again when another one has followed it."""
        with transaction(self._engine) as session:
            row = checkpoints.newest_key(session)
        if self._signer is None or row is None or str(self._signer.key()) != row.vkey:
            self._signer = own_key(self._engine, self._key)
            self._write_keys()
        return self._signer

    def _write_keys(self) -> None:
        with transaction(self._engine) as session:
            told = [(row.number, row.succession or f"{row.vkey}\n") for row in checkpoints.keys(session)]
        for number, text in told:
            self._files.put_succession(number, text.encode())


def own_key(engine: Engine, place: KeyPlace) -> Signer:
    """The private key that signs now, made where the log has none yet.

    Raises: LedgerHalted when the file of the key that signs is missing or another one, InvalidValue for a bad file.
    """
    with transaction(engine) as session:
        row = checkpoints.newest_key(session)
    if row is None:
        return _first_key(engine, place)
    path = path_of(place, row.number)
    signer = keyring.load(path, place.passphrase)
    if signer is None or str(signer.key()) != row.vkey:
        wanted = VerifierKey.parse(row.vkey)
        raise LedgerHalted(
            f"the ledger's private key {wanted.id.hex()} is not in {path}: put it back from where it is kept; "
            "without it nothing more can be signed under the name of this log"
        )
    return signer


def path_of(place: KeyPlace, number: int) -> Path:
    """The file of key `number`; the first has the name that was chosen."""
    return place.path if number == 1 else place.path.with_name(f"{place.path.name}.{number}")


def _first_key(engine: Engine, place: KeyPlace) -> Signer:
    name = place.origin or f"svidok.internal/{new_id(EventId).removeprefix('evt_')}"
    if keyring.load(place.path, place.passphrase) is None:
        try:
            keyring.save(place.path, keyring.new(name), place.passphrase)
        except Altered:
            _LOG.info("another keeper has made the ledger's key")
    signer = keyring.load(place.path, place.passphrase)
    if signer is None:
        raise LedgerHalted(f"the ledger's private key could not be kept in {place.path}")
    try:
        with transaction(engine) as session:
            Archive(session, SYSTEM).begin_key(signer)
    except Conflict:
        return own_key(engine, place)
    return signer


def run(
    sequencer: Sequencer,
    stop: threading.Event,
    *,
    known: Callable[[], Sequence[Checkpoint]] = tuple,
    alarm: Callable[[str | None], None] = lambda _: None,
    halted: threading.Event | None = None,
) -> None:
    """Take turns until told to stop. What halts the ledger is told to `alarm`, and tried again from its beginning.

    `known` says, before the first turn and after every trouble, what is known of this log outside; `halted` is set by
    whoever hears of another history meanwhile.
    """
    begun, looked_at = False, float("-inf")
    while not stop.is_set():
        try:
            if not begun or (halted is not None and halted.is_set()):
                sequencer.begin(known=known())
                begun = True
                alarm(None)
            if time.monotonic() - looked_at >= _LOOK_AT_ALL_EVERY_S or sequencer.has_work():
                sequencer.turn()
                looked_at = time.monotonic()
            stop.wait(_PAUSE_S)
        except (ArchiveError, SQLAlchemyError, OSError, ValueError) as error:
            begun = False
            told = error.sentence if isinstance(error, ArchiveError) else f"{type(error).__name__}: {error}"[:300]
            (_LOG.error if isinstance(error, LedgerHalted) else _LOG.warning)("the ledger does not grow", error=told)
            alarm(told)
            stop.wait(_PAUSE_AFTER_TROUBLE_S)
