"""Rows that count log-ins which failed of late, by digest of account and of address; forgotten after an hour."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, case, delete, func, select, update
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION, insert
from sqlalchemy.orm import Session

from storage.db.positions import LoginFailure, Telling
from storage.domain.throttle import FORGOTTEN_AFTER_S, Failures

_SUBJECT_TOLD_S, _ANYBODY_TOLD_S = 60.0, 1.0
_LOG_IN_FAILED = "log-in failure"


def failures(session: Session, subjects: Collection[str]) -> Mapping[str, Failures]:
    """What is remembered of each subject, locked: who guesses many times at once is heard one by one."""
    _lock(session, subjects)
    wanted = select(LoginFailure.subject, LoginFailure.failures, _since_s())
    wanted = wanted.where(LoginFailure.subject.in_(subjects), ~_is_old())
    return {subject: Failures(count, max(0.0, since_s)) for subject, count, since_s in session.execute(wanted)}


def count(session: Session, subjects: Collection[str]) -> None:
    """One more try for each subject."""
    now = func.clock_timestamp()
    for subject in sorted(subjects):
        told = insert(LoginFailure).values(subject=subject, failures=1, last_at=now)
        more = case((_is_old(), 1), else_=LoginFailure.failures + 1)
        session.execute(told.on_conflict_do_update(index_elements=["subject"], set_={"failures": more, "last_at": now}))


def forgive(session: Session, account: str, address: str) -> None:
    """The last try was right: the account's failures are forgotten, the address's are one fewer."""
    _lock(session, (account, address))
    session.execute(delete(LoginFailure).where(LoginFailure.subject == account))
    session.execute(
        update(LoginFailure).where(LoginFailure.subject == address).values(failures=LoginFailure.failures - 1)
    )
    session.execute(delete(LoginFailure).where(LoginFailure.subject == address, LoginFailure.failures <= 0))


def to_tell(session: Session, account: str, address: str) -> int:
    """One more failure of an account is not told yet; how many are to be told now, or 0 while it is too early.

    Too early is less than a minute after the last telling of this account or this address, or less than a second
    after that of anybody's: who guesses everywhere at once fills no ledger.
    """
    _lock(session, (account, address))
    count = update(LoginFailure).where(LoginFailure.subject == account).values(untold=LoginFailure.untold + 1)
    many = session.scalar(count.returning(LoginFailure.untold)) or 1
    both = LoginFailure.subject.in_((account, address))
    minute_ago, second_ago = _ago(_SUBJECT_TOLD_S), _ago(_ANYBODY_TOLD_S)
    if session.scalar(select(LoginFailure.subject).where(both, LoginFailure.told_at > minute_ago).limit(1)):
        return 0
    now = func.clock_timestamp()
    anybody = insert(Telling).values(name=_LOG_IN_FAILED, told_at=now)
    anybody = anybody.on_conflict_do_update(
        index_elements=["name"], set_={"told_at": now}, where=Telling.told_at < second_ago
    )
    if session.scalar(anybody.returning(Telling.name)) is None:
        return 0
    session.execute(update(LoginFailure).where(both).values(told_at=now))
    session.execute(update(LoginFailure).where(LoginFailure.subject == account).values(untold=0))
    return many


def untold(session: Session, account: str | None = None) -> int:
    """Take what is not told yet, of one account or of all; how many failures."""
    rows = select(LoginFailure.subject, LoginFailure.untold).where(LoginFailure.untold > 0)
    rows = rows.where(LoginFailure.subject == account) if account else rows
    found = {row[0]: row[1] for row in session.execute(rows.order_by(LoginFailure.subject).with_for_update())}
    session.execute(update(LoginFailure).where(LoginFailure.subject.in_(found)).values(untold=0))
    return sum(found.values())


def forget_old(session: Session) -> int:
    """Forget what failed more than an hour ago; how many rows."""
    return len(session.execute(delete(LoginFailure).where(_is_old()).returning(LoginFailure.subject)).all())


def _lock(session: Session, subjects: Collection[str]) -> None:
    """Lock the rows of some subjects, always in the same order, so that no two wait for each other."""
    rows = select(LoginFailure.subject).where(LoginFailure.subject.in_(subjects))
    session.execute(rows.order_by(LoginFailure.subject).with_for_update())


def _ago(seconds: float) -> ColumnElement[datetime]:
    return func.clock_timestamp() - func.make_interval(0, 0, 0, 0, 0, 0, seconds)


def _since_s() -> ColumnElement[float]:
    return func.extract("epoch", func.clock_timestamp() - LoginFailure.last_at).cast(DOUBLE_PRECISION)


def _is_old() -> ColumnElement[bool]:
    return LoginFailure.last_at < func.now() - func.make_interval(0, 0, 0, 0, 0, 0, FORGOTTEN_AFTER_S)
