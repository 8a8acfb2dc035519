"""Reads machine text out of the files it is kept in, so that items are found by it; goes with the keeper's rounds."""

from dataclasses import dataclass

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


@dataclass(slots=True)
class Indexer:
    """Whoever reads what was not read yet; what cannot be read is left for the next life of the keeper."""

    engine: Engine
    blobs: BlobStore
    version: str | None = None
    _after: int = 0

    def index(self) -> int:
        """Read some of what waits; how many products."""
        with transaction(self.engine) as session:
            found = text_lines.waiting(session, after=self._after, limit=_AT_ONCE)
        done = 0
        for number, one in found:
            try:
                lines = self._lines(one)
            except Unavailable:
                break
            except (ArchiveError, ValidationError) as error:
                _LOG.warning("text cannot be found by", item=one.item_id, file=one.sha256, error=type(error).__name__)
                self._after = number
                continue
            with transaction(self.engine) as session:
                done += Archive(session, SYSTEM, self.version).index_text(one.item_id, one.sha256, lines)
        return done

    def _lines(self, one: Waiting) -> list[tuple[float, bool, str]]:
        with self.blobs.open(Digest.parse(one.sha256)) as stream:
            return lines_of(one.kind, stream.read(DOCUMENT_LIMIT_BYTES))
