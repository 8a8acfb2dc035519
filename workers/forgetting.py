"""Clears from this machine plain bytes that it need not have any more: of what was erased or sealed, and of dead work.

What lies here is held against what the database says of it. So nothing is missed for good: not by a machine that was
off, not after a kill in the middle, not where a job fetched a file while it was being erased or sealed.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from storage.blobs.fetched import FetchedFiles
from storage.db import enciphered, jobs, picture_searches
from storage.db.session import transaction
from workers import scratch
from workers.scratch import Seat

_LOG = structlog.get_logger()
EVERY_S = 60.0
_DESERTED_S = 3600.0
_PAGE = 1000


def unwanted(engine: Engine, names: Sequence[str]) -> list[str]:
    """Of files that were fetched, those that no open item holds: they were erased, or sealed.

    What a person has just handed in may be among them, until its capture has ended: then it is fetched once more.
    """
    found: list[str] = []
    for begin in range(0, len(names), _PAGE):
        page = names[begin : begin + _PAGE]
        with transaction(engine) as session:
            held = enciphered.held_open(session, page)
        found += (name for name in page if name not in held)
    return found


@dataclass(slots=True)
class Forgetter:
    """Whoever clears up on one worker's machine; several may on one machine, each for its own seat.

    `scratch` is the folder of all seats and of what workers share.
    """

    engine: Engine
    fetched: FetchedFiles
    scratch: Path
    seat: Seat
    _known: set[str] = field(default_factory=set, init=False)
    _change: str = field(default="", init=False)
    _left: set[str] = field(default_factory=set, init=False)

    def drop_fetched(self) -> int:
        """Drop fetched files that only sealed items hold, or none; how many.

        All are asked about whenever any item was erased or sealed, and else those that are new here.
        """
        names = self.fetched.names()
        if not names:
            return 0
        # Asked before the files are: what changes in between is another change the next time.
        with transaction(self.engine) as session:
            change = enciphered.change_of_openness(session)
        if change != self._change:
            self._known.clear()
        named = unwanted(self.engine, [name for name in names if name not in self._known])
        self._known, self._change = set(names).difference(named), change
        dropped = self.fetched.drop(named)
        if dropped:
            _LOG.info("fetched files were erased or sealed, and are dropped", files=dropped)
        if dropped < len(named) and (stuck := set(named).intersection(self.fetched.names())):
            _LOG.error("erased or sealed files cannot be dropped", folder=str(self.fetched.folder), files=len(stuck))
        return dropped

    def clear_left(self) -> int:
        """Remove the folders of jobs and searches that this worker holds no longer; how many.

        A child that was killed leaves one. Whoever lets go of its work removes its own within moments, so a folder goes
        when it was left at two looks in a row.
        """
        # Looked at first: work is held before it has a folder.
        there = self.seat.works()
        with transaction(self.engine) as session:
            held = [*jobs.held_tokens(session, self.seat.name), *picture_searches.held_tokens(session)]
        left = there - {scratch.work_of(owed, token) for owed, token in held}
        gone, self._left = left & self._left, left
        for name in gone:
            scratch.remove(self.seat.folder / name)
        if gone:
            _LOG.warning("folders of work that nobody ended are removed", folders=len(gone))
        return len(gone)

    def look(self) -> None:
        """Clear up once. Raises: SQLAlchemyError, OSError."""
        self.drop_fetched()
        self.clear_left()
        # Of seats that nobody takes again, as after a change of name; and the shared index, where it is not used.
        scratch.sweep(self.scratch, older_than_s=_DESERTED_S)

    def watch(self) -> None:
        """Clear up every minute, for ever; what is away delays it."""
        while True:
            time.sleep(EVERY_S)
            try:
                self.look()
            except (SQLAlchemyError, OSError) as error:
                _LOG.warning("what was erased or sealed may lie here still", error=f"{type(error).__name__}"[:200])
