"""The fingerprints of every item that is not sealed, where one looks for what may be alike.

What lies in the store is the truth; the index on this machine is made from it, and made anew when it no longer says the
same. Sealed items are not in it: they look for others, and nobody finds them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import structlog
from numpy.typing import NDArray
from sqlalchemy import Engine

from storage.blobs.base import BlobStore
from storage.db import matches
from storage.db.matches import Printed
from storage.db.session import transaction
from storage.domain.vocab import Sensitivity
from storage.errors import Altered, Implausible, NotFound
from storage.integrity.canonical import digest_of
from storage.integrity.digest import Digest
from workers import scratch
from workers.copies import hashes, index
from workers.copies.known import Known
from workers.copies.prints import LIMIT_BYTES, Kind, Prints, decode

_LOG = structlog.get_logger()
FEW = 300
"""Up to so many others, each is compared; of more, those that the index finds near."""

MOST_COMPARED = 60
_MOST_TAIL = 40


@dataclass(frozen=True, slots=True)
class Library:
    """Opened for one item, `item_id`, whose own fingerprints are left out."""

    engine: Engine
    blobs: BlobStore
    folder: Path
    item_id: str

    def relatives(self, own: Prints) -> Sequence[Known]:
        """The originals of others that may show the same as `own`, the likeliest first.

        1. All there are, where they are few. 2. Else those of which hashes lie near hashes of `own` or its mirror
        image, as the index finds without missing one; most hits first. 3. Those that were told of before.
        """
        with transaction(self.engine) as session:
            rows = matches.printed(session)
            found = matches.of_item(session, self.item_id, [one.value for one in Sensitivity])
        told = {(one.other_item, one.other_original) for one in found if one.original == own.header.original}
        others = {row.holding: row for row in rows if row.item_id != self.item_id}
        before = {label: row for label, row in others.items() if (row.item_id, row.original) in told}
        if len(others) > FEW:
            others = self._near(own, rows, others) | before
        return [self._known(row, is_told=label in before) for label, row in others.items()]

    def identity(self) -> Mapping[str, str]:
        """What `relatives` looks among, as part of the name of that work: with others here it is other work."""
        with transaction(self.engine) as session:
            rows = matches.printed(session)
        others = sorted([row.item_id, row.original, row.sha256] for row in rows if row.item_id != self.item_id)
        return {"among": digest_of({"others": others}).hex}

    def _near(self, own: Prints, rows: Sequence[Printed], others: dict[int, Printed]) -> dict[int, Printed]:
        looked_up = self._index(rows)
        seen = own.hashes[own.kinds != Kind.CROP]
        hits: Counter[int] = Counter()
        for one in np.concatenate([seen, hashes.mirrored(seen)]):
            hits.update(set(looked_up.search(one).labels.tolist()))
        alike = [label for label, _ in hits.most_common() if label in others]
        return {label: others[label] for label in alike[:MOST_COMPARED]}

    def _index(self, rows: Sequence[Printed]) -> index.Index:
        """The index of what is kept now: what is gone from the archive is not in it, what is new is its tail."""
        path = self.folder / "fingerprints.idx"
        by_label = {row.holding: row for row in rows}
        with scratch.held(self.folder):
            found = index.opened_or_built(path, lambda: self._gathered(rows))
            inside = set(np.unique(found.labels).tolist())
            hashed, labels = self._gathered([row for label, row in by_label.items() if label not in inside])
            # What shows too little to be hashed, or cannot be believed, is in no index, and no cause to build another.
            if inside - by_label.keys() or len(np.unique(labels)) > _MOST_TAIL:
                index.build(path, *self._gathered(rows))
                return index.opened(path)
        return found.with_tail(hashed, labels) if len(labels) else found

    def _gathered(self, rows: Sequence[Printed]) -> tuple[hashes.Hashes, NDArray[np.int64]]:
        known = ((row.holding, self._prints(row)) for row in rows)
        read = [(label, prints.hashes) for label, prints in known if prints is not None]
        if not read:
            return np.zeros((0, hashes.BYTES), np.uint8), np.zeros(0, np.int64)
        labels = np.concatenate([np.full(len(found), label, np.int64) for label, found in read])
        return np.concatenate([found for _, found in read]), labels

    def _known(self, row: Printed, *, is_told: bool) -> Known:
        return Known(row.item_id, row.original, lambda: self._prints(row), is_told)

    def _prints(self, row: Printed) -> Prints | None:
        """The fingerprints of another item; None where they cannot be believed: that is no fault of who looks."""
        digest = Digest.parse(row.sha256)
        try:
            with self.blobs.open(digest) as stream:
                content = stream.read(LIMIT_BYTES + 1)
            prints = decode(content) if Digest.of(content) == digest else None
        except (Altered, Implausible, NotFound):
            prints = None
        if prints is None or prints.header.original != row.original:
            _LOG.warning("fingerprints cannot be compared with", fingerprints=row.sha256)
            return None
        return prints
