"""Leases: one person edits an item at a time, until ten minutes after the last thing they did."""

from dataclasses import dataclass
from datetime import datetime, timedelta

LEASE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Term:
    """Who edits an item, and until when: the moment itself is not included."""

    holder: str
    until: datetime

    def is_running(self, now: datetime) -> bool:
        """Whether the holder still has it."""
        return now < self.until


def holder_at(term: Term | None, now: datetime) -> str | None:
    """Who edits the item at `now`; None where nobody does or the time has run out."""
    return term.holder if term is not None and term.is_running(now) else None


def may_write(term: Term | None, person: str, now: datetime) -> bool:
    """Whether `person` may change the item: unless somebody else holds it, anybody who may at all."""
    return holder_at(term, now) in (None, person)


def may_take(term: Term | None, person: str, now: datetime, *, takes_over: bool) -> bool:
    """Whether `person` may have the lease: free, run out or already theirs; a lead may take it over."""
    return takes_over or may_write(term, person, now)


def begins_anew(term: Term | None, person: str, now: datetime) -> bool:
    """Whether a taking is a new lease and not the renewal of a running one."""
    return holder_at(term, now) != person


def until(now: datetime) -> datetime:
    """When a lease that is used at `now` runs out."""
    return now + LEASE
