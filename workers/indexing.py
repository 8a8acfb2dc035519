"""Reads machine text out of the files it is kept in, so that items are found by it; goes with the keeper's rounds."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from pydantic import ValidationError
from sqlalchemy import Engine

from storage.archive import Archive
from storage.blobs.base import BlobStore
from storage.db import text_lines
from storage.db.session import transaction
from storage.db.text_lines import Waiting
from storage.domain.documents import DOCUMENT_LIMIT_BYTES
from storage.domain.machine_text import lines_of
from storage.domain.permissions import SYSTEM
from storage.errors import ArchiveError, Unavailable
from storage.integrity.digest import Digest

_LOG = structlog.get_logger()
_AT_ONCE = 100
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 60.0, 86_400.0


@dataclass(frozen=True, slots=True)
class _Rest:
    """A product that could not be read: when it is tried again, and how long it was left alone this time."""

    until: float
    pause_s: float = _FIRST_PAUSE_S


@dataclass(slots=True)
class Indexer:
    """Whoever reads what was not read yet. What cannot be read is tried again later, and holds nothing else up."""

    engine: Engine
    blobs: BlobStore
    version: str | None = None
    now: Callable[[], float] = time.monotonic
    _resting: dict[Waiting, _Rest] = field(default_factory=dict)

    def index(self) -> int:
        """Read some of what waits; how many products."""
        done = after = 0
        while not done and (found := self._waiting(after)):
            after = found[-1][0]
            for one in (one for _, one in found if not self._rests(one)):
                try:
                    lines = self._lines(one)
                except (ArchiveError, ValidationError, OSError) as error:
                    _LOG.warning("text cannot be read", item=one.item_id, file=one.sha256, error=type(error).__name__)
                    self._leave(one)
                    if isinstance(error, Unavailable):
                        return done  # the store is away, most likely: no other would come either
                    continue
                self._resting.pop(one, None)
                with transaction(self.engine) as session:
                    done += Archive(session, SYSTEM, self.version).index_text(one.item_id, one.sha256, lines)
        return done

    def _waiting(self, after: int) -> list[tuple[int, Waiting]]:
        """Always from the first on: what was begun earlier may be committed later."""
        with transaction(self.engine) as session:
            return list(text_lines.waiting(session, after=after, limit=_AT_ONCE))

    def _lines(self, one: Waiting) -> list[tuple[float, bool, str]]:
        with self.blobs.open(Digest.parse(one.sha256)) as stream:
            return lines_of(one.kind, stream.read(DOCUMENT_LIMIT_BYTES))

    def _rests(self, one: Waiting) -> bool:
        rest = self._resting.get(one)
        return rest is not None and self.now() < rest.until

    def _leave(self, one: Waiting) -> None:
        before = self._resting.get(one)
        pause_s = min(_LONGEST_PAUSE_S, 2 * before.pause_s) if before else _FIRST_PAUSE_S
        self._resting[one] = _Rest(self.now() + pause_s, pause_s)
