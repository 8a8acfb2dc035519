"""Keeping what others have signed of the ledger's time."""

import base64
import hashlib
from datetime import datetime

from storage.db import checkpoints
from storage.db.transparency import TimeStamp
from storage.deeds.base import Deed
from storage.domain import clock, permissions
from storage.domain.vocab import EventType, StampKind
from storage.errors import Conflict


class Stamping(Deed):
    """Time stamps of checkpoints."""

    __slots__ = ()

    def keep_stamp(
        self, size: int, kind: StampKind, authority: str, token: bytes, *, stamped_at: datetime | None
    ) -> bool:
        """Keep a time stamp, checked by the caller, of the checkpoint of one size; False where it is kept already.

        The event holds the token's digest: a bit flipped where nobody has signed shows too.
        Raises: NotAllowed, Conflict where there is no such checkpoint.
        """
        self._require(permitted=permissions.may_sequence(self.actor), deed="keep time stamps")
        if checkpoints.at_size(self.session, size) is None:
            raise Conflict(f"no checkpoint of size {size} was signed")
        digest = hashlib.sha256(token).hexdigest()
        row = TimeStamp(
            size=size, kind=kind.value, authority=authority, sha256=digest, body=token, stamped_at=stamped_at
        )
        is_new = checkpoints.add_stamp(self.session, row)
        if is_new:
            self._ledger.record(
                EventType.TIME_STAMP,
                item_id=None,
                detail={
                    "size": size,
                    "kind": kind.value,
                    "authority": authority,
                    "stamped_at": clock.rfc3339(stamped_at) if stamped_at else None,
                    "token": base64.b64encode(token).decode(),
                },
                objects=[f"sha256:{digest}"],
            )
        return is_new
