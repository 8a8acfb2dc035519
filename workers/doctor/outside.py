"""Whether anybody besides us vouches for the ledger: witnesses, time stamp authorities, calendars."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from storage.db import installation, log, outside
from storage.domain import clock
from storage.domain.vocab import StampKind
from storage.errors import ArchiveError
from storage.settings import Settings
from workers.doctor.finding import Condition, Finding
from workers.ledger.places import Places, places_of
from workers.ledger.stamps import OWN_EVENTS

_STAMP_LATE_S = 86_400.0
_PROMISE_LATE_S = 48 * 3600.0
_WITNESS_LATE_S = 3600.0


def outsiders(settings: Settings, session: Session) -> Iterator[Finding]:
    """Those the settings name, and how they were when they were last asked."""
    known = installation.examination(session, installation.OUTSIDE)
    if known is not None and known.body.get("halted"):
        yield Finding("ledger", Condition.UNSAFE, f"nothing is added to the ledger: {known.body['halted']}")
    try:
        places = places_of(settings)
    except ArchiveError as error:
        yield Finding("witnesses", Condition.WARN, f"nobody outside is asked: {error.sentence}")
        return
    yield _witnesses(session, places)
    yield _stamps(session, places)
    if places.calendars:
        yield _calendars(session)


def _witnesses(session: Session, places: Places) -> Finding:
    if not places.witnesses:
        sentence = "unwitnessed: nobody but this archive would notice that its ledger was rewritten"
        return Finding("witnesses", Condition.WARN, sentence)
    newest = log.newest_checkpoint(session)
    late = [
        place.key.name
        for place in places.witnesses
        if newest is not None
        and outside.last_witnessed(session, place.key.name) != newest.size
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
    promised = outside.promised(session, StampKind.OPENTIMESTAMPS.value)
    late = [row.size for row in promised if _since_s(row.made_at) > _PROMISE_LATE_S]
    if late:
        return Finding("calendars", Condition.WARN, f"{len(late)} proofs are still a promise after two days")
    return Finding("calendars", Condition.OK, f"{len(promised)} proofs are on their way into a block")


def _is_owed(session: Session, authority: str) -> bool:
    """Whether an authority has stamped nothing for a day though there was something to stamp."""
    last = outside.last_stamped(session, authority)
    first = outside.first_signed(session)
    since = last.made_at if last else first.made_at if first else None
    return _since_s(since) > _STAMP_LATE_S and outside.grown_by_others(session, last.size if last else 0, OWN_EVENTS)


def _since_s(moment: datetime | None) -> float:
    return 0.0 if moment is None else (clock.now() - moment).total_seconds()
