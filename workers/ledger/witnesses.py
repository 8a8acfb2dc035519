"""Shows the newest checkpoint to the witnesses, and hears from them whether it goes on from what they saw."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import Engine

from storage.archive import Archive
from storage.db import log, outside
from storage.db.log_tables import SignedCheckpoint
from storage.db.session import transaction
from storage.domain.permissions import SYSTEM
from storage.errors import Altered, LedgerHalted, NotFound, Unavailable
from storage.integrity.merkle import consistency_proof
from storage.log.shelf import CHECKPOINT, LogShelf
from workers.ledger.places import WitnessPlace
from workers.ledger.witness import Request, read_size
from workers.outgoing.asking import Answer, Question, WayOut, ask

_LOG = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Witnesses:
    """The witnesses of one log, asked one after the other."""

    engine: Engine
    shelf: LogShelf
    way_out: WayOut
    places: Sequence[WitnessPlace]

    def turn(self) -> dict[str, str | None]:
        """Show every witness what it has not cosigned yet; by name, why one did not, or None.

        Raises: LedgerHalted when a witness knows a tree that ours does not go on from.
        """
        told: dict[str, str | None] = {}
        for place in self.places:
            with transaction(self.engine) as session:
                newest = log.newest_checkpoint(session)
                last = outside.last_witnessed(session, place.key.name)
            if newest is None or newest.size == last:
                told[place.key.name] = None
                continue
            try:
                self.show(place, newest, last)
                told[place.key.name] = None
            except (Unavailable, Altered, NotFound) as error:
                told[place.key.name] = str(error)
        return told

    def check(self) -> None:
        """Ask, before anything is added, whether a witness knows a larger tree than ours or another one.

        A witness that does not answer says nothing; the vault's own checkpoint was asked already.
        Raises: LedgerHalted.
        """
        with transaction(self.engine) as session:
            newest = log.newest_checkpoint(session)
        for place in self.places if newest else ():
            try:
                if newest is not None:
                    self.show(place, newest, newest.size)
            except (Unavailable, Altered, NotFound) as error:
                _LOG.warning("a witness could not be asked", witness=place.key.name, error=str(error)[:200])

    def show(self, place: WitnessPlace, newest: SignedCheckpoint, old: int) -> None:
        """Get one witness's cosignature, from whatever size it knows, and keep it.

        Raises: LedgerHalted; Unavailable or Altered where it does not give one.
        """
        answer = self._ask(place, newest, old)
        if answer.status == 409:
            known = read_size(answer.body)
            _refuse_other_history(place, newest, known, asked=old)
            answer = self._ask(place, newest, known)
            if answer.status == 409:
                known = read_size(answer.body)
                _refuse_other_history(place, newest, known, asked=known)
        if answer.status == 422:
            raise LedgerHalted(
                f"the witness {place.key.name} has cosigned a tree that ours does not go on from: one history was "
                "rewritten; nothing is added until somebody has compared the two"
            )
        if answer.status != 200:
            raise Unavailable(
                f"{place.key.name} answers {answer.status}: {answer.body[:100].decode('utf-8', 'replace')}"
            )
        with transaction(self.engine) as session:
            at = Archive(session, SYSTEM).keep_cosignature(newest.size, answer.body.decode(), place.key)
            self.shelf.keep_outside(newest.size, CHECKPOINT, outside.with_cosignatures(session, newest))
        _LOG.debug("a witness has cosigned", witness=place.key.name, size=newest.size, at=at.isoformat())

    def _ask(self, place: WitnessPlace, newest: SignedCheckpoint, old: int) -> Answer:
        proof = consistency_proof(self.shelf.node, old, newest.size) if old else []
        body = Request(old, proof, newest.note).text().encode()
        return ask(self.way_out, Question(f"{place.url}/add-checkpoint", body, {"Content-Type": "text/plain"}))


def _refuse_other_history(place: WitnessPlace, newest: SignedCheckpoint, known: int, *, asked: int) -> None:
    if known > newest.size:
        raise LedgerHalted(
            f"the witness {place.key.name} has cosigned {known} leaves, and only {newest.size} are here: the database "
            "is older than what was signed; restore a newer copy, or rebuild it from the vault. docs/operate.md says "
            "what to do where the newer events are lost for good"
        )
    if known == newest.size == asked:
        raise LedgerHalted(
            f"the witness {place.key.name} has cosigned another tree of {known} leaves than ours: one history was "
            "rewritten; nothing is added until somebody has compared the two"
        )
