"""When a site is left alone: what its answers say of itself, how long it rests, and what it may be asked in an hour."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from storage.domain.vocab import Outcome

OPENS_AFTER = 4
"""So many tries in a row must fail for a reason that is the site's own, for two items at least."""
WALL_IS_SUDDEN_FOR = timedelta(days=7)
"""A wall is sudden where the site brought something no longer ago; one that always stood says nothing."""
FIRST_PAUSE_S = 30.0
LONGEST_PAUSE_S = 3600.0
DOWN_AFTER = timedelta(days=1)
"""A site that was away for so long is down: from then on its jobs lose tries again, and come to an end."""

_NAMES = {
    "www.youtube.com": "YouTube",
    "x.com": "X",
    "t.me": "Telegram",
    "www.instagram.com": "Instagram",
    "www.tiktok.com": "TikTok",
    "www.facebook.com": "Facebook",
    "vk.com": "VK",
    "ok.ru": "OK",
    "rutube.ru": "Rutube",
    "vimeo.com": "Vimeo",
    "www.reddit.com": "Reddit",
}

_OTHER_HOSTS = {
    "youtu.be": "www.youtube.com",
    "m.youtube.com": "www.youtube.com",
    "twitter.com": "x.com",
    "www.twitter.com": "x.com",
    "www.x.com": "x.com",
    "telegram.me": "t.me",
    "m.vk.com": "vk.com",
    "vk.ru": "vk.com",
    "www.vk.com": "vk.com",
    "m.facebook.com": "www.facebook.com",
    "www.ok.ru": "ok.ru",
}


class Sign(StrEnum):
    """What one try says of the site itself; `mute` is what says nothing of it."""

    WELL = "well"
    THROTTLED = "throttled"
    AWAY = "away"
    WALLED = "walled"
    MUTE = "mute"


@dataclass(frozen=True, slots=True)
class Said:
    """One try that has ended: its sign, for which item, begun and ended when, and the pause the site asked for."""

    sign: Sign
    item: str
    began_at: datetime
    at: datetime
    asked_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Condition:
    """How a site stands: `failures` of one sign in a row, `trips` since it was last well.

    It rests until `until`; after that, and while `trips` is not 0, it is asked one thing at a time. `cause` is the sign
    of the newest failures, `since` the time of the first of them.
    """

    failures: int = 0
    trips: int = 0
    cause: Sign | None = None
    items: tuple[str, ...] = ()
    since: datetime | None = None
    opened_at: datetime | None = None
    until: datetime | None = None
    well_at: datetime | None = None

    @property
    def is_degraded(self) -> bool:
        """Jobs of this site wait, and only probes are sent."""
        return self.trips > 0

    def is_down(self, at: datetime) -> bool:
        """It has been away for so long that nobody should wait for it any more."""
        return self.is_degraded and self.since is not None and at - self.since >= DOWN_AFTER


def sign_of(outcome: str) -> Sign:
    """What the end of a try says of its site."""
    match outcome:
        case Outcome.RATE_LIMITED:
            return Sign.THROTTLED
        case Outcome.UNREACHABLE:
            return Sign.AWAY
        case Outcome.LOGIN_REQUIRED:
            return Sign.WALLED
        case (
            Outcome.CAPTURED
            | Outcome.PARTIAL
            | Outcome.REMOVED
            | Outcome.PRIVATE
            | Outcome.GEO_BLOCKED
            | Outcome.AGE_RESTRICTED
            | Outcome.UNSUPPORTED
            | Outcome.TOO_LARGE
            | Outcome.NOT_MEDIA
        ):
            return Sign.WELL
        case _:
            return Sign.MUTE


def after(before: Condition, said: Said) -> Condition:
    """How a site stands after one more try.

    1. a good answer ends the rest, unless its try began before the rest did
    2. a failure while it rests lengthens the rest only where the site itself asks for longer
    3. a failure that is the site's own counts; the site asks for rest itself, or enough of them in a row do
    4. a probe that fails doubles the rest
    """
    is_probe = before.is_degraded and before.opened_at is not None and said.began_at >= before.opened_at
    match said.sign:
        case Sign.WELL if before.is_degraded and not is_probe:
            return before
        case Sign.WELL:
            return Condition(well_at=said.at)
        case Sign.WALLED if not _is_sudden(before, said):
            return before
        case Sign.MUTE:
            return before
    if before.is_degraded and not is_probe:
        asked = said.at + timedelta(seconds=min(said.asked_s, LONGEST_PAUSE_S))
        return replace(before, until=max(before.until or asked, asked)) if said.asked_s else before
    is_more_of_it = before.cause is said.sign
    counted = replace(
        before,
        failures=before.failures + 1 if is_more_of_it else 1,
        cause=said.sign,
        items=tuple(sorted({*(before.items if is_more_of_it else ()), said.item}))[:2],
        since=before.since if before.since and (is_more_of_it or before.is_degraded) else said.at,
    )
    opens = said.sign is Sign.THROTTLED or (counted.failures >= OPENS_AFTER and len(counted.items) > 1)
    if not (before.is_degraded or opens):
        return counted
    pause_s = min(LONGEST_PAUSE_S, max(FIRST_PAUSE_S * 2**before.trips, said.asked_s))
    return replace(counted, trips=before.trips + 1, opened_at=said.at, until=said.at + timedelta(seconds=pause_s))


def _is_sudden(before: Condition, said: Said) -> bool:
    return before.well_at is not None and said.at - before.well_at < WALL_IS_SUDDEN_FOR


def read_budgets(said: str) -> dict[str, int]:
    """`host=number,…` as a mapping. Raises: ValueError for anything else."""
    budgets = {}
    for entry in filter(None, (part.strip() for part in said.split(","))):
        site, _, number = entry.partition("=")
        if not site.strip() or not number.strip().isdecimal() or int(number) < 1:
            raise ValueError(f"{entry!r} is no budget; one looks like www.youtube.com=300")
        budgets[site.strip().lower()] = int(number)
    return budgets


def host_of(said: str) -> str:
    """The host under which a site's posts are captured, from the host that somebody names."""
    host = said.strip().lower().rstrip(".")
    return f"www.{host}" if f"www.{host}" in _NAMES else _OTHER_HOSTS.get(host, host)


def name_of(site: str) -> str:
    """What people call a site."""
    return _NAMES.get(site, site.removeprefix("www."))
