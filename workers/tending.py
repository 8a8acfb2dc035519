"""Looks after the stores: brings copies where they are owed, reads everything again, mends what is bad."""

import contextlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from storage.archive import Archive
from storage.blobs.base import Immutability, TendedStore
from storage.blobs.fixity import Pace, read_again
from storage.blobs.local import LocalBlobs
from storage.blobs.places import FIRST
from storage.db import copies, enciphered
from storage.db.session import transaction
from storage.db.tables import File
from storage.deeds.copies import MOST_IN_AN_EVENT, Mended
from storage.domain import clock
from storage.domain.copies import BAD, CopyState
from storage.domain.permissions import SYSTEM
from storage.errors import Altered, ArchiveError, NotFound, Unavailable, WrongStore
from storage.integrity.digest import Digest

_LOG = structlog.get_logger()
# What is due is read before its time is up, so that a pause does not make it late.
_EARLY = 0.8
_BAD_AGAIN = timedelta(hours=1)
# A batch ends after so much reading, so that its event is not long in coming.
_BATCH_BYTES = 1 << 30
UNUSED_S = 7 * 86_400.0
_LOCK = 7_315_004


@dataclass(frozen=True, slots=True)
class Tender:
    """Whoever looks after the stores of one archive; of several, one at a time does (`alone`)."""

    engine: Engine
    stores: Mapping[str, TendedStore]
    pace: Pace
    every: timedelta
    version: str | None = None

    @contextlib.contextmanager
    def alone(self) -> Iterator[bool]:
        """Whether nobody else is at it; while the block lasts, nobody else is."""
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            is_ours = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": _LOCK}))
            try:
                yield is_ours
            finally:
                if is_ours:
                    connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})

    def admit(self) -> tuple[dict[str, TendedStore], dict[str, str]]:
        """The stores that are there and are ours, each marked when it is first seen; and why the others are not.

        One that should hold files and bears no mark is not the store we know: its disk is not mounted, or it is new.
        Nothing is written there until somebody says so (`svidok store renew`).
        """
        admitted, away = {}, {}
        for name, store in self.stores.items():
            try:
                with transaction(self.engine) as session:
                    ours, knows_files = copies.archive_name(session), copies.any_kept(session, name)
                if knows_files and store.mark() is None:
                    raise WrongStore(
                        f"the {name} store bears no mark and should hold files: mount its disk, or, "
                        f"where a new one takes its place, run `svidok store renew {name}`"
                    )
                store.set_mark(ours)
                admitted[name] = store
            except (ArchiveError, OSError) as error:
                away[name] = error.sentence if isinstance(error, ArchiveError) else type(error).__name__
                _LOG.warning("a store is left alone", store=name, error=away[name])
        return admitted, away

    def note_new(self, stores: Mapping[str, TendedStore]) -> None:
        """Begin to look after files that are new: in the first store they are, to the others they are owed.

        That the first one holds anything is only said of a store that was admitted.
        """
        with transaction(self.engine) as session:
            for name in self.stores:
                if name != FIRST or name in stores:
                    enciphered.note_replaced(session, name)
                if name != FIRST:
                    copies.note_new(session, name, CopyState.OWED)
                elif name in stores:
                    copies.note_new(session, name, CopyState.WHOLE)

    def bring(self, name: str, stores: Mapping[str, TendedStore]) -> int:
        """Bring files that are owed to a store there, from whichever other keeps them whole; how many.

        What is whole nowhere stays owed. Raises: Unavailable when a store is away.
        """
        brought: list[Digest] = []
        size_bytes, after = 0, ""
        while len(brought) < MOST_IN_AN_EVENT and size_bytes < _BATCH_BYTES:
            with transaction(self.engine) as session:
                owed = copies.owed(session, name, after, 50)
            for file in owed:
                digest, after = Digest.parse(file.sha256), file.sha256
                try:
                    self._copy(digest, name, stores)
                except (Altered, NotFound) as error:
                    _LOG.warning("a file could not be copied", store=name, file=str(digest), error=error.sentence)
                else:
                    brought.append(digest)
                    size_bytes += file.size_bytes
            if len(owed) < 50:
                break
        if brought:
            with transaction(self.engine) as session:
                self._archive(session).note_copied(name, brought, size_bytes)
        return len(brought)

    def check(self, name: str, stores: Mapping[str, TendedStore]) -> int:
        """Read on a store what was read there longest ago and is due; mend what is bad. How many were read.

        Raises: Unavailable when the store is away.
        """
        now = clock.now()
        with transaction(self.engine) as session:
            due = copies.due(
                session, name, before=now - self.every * _EARLY, bad_before=now - _BAD_AGAIN, limit=MOST_IN_AN_EVENT
            )
        found, size_bytes = self._read(stores[name], due)
        if not found:
            return 0
        bad = [digest for digest, state in found.items() if state in BAD]
        with transaction(self.engine) as session:
            known = {digest for digest in bad if copies.state_on(session, name, digest.hex) in BAD}
            self._archive(session).note_checked(name, found, size_bytes)
        for digest in bad:
            _LOG.error("a kept file is bad", store=name, file=str(digest), state=found[digest].value)
            if not self._mend(digest, name, stores) and digest not in known:
                self._note_if_damaged(digest)
        return len(found)

    def set_unused_aside(self, name: str, older_than_s: float = UNUSED_S) -> int:
        """Move bytes aside that lie in a folder, that nobody put for so long, and that no row names; how many.

        A writer that was killed before its commit leaves such bytes. In a bucket they stay: nothing there tells
        whether somebody has just put the same bytes again.
        """
        store = self.stores[name]
        if not isinstance(store, LocalBlobs):
            return 0
        aside: dict[Digest, str] = {}
        for digest in self._unnamed(store, older_than_s):
            if len(aside) < MOST_IN_AN_EVENT and (place := store.set_aside_unused(digest, older_than_s)):
                aside[digest] = place
        if aside:
            with transaction(self.engine) as session:
                self._archive(session).note_unused(name, aside)
        return len(aside)

    def try_immutability(self, stores: Mapping[str, TendedStore]) -> dict[str, Immutability]:
        """Put a canary into each store, and keep what became of it. Raises: Unavailable when a store is away."""
        found = {name: store.try_immutability() for name, store in stores.items()}
        with transaction(self.engine) as session:
            self._archive(session).note_immutability(found)
        return found

    def _read(self, store: TendedStore, due: Sequence[File]) -> tuple[dict[Digest, CopyState], int]:
        found: dict[Digest, CopyState] = {}
        size_bytes = 0
        for file in due:
            if size_bytes >= _BATCH_BYTES:
                break
            digest = Digest.parse(file.sha256)
            reading = read_again(store, digest, self.pace)
            found[digest] = reading.state
            size_bytes += reading.size_bytes
        return found, size_bytes

    def _mend(self, digest: Digest, name: str, stores: Mapping[str, TendedStore]) -> bool:
        """Replace a bad copy by a good one, if there is one; whether there was. What was bad is kept beside."""
        source = self._whole_elsewhere(digest, name, stores)
        if source is None:
            return False
        aside = stores[name].set_aside(digest)
        with stores[source].open(digest) as stream:
            stores[name].put(stream)
        if read_again(stores[name], digest, self.pace).state is not CopyState.WHOLE:
            raise Altered(f"the good bytes of {digest} did not arrive whole on the {name} store")
        with transaction(self.engine) as session:
            self._archive(session).note_mended(Mended(digest, name, source, aside))
        return True

    def _note_if_damaged(self, digest: Digest) -> None:
        """Tell the items that hold a file of which no store is believed to keep a whole copy."""
        with transaction(self.engine) as session:
            if digest.hex in copies.lost(session, [digest.hex]):
                self._archive(session).note_damaged(digest)

    def _copy(self, digest: Digest, name: str, stores: Mapping[str, TendedStore]) -> None:
        """Raises: Altered, NotFound when the copy we believed whole is not; it is looked at first from then on."""
        with transaction(self.engine) as session:
            states = copies.states_of(session, digest.hex)
        source = next((other for other in stores if other != name and states.get(other) is CopyState.WHOLE), None)
        if source is None:
            raise Unavailable(f"the store that keeps {digest} is away")
        try:
            with stores[source].open(digest) as stream:
                kept = stores[name].put(stream)
            if kept.digest != digest:
                # What arrived lies under its own digest, which no row names.
                raise Altered(f"the bytes kept as {digest} on the {source} store have the digest {kept.digest}")
        except (Altered, NotFound):
            with transaction(self.engine) as session:
                copies.ask_to_check(session, digest.hex)
            raise

    def _whole_elsewhere(self, digest: Digest, name: str, stores: Mapping[str, TendedStore]) -> str | None:
        """A store other than this one that was just seen to keep the file whole, or None."""
        for other, store in stores.items():
            with contextlib.suppress(Unavailable):
                if other != name and read_again(store, digest, self.pace).state is CopyState.WHOLE:
                    return other
        return None

    def _unnamed(self, store: LocalBlobs, older_than_s: float) -> Iterator[Digest]:
        old = store.unused(older_than_s)
        while batch := list(itertools.islice(old, 500)):
            with transaction(self.engine) as session:
                unnamed = copies.unnamed(session, [one.hex for one in batch])
            yield from (one for one in batch if one.hex in unnamed)

    def _archive(self, session: Session) -> Archive:
        return Archive(session, SYSTEM, self.version)
