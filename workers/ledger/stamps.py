"""Lets others say when the newest checkpoint was there: time stamp authorities, and calendars of a public chain."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import urlsplit

import structlog
from sqlalchemy import Engine

from storage.archive import Archive
from storage.db import log, outside
from storage.db.log_tables import SignedCheckpoint
from storage.db.session import transaction
from storage.domain import clock
from storage.domain.permissions import SYSTEM
from storage.domain.vocab import EventType, StampKind
from storage.errors import NotFound, Unavailable
from storage.integrity import ots, timestamp
from storage.integrity.digest import Digest
from storage.integrity.note import Note
from storage.integrity.outside import OTS, TSR
from storage.integrity.timestamp import BadStamp
from storage.log.shelf import CHECKPOINT, LogShelf
from workers.ledger.places import OPENTIMESTAMPS, Places
from workers.outgoing.asking import Question, ask

_LOG = structlog.get_logger()
# What only says that something was stamped needs no stamp of its own: an idle ledger comes to rest.
OWN_EVENTS = (EventType.TIME_STAMP.value,)
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 15.0, 3600.0
# Calendars carry what they were given into a block some hours later.
_UPGRADE_EVERY_S = 1800.0
_CALENDAR_ACCEPTS = {"Accept": "application/vnd.opentimestamps.v1"}


@dataclass(slots=True)
class _Patience:
    """When somebody who did not answer is asked again: later and later, at most an hour."""

    not_before: float = 0.0
    pause_s: float = _FIRST_PAUSE_S

    def lost(self, now: float) -> None:
        self.not_before = now + self.pause_s
        self.pause_s = min(2 * self.pause_s, _LONGEST_PAUSE_S)


@dataclass(slots=True)
class Stamps:
    """What is asked of authorities and calendars. What could not be had stays owed: the next stamp covers it too."""

    engine: Engine
    shelf: LogShelf
    places: Places
    _patience: dict[str, _Patience] = field(default_factory=dict)
    _upgraded_at: float = float("-inf")

    def turn(self) -> Mapping[str, str | None]:
        """Ask whoever is due; by name, why one gave no stamp the last time it was asked, or None."""
        told: dict[str, str | None] = {}
        for url in self.places.authorities:
            self._try(url, partial(self._stamp, url), told)
        if self.places.calendars:
            self._try(OPENTIMESTAMPS, self._begin_proof, told)
            if time.monotonic() - self._upgraded_at >= _UPGRADE_EVERY_S:
                self._upgraded_at = time.monotonic()
                self.upgrade()
        return told

    def upgrade(self) -> int:
        """Ask the calendars what has become of their promises; how many proofs have grown to a block.

        Only calendars that the settings name are asked: what address stands in a proof is somebody else's word.
        """
        grown = 0
        with transaction(self.engine) as session:
            promised = outside.promised(session, StampKind.OPENTIMESTAMPS.value)
        for row in promised:
            try:
                proof = self.shelf.outside(row.size, f"{row.sha256}{OTS}")
            except NotFound as lost:  # `svidok audit` tells it; the others grow all the same
                _LOG.error("a time stamp is not in the vault", error=lost.sentence)
                continue
            for one in ots.waiting(proof):
                if one.calendar.rstrip("/") in self.places.calendars:
                    proof = self._grown(proof, one)
            if ots.heights(proof):
                self._keep(row.size, StampKind.OPENTIMESTAMPS, OPENTIMESTAMPS, proof, complete=True)
                grown += 1
        return grown

    def _try(self, name: str, deed: Callable[[SignedCheckpoint], None], told: dict[str, str | None]) -> None:
        patience = self._patience.setdefault(name, _Patience())
        newest = self._due(name)
        if newest is None:
            told[name] = None
            return
        if time.monotonic() < patience.not_before:
            return
        try:
            deed(newest)
            told[name] = None
            self._patience[name] = _Patience()
        except (Unavailable, BadStamp) as error:
            patience.lost(time.monotonic())
            told[name] = str(error)
            _LOG.warning("no time stamp", authority=name, error=str(error)[:200])

    def _due(self, name: str) -> SignedCheckpoint | None:
        """The newest checkpoint, where this authority has not stamped it, enough time has gone, and more than stamps
        has come in since its last.
        """
        with transaction(self.engine) as session:
            newest, last = log.newest_checkpoint(session), outside.last_stamped(session, name)
            size = last.size if last else 0
            if newest is None or newest.size == size or not outside.grown_by_others(session, size, OWN_EVENTS):
                return None
        if last and (clock.now() - last.made_at).total_seconds() < self.places.stamp_every_s:
            return None
        return newest

    def _stamp(self, url: str, newest: SignedCheckpoint) -> None:
        content = _content(newest)
        asked = timestamp.question(content)
        answer = ask(self.places.way_out, Question(url, asked.der, {"Content-Type": "application/timestamp-query"}))
        if answer.status != 200:
            raise Unavailable(f"{urlsplit(url).hostname} answers {answer.status}")
        stamp = timestamp.verify_stamp(answer.body, content, self.places.roots, nonce=asked.nonce)
        self._keep(newest.size, StampKind.RFC3161, url, answer.body, stamp=stamp)

    def _begin_proof(self, newest: SignedCheckpoint) -> None:
        begun = ots.Begun.of(_content(newest))
        answers, refused = [], []
        for calendar in self.places.calendars:
            try:
                answer = ask(self.places.way_out, Question(f"{calendar}/digest", begun.commitment, _CALENDAR_ACCEPTS))
                if answer.status != 200:
                    raise Unavailable(f"{urlsplit(calendar).hostname} answers {answer.status}")
                ots.proof_of(begun, [answer.body])
                answers.append(answer.body)
            except (Unavailable, BadStamp) as error:
                refused.append(str(error))
        if not answers:
            raise Unavailable("; ".join(refused)[:300])
        self._keep(newest.size, StampKind.OPENTIMESTAMPS, OPENTIMESTAMPS, ots.proof_of(begun, answers))

    def _grown(self, proof: bytes, one: ots.Waiting) -> bytes:
        url = f"{one.calendar.rstrip('/')}/timestamp/{one.commitment.hex()}"
        try:
            answer = ask(self.places.way_out, Question(url, headers=_CALENDAR_ACCEPTS))
            return ots.upgraded(proof, one.commitment, answer.body) if answer.status == 200 else proof
        except (Unavailable, BadStamp) as error:
            _LOG.info("a calendar has not told yet", calendar=one.calendar, error=str(error)[:200])
            return proof

    def _keep(
        self,
        size: int,
        kind: StampKind,
        authority: str,
        token: bytes,
        *,
        stamp: timestamp.Stamp | None = None,
        complete: bool = False,
    ) -> None:
        """The file first: a row whose file is missing would say more than the vault can show."""
        ending = OTS if kind is StampKind.OPENTIMESTAMPS else TSR
        digest = Digest.of(token)
        at = stamp.at if stamp else clock.now() if complete else None
        self.shelf.keep_outside(size, f"{digest.hex}{ending}", token)
        with transaction(self.engine) as session:
            signed = outside.checkpoint_at(session, size)
            if signed is not None:
                self.shelf.keep_outside(size, CHECKPOINT, outside.with_cosignatures(session, signed))
            Archive(session, SYSTEM).keep_stamp(size, kind, authority, digest, stamped_at=at)


def _content(row: SignedCheckpoint) -> bytes:
    """What is stamped of a checkpoint: the text that the log has signed, without the signatures."""
    return Note.parse(row.note.encode()).text.encode()
