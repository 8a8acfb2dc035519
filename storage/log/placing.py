"""Waits until an event has its place in the signed log; giving it one is the keeper's alone, who may be halted."""

import time

from sqlalchemy import Engine

from storage.db import log
from storage.db.session import transaction
from storage.errors import Unavailable

_PATIENCE_S, _PAUSE_S = 10.0, 0.1


def wait_until_placed(engine: Engine, event_id: str) -> None:
    """Come back once this event, and so every earlier one of its item, is in the signed log.

    Raises: Unavailable where it is not after ten seconds: the keeper does not run, or adds nothing for a reason.
    """
    patience_ends = time.monotonic() + _PATIENCE_S
    while True:
        with transaction(engine) as session:
            if log.leaf_of(session, event_id) is not None:
                return
        if time.monotonic() > patience_ends:
            raise Unavailable("The ledger is not signed any further just now; `svidok doctor` tells the operator why.")
        time.sleep(_PAUSE_S)
