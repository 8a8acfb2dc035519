"""The fingerprints of every item that is not sealed, where one looks for what may be alike.

What lies in the store is the truth; the index on this machine is made from it, and made anew when it no longer says the
same. Sealed items are not in it: they look for others, and nobody finds them.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import structlog
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import Engine

from storage.blobs.base import BlobStore
from storage.db import holdings, matches
from storage.db.matches import Printed
from storage.db.session import transaction
from storage.db.tables import Holding
from storage.domain.matches import COMPARISON, Compared
from storage.domain.vocab import Sensitivity
from storage.errors import Altered, Implausible, NotFound
from storage.integrity.canonical import digest_of
from storage.integrity.digest import Digest
from workers import scratch
from workers.copies import hashes, index
from workers.copies.known import Known, Relatives
from workers.copies.prints import LIMIT_BYTES, Kind, Prints, decode

_LOG = structlog.get_logger()
FEW = 300
"""Up to so many others, each is compared; of more, those that the index finds near."""

_MOST_TAIL = 40
_MOST_LEFT_BYTES = 64 << 20


class _Left(BaseModel):
    """The file of a comparison that was not finished: the marks of those that are left, the likeliest first."""

    model_config = ConfigDict(extra="forbid")

    left: list[str]


@dataclass(frozen=True, slots=True)
class Library:
    """Opened for one item, `item_id`, whose own fingerprints are left out.

    `after` is the key of the turn of a search that this one goes on with. `go_on` is called every moment, and what it
    raises ends the look.
    """

    engine: Engine
    blobs: BlobStore
    folder: Path
    item_id: str
    after: str | None = None
    go_on: Callable[[], None] = lambda: None

    def relatives(self, own: Prints) -> Relatives:
        """The originals of others that may show the same as `own`, the likeliest first.

        1. All there are, where they are few. 2. Else those of which hashes lie near hashes of `own` or its mirror
        image, as the index finds without missing one. 3. Those that were told of before. But in a turn that goes on
        with a search: those that the turn before has left, in its order.
        """
        with transaction(self.engine) as session:
            rows = matches.printed(session)
            found = matches.of_item(session, self.item_id, [one.value for one in Sensitivity])
            turn = holdings.of_step(session, self.item_id, self.after) if self.after else ()
        told = {(one.other_item, one.other_original) for one in found if one.original == own.header.original}
        others = {row.holding: row for row in rows if row.item_id != self.item_id}
        known = {
            label: self._known(own, row, is_told=(row.item_id, row.original) in told) for label, row in others.items()
        }
        if self.after:
            return self._left(own, turn, known.values())
        worth = self._worth(own, rows, others)
        ranked = sorted(known, key=lambda label: (-worth.get(label, 0.0), label))
        if len(others) > FEW:
            ranked = [label for label in ranked if label in worth or known[label].is_told]
        return Relatives([known[label] for label in ranked])

    def identity(self) -> Mapping[str, str]:
        """What `relatives` looks among, as part of the name of that work: with others here it is other work."""
        with transaction(self.engine) as session:
            rows = matches.printed(session)
        others = sorted([row.item_id, row.original, row.sha256] for row in rows if row.item_id != self.item_id)
        return {"among": digest_of({"others": others}).hex} | ({"after": self.after} if self.after else {})

    def _worth(self, own: Prints, rows: Sequence[Printed], others: Collection[int]) -> Mapping[int, float]:
        """How much speaks for each of `others` that anything speaks for.

        Every picture of `own` counts one in all, shared by those it leads to: what leads to few says more than what
        leads to many. So all others together are worth no more than there are pictures, and however many are brought
        to crowd out a copy with pictures of its own, few can come before it.
        """
        worth: defaultdict[int, float] = defaultdict(float)
        is_seen = own.kinds != Kind.CROP
        ticks, seen = own.ticks[is_seen], own.hashes[is_seen]
        if not len(seen) or not others:
            return worth
        looked_up = self._index(rows)
        for picture in np.split(seen, np.flatnonzero(np.diff(ticks)) + 1):
            self.go_on()
            near = [looked_up.search(one).labels for one in np.concatenate([picture, hashes.mirrored(picture)])]
            alike = [label for label in np.unique(np.concatenate(near)).tolist() if label in others]
            for label in alike:
                worth[label] += 1 / len(alike)
        return worth

    def _left(self, own: Prints, turn: Sequence[Holding], known: Collection[Known]) -> Relatives:
        """Those that a turn has left of the search for copies of `own`, as far as they are still there.

        Raises: Altered.
        """
        told = [one for one in turn if one.kind == COMPARISON and one.payload["original"] == own.header.original]
        if not told:
            return Relatives()
        before = Compared.model_validate({name: told[-1].payload[name] for name in Compared.model_fields})
        if told[-1].sha256 is None:
            return Relatives((), before)
        with self.blobs.open(Digest.parse(told[-1].sha256)) as stream:
            content = stream.read(_MOST_LEFT_BYTES)
        try:
            left = _Left.model_validate_json(content).left
        except ValidationError as error:
            raise Altered(f"what is kept as sha256:{told[-1].sha256} is no list of marks") from error
        by_mark = {one.mark: one for one in known}
        return Relatives([by_mark[mark] for mark in left if mark in by_mark], before)

    def _index(self, rows: Sequence[Printed]) -> index.Index:
        """The index of what is kept now: what is gone from the archive is not in it, what is new is its tail."""
        path = self.folder / "fingerprints.idx"
        by_label = {row.holding: row for row in rows}
        with scratch.held(self.folder):
            for left in self.folder.glob(f".{path.name}-*"):  # by whoever was killed while building it
                left.unlink()
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

    def _known(self, own: Prints, row: Printed, *, is_told: bool) -> Known:
        named = {"of": own.header.original, "item": row.item_id, "original": row.original}
        return Known(row.item_id, row.original, digest_of(named).hex, lambda: self._prints(row), is_told)

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
