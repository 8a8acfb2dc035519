"""Which rows each event writes: a function for each type, so that what an event says is enough to write them again."""

from collections.abc import Callable, Mapping
from datetime import datetime

from storage.db.outside_tables import TimeStamp
from storage.domain.vocab import EventType
from storage.errors import Altered
from storage.rebuild import capturing, erasing, saying
from storage.rebuild.history import Told
from storage.rebuild.rows import Rows


def write(rows: Rows, event: Told) -> None:
    """Write what an event says. Raises: Altered where it speaks of what is not there."""
    if event.is_erased:
        erasing.stub(rows, event)
        return
    try:
        WRITERS[event.type](rows, event)
    except (KeyError, ValueError, TypeError) as wrong:
        sentence = f"event {event.id} ({event.type}) does not say what its rows need: {wrong!r}"
        raise Altered(sentence) from wrong


def _stamped(rows: Rows, event: Told) -> None:
    told = event.detail
    at = told["stamped_at"]
    row = TimeStamp(
        sha256=event.objects[0].removeprefix("sha256:"),
        size=told["size"],
        kind=told["kind"],
        authority=told["authority"],
        stamped_at=datetime.fromisoformat(at) if at else None,
    )
    row.made_at = event.written_at
    rows.session.add(row)


def _nothing(rows: Rows, event: Told) -> None:
    """What happened left no row, or one of an account, a key, a log-in, a job or a copy, which do not come back."""


WRITERS: Mapping[EventType, Callable[[Rows, Told], None]] = {
    EventType.SUBMISSION: capturing.submission,
    EventType.INGESTION: capturing.capture,
    EventType.CAPTURE: capturing.capture,
    EventType.CREATION: capturing.creation,
    EventType.RETRY: capturing.retry,
    EventType.SENSITIVITY: saying.sensitivity,
    EventType.ASSERTION: saying.assertion,
    EventType.MATCH_DECIDED: saying.match_decided,
    EventType.PUBLICATION: saying.publication,
    EventType.ASSIGNMENT: saying.assignment,
    EventType.WORKFLOW: saying.workflow,
    EventType.UNIT: saying.unit,
    EventType.PLACE: saying.place,
    EventType.HOLD_PLACED: erasing.hold_placed,
    EventType.HOLD_RELEASE_ASKED: erasing.hold_released,
    EventType.HOLD_RELEASED: erasing.hold_released,
    EventType.ERASURE_ASKED: erasing.erasure_asked,
    EventType.ERASURE_REFUSED: erasing.erasure_refused,
    EventType.DEACCESSION: erasing.deaccession,
    EventType.DELETION: erasing.deletion,
    EventType.TIME_STAMP: _stamped,
    EventType.SIGHTING: capturing.sighting,
    EventType.SITE_SESSION_KEPT: _nothing,
    EventType.SITE_SESSION_ENDED: _nothing,
    EventType.SITE_SESSION_USED: _nothing,
    EventType.ENCRYPTION: capturing.encryption,
    EventType.DECRYPTION: _nothing,
    EventType.PLAIN_DESTROYED: _nothing,
    EventType.REPLICATION: _nothing,
    EventType.REPAIR: _nothing,
    EventType.STORE_RENEWED: _nothing,
    EventType.IMMUTABILITY: _nothing,
    EventType.UNUSED_SET_ASIDE: _nothing,
    EventType.REBUILT: _nothing,
    EventType.RESTORED: _nothing,
    # The keys come from the vault: they are needed before any event can be believed.
    EventType.LEDGER_KEY_CHANGED: _nothing,
    EventType.ITEM_KEY_CHANGED: _nothing,
    EventType.MESSAGE_DIGEST: _nothing,
    EventType.FIXITY_CHECK: _nothing,
    EventType.VALIDATION: _nothing,
    EventType.DISSEMINATION: _nothing,
    EventType.SAME_SOURCE: _nothing,
    EventType.STEP_FAILED: _nothing,
    EventType.CANCELLED: capturing.cancelled,
    EventType.FLAWS_FOUND: _nothing,
    EventType.USER_ADDED: _nothing,
    EventType.USER_ENDED: _nothing,
    EventType.ROLES_CHANGED: _nothing,
    EventType.PASSWORD_CHANGED: _nothing,
    EventType.KEY_ADDED: _nothing,
    EventType.KEY_REVOKED: _nothing,
    EventType.READ: _nothing,
    EventType.SETTINGS_CHANGED: _nothing,
    EventType.LOG_IN_FAILED: _nothing,
}
