"""Whether what was captured is still at its source: when to look again, what an answer means, since when it is gone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from storage.domain.vocab import Outcome

_HOURS = (1, 3, 6, 12, 24, 48, 96, 168, 336, 672)


class Liveness(StrEnum):
    """What a source shows to somebody who looks; `unclear` is no statement about the post."""

    LIVE = "live"
    REMOVED = "removed"
    PRIVATE = "private"
    WALLED = "walled"
    GEO_BLOCKED = "geo_blocked"
    UNCLEAR = "unclear"


GONE = frozenset({Liveness.REMOVED, Liveness.PRIVATE})
"""What was open to everybody and is not any more: by the site's own word, never because it was silent."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One look at a source."""

    liveness: Liveness
    at: datetime


@dataclass(frozen=True, slots=True)
class Gone:
    """A source that went away at some time after `live_at`, when it was last there, and before `seen_at`."""

    liveness: Liveness
    live_at: datetime
    seen_at: datetime
    looks: int


def pause(looks: int) -> timedelta:
    """How long until the next look, after so many: hours at first, then days, then four weeks."""
    return timedelta(hours=_HOURS[min(looks, len(_HOURS) - 1)])


def liveness_of(outcome: str) -> Liveness:
    """What the end of a look says of the post."""
    match outcome:
        case Outcome.CAPTURED | Outcome.PARTIAL | Outcome.TOO_LARGE | Outcome.UNSUPPORTED:
            return Liveness.LIVE
        case Outcome.REMOVED:
            return Liveness.REMOVED
        case Outcome.PRIVATE:
            return Liveness.PRIVATE
        case Outcome.LOGIN_REQUIRED | Outcome.AGE_RESTRICTED:
            return Liveness.WALLED
        case Outcome.GEO_BLOCKED:
            return Liveness.GEO_BLOCKED
        case _:
            return Liveness.UNCLEAR


def gone(saved_at: datetime, looks: Sequence[Seen]) -> Gone | None:
    """Since when a source is gone: the first look of the newest run of looks that found it so; None while it is there.

    Looks that say nothing clear neither begin such a run nor end it.
    """
    live_at, found = saved_at, None
    for look in looks:
        if look.liveness in GONE:
            found = Gone(look.liveness, live_at, found.seen_at if found else look.at, (found.looks if found else 0) + 1)
        elif look.liveness is Liveness.LIVE:
            live_at, found = look.at, None
    return found
