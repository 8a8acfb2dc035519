"""Who signs this archive's log: its name, which stays, and its key."""

import secrets
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import Engine

from storage.db import log
from storage.db.session import transaction
from storage.errors import Conflict
from storage.integrity.note import Signer
from storage.log.keys import log_signer, signer_of
from storage.log.succeeding import present_key


def open_signer(engine: Engine, key: Path, name: str, passphrase: SecretStr) -> Signer:
    """The signer under the log's own name: the one it has, else `name`, else a random one.

    The key is made for a log that has none yet, and never for one that has.
    Raises: Conflict when the log has another name than the one that was chosen, the key cannot be opened, or is not the
    log's; NotFound where the log's is missing.
    """
    with transaction(engine) as session:
        head = log.head(session) or log.head_locked(session, name or f"svidok.invalid/{secrets.token_hex(8)}")
        origin, present = head.origin, present_key(session)
    if name and name != origin:
        raise Conflict(f"the ledger is called {origin} since it began; SVIDOK_LEDGER_NAME says {name}")
    told = passphrase.get_secret_value().encode() or None
    return log_signer(key, origin, told) if present is None else signer_of(key, present, told)
