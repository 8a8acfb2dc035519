"""Keeping what others have signed of the log: when a checkpoint was there, and that it goes on from what they saw."""

from datetime import datetime

from storage.db import outside
from storage.db.outside_tables import Cosignature, TimeStamp
from storage.deeds.base import Deed
from storage.domain import clock, permissions
from storage.domain.vocab import EventType, StampKind
from storage.errors import Altered, Conflict
from storage.integrity.digest import Digest
from storage.integrity.note import Note, NoteKey, cosigned_at


class Outside(Deed):
    """Time stamps and cosignatures of checkpoints, as far as whoever calls has checked them."""

    __slots__ = ()

    def keep_stamp(
        self, size: int, kind: StampKind, authority: str, token: Digest, *, stamped_at: datetime | None
    ) -> bool:
        """Keep that a token, which lies in the vault, stamps the checkpoint of one size; False where it is kept.

        The event holds the token's digest: a bit flipped where nobody has signed shows too.
        Raises: NotAllowed, Conflict where there is no such checkpoint.
        """
        self._require(permitted=permissions.may_keep_signatures(self.actor), deed="keep time stamps")
        if outside.checkpoint_at(self.session, size) is None:
            raise Conflict(f"no checkpoint of size {size} was signed")
        row = TimeStamp(sha256=token.hex, size=size, kind=kind.value, authority=authority, stamped_at=stamped_at)
        is_new = outside.add_stamp(self.session, row)
        if is_new:
            self._ledger.record(
                EventType.TIME_STAMP,
                item_id=None,
                detail={
                    "size": size,
                    "kind": kind.value,
                    "authority": authority,
                    "stamped_at": clock.rfc3339(stamped_at) if stamped_at else None,
                },
                objects=[str(token)],
            )
        return is_new

    def keep_cosignature(self, size: int, line: str, witness: NoteKey) -> datetime:
        """Keep the line a witness has put under the checkpoint of one size; when it did, by its own word.

        No event: a witness that cosigned its own mention would never come to rest.
        Raises: NotAllowed, Conflict where there is no such checkpoint, Altered where the line is not that signature.
        """
        self._require(permitted=permissions.may_keep_signatures(self.actor), deed="keep cosignatures")
        row = outside.checkpoint_at(self.session, size)
        if row is None:
            raise Conflict(f"no checkpoint of size {size} was signed")
        text = row.note.partition("\n\n")[0] + "\n"
        signature = Note.parse(f"{text}\n{line}".encode()).signed_by(witness)
        if signature is None or line.count("\n") != 1:
            raise Altered(f"the witness {witness.name} has not signed the checkpoint of size {size}")
        at = cosigned_at(signature)
        outside.add_cosignature(self.session, Cosignature(size=size, witness=witness.name, line=line, witnessed_at=at))
        return at
