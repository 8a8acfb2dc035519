"""The ledger: whether its key is safe, its tree keeps up, and anybody besides us vouches for it."""

import stat
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from storage.blobs import keyring
from storage.db import checkpoints, installation, leaves
from storage.db.migration import current_revision, expected_revision
from storage.db.session import open_engine, transaction
from storage.db.transparency import LedgerKey
from storage.domain import clock
from storage.domain.vocab import StampKind
from storage.errors import ArchiveError
from storage.settings import Settings
from workers.doctor.finding import Condition, Finding
from workers.ledger.places import Places, key_place, places_of
from workers.ledger.sequencer import path_of
from workers.ledger.stamps import OWN_EVENTS
from workers.stack.parts import connected, given
from workers.stack.running import address_of
from workers.stack.vault import Vault

_LAG_ALARM_S = 10.0
_STAMP_LATE_S = 86_400.0
_PROMISE_LATE_S = 48 * 3600.0
_WITNESS_LATE_S = 3600.0


def ledger(settings: Settings) -> Iterator[Finding]:
    """Silent where no database can be asked: `stack` says so already."""
    if address_of(Vault(settings.vault)) is None and not given(settings.database_url):
        return
    engine = open_engine(connected(settings).database_url.get_secret_value(), pool_size=1)
    try:
        with engine.connect() as connection:
            if current_revision(connection) != expected_revision():
                return
        with transaction(engine) as session:
            yield from _key(session, settings)
            yield from _tree(session)
            yield from _others(session, settings)
    except SQLAlchemyError as error:
        yield Finding("ledger", Condition.UNKNOWN, f"its database does not answer: {type(error).__name__}")
    finally:
        engine.dispose()


def _key(session: Session, settings: Settings) -> Iterator[Finding]:
    row = checkpoints.newest_key(session)
    if row is None:
        yield Finding("ledger key", Condition.WARN, "there is none yet: the keeper makes it at its first start")
        return
    path = path_of(key_place(settings), row.number)
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        sealed = keyring.is_sealed(path)
    except OSError:
        sentence = f"the private key is not in {path}: without it nothing more can be signed under this log's name"
        yield Finding("ledger key", Condition.UNSAFE, sentence)
        return
    if mode & 0o077:
        yield Finding("ledger key", Condition.UNSAFE, f"{path} has mode {mode:04o}; only its owner may read it")
    elif not sealed:
        yield Finding("ledger key", Condition.WARN, f"{path} is not sealed: whoever copies the vault can sign as we do")
    else:
        yield Finding("ledger key", Condition.OK, f"{_told(row)}, sealed")


def _tree(session: Session) -> Iterator[Finding]:
    known = installation.examination(session, installation.LEDGER)
    waiting = leaves.lag(session)
    behind_s = _since_s(waiting.since)
    if known is not None and known.body.get("halted"):
        yield Finding("ledger", Condition.UNSAFE, f"nothing is added to the tree: {known.body['halted']}")
    elif behind_s > _LAG_ALARM_S:
        sentence = (
            f"{waiting.events} events wait for their place since {behind_s:.0f} s: the keeper, or an open transaction"
        )
        yield Finding("ledger", Condition.WARN, sentence)
    else:
        newest = checkpoints.newest(session)
        yield Finding("ledger", Condition.OK, f"{newest.size if newest else 0} events are signed, none waits for long")


def _others(session: Session, settings: Settings) -> Iterator[Finding]:
    try:
        places = places_of(settings)
    except ArchiveError as error:
        yield Finding("ledger settings", Condition.WARN, error.sentence)
        return
    yield _witnesses(session, places)
    yield _stamps(session, places)
    if places.calendars:
        yield _calendars(session)


def _witnesses(session: Session, places: Places) -> Finding:
    if not places.witnesses:
        sentence = "unwitnessed: nobody but this archive would notice that its ledger was rewritten"
        return Finding("witnesses", Condition.WARN, sentence)
    newest = checkpoints.newest(session)
    late = [
        place.key.name
        for place in places.witnesses
        if newest is not None
        and checkpoints.last_witnessed(session, place.key.name) != newest.size
        and _since_s(newest.made_at) > _WITNESS_LATE_S
    ]
    if late:
        return Finding("witnesses", Condition.WARN, f"the newest checkpoint is not cosigned by {', '.join(late)}")
    return Finding("witnesses", Condition.OK, f"{len(places.witnesses)} watch that nothing is rewritten")


def _stamps(session: Session, places: Places) -> Finding:
    if not places.authorities:
        sentence = "unstamped: nobody but this archive says when its events were written"
        return Finding("time stamps", Condition.WARN, sentence)
    late = [url for url in places.authorities if _is_owed(session, url)]
    if late:
        return Finding("time stamps", Condition.WARN, f"pending for more than a day: {', '.join(late)}")
    if len(places.authorities) < 2:
        return Finding("time stamps", Condition.WARN, "one authority can be down or be doubted; name a second one")
    return Finding("time stamps", Condition.OK, f"{len(places.authorities)} authorities stamp the checkpoints")


def _calendars(session: Session) -> Finding:
    promised = checkpoints.promised(session, StampKind.OPENTIMESTAMPS.value)
    late = [row.size for row in promised if _since_s(row.made_at) > _PROMISE_LATE_S]
    if late:
        return Finding("calendars", Condition.WARN, f"{len(late)} proofs are still a promise after two days")
    return Finding("calendars", Condition.OK, f"{len(promised)} proofs are on their way into a block")


def _is_owed(session: Session, authority: str) -> bool:
    """Whether an authority has stamped nothing for a day though there was something to stamp."""
    last = checkpoints.last_stamped(session, authority)
    since = last.made_at if last else _first_signed(session)
    return _since_s(since) > _STAMP_LATE_S and leaves.grown_by_others(session, last.size if last else 0, OWN_EVENTS)


def _first_signed(session: Session) -> datetime | None:
    row = checkpoints.first_at_least(session, 1)
    return row.made_at if row else None


def _since_s(moment: datetime | None) -> float:
    return 0.0 if moment is None else (clock.now() - moment).total_seconds()


def _told(row: LedgerKey) -> str:
    return f"key {row.number} signs from leaf {row.first_size} on"
