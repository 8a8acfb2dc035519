"""Rows that move: who is logged in, who edits what, what is typed and not yet said, what is owed; no history."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.db.tables import NOW, Base


class WebSession(Base):
    """A browser somebody is logged in with; only the SHA-256 of its secret is kept. Ended or old ones are swept."""

    __tablename__ = "web_session"
    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id"), index=True)
    secret_sha256: Mapped[str] = mapped_column(unique=True)
    browser: Mapped[str]
    expires_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(server_default=NOW, init=False)
    created_at: Mapped[datetime] = mapped_column(server_default=NOW, init=False)


class LoginFailure(Base):
    """How often a log-in has failed of late, by the digest of the account or address it was tried with or from.

    `untold` of them stand in the ledger only once somebody is told of them again; the last time was `told_at`.
    """

    __tablename__ = "login_failure"
    subject: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime]
    untold: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    told_at: Mapped[datetime | None] = mapped_column(default=None)


class Telling(Base):
    """When the ledger last told of something that could happen very often."""

    __tablename__ = "telling"
    name: Mapped[str] = mapped_column(primary_key=True)
    told_at: Mapped[datetime]


class Reading(Base):
    """That somebody has read a file in an hour of the clock, and that the ledger says so."""

    __tablename__ = "reading"
    reader_id: Mapped[str] = mapped_column(primary_key=True)
    item_id: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(primary_key=True)
    hour: Mapped[str] = mapped_column(primary_key=True)


class Preference(Base):
    """How somebody wants the workbench to be: language, theme, shields, keys."""

    __tablename__ = "preference"
    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    body: Mapped[dict[str, Any]]


class Lease(Base):
    """Who is editing an item, and until when; position, not history. `asked_by` would like to be next."""

    __tablename__ = "lease"
    item_id: Mapped[str] = mapped_column(ForeignKey("item.id"), primary_key=True)
    holder_id: Mapped[str]
    taken_at: Mapped[datetime]
    until: Mapped[datetime]
    asked_by: Mapped[str | None] = mapped_column(default=None)
    asked_at: Mapped[datetime | None] = mapped_column(default=None)


class Draft(Base):
    """What somebody has typed about an item and not yet said; theirs alone.

    `revision` counts its savings; it is negative, and the body empty, once it was thrown away: at `saved_at`.
    """

    __tablename__ = "draft"
    owner_id: Mapped[str] = mapped_column(primary_key=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("item.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[dict[str, Any]]
    revision: Mapped[int]
    saved_at: Mapped[datetime]


class Examination(Base):
    """What the keeper last found when it looked at the installation: the doctor's findings, the space left."""

    __tablename__ = "examination"
    name: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]


CAPTURE_STEP = "capture"
# As the database writes it back: a list after NOT IN comes back as another expression, and looks like another index.
_IS_LATER = " AND ".join(f"step <> '{step}'" for step in (CAPTURE_STEP, "probe", "arrival"))
TURN = f"timezone('UTC', run_after) + make_interval(hours => ({_IS_LATER})::integer)"
"""When a job's turn is: a video may be gone tomorrow, so a capture goes before all else of the hour before it.

So does the first look at what was captured: it takes seconds, and others' whole analyses would hold it up for hours.

What waits for longer goes first again, so that nothing waits for ever."""


class Job(Base):
    """Work that is owed. Mutable: this is position, not history; the history is the ledger's.

    `is_renewal`: owed because the whole library is analysed anew; nobody waits for it, so all other work goes first.
    """

    __tablename__ = "job"
    id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    queue: Mapped[str]
    step: Mapped[str]
    step_version: Mapped[str]
    item_id: Mapped[str] = mapped_column(ForeignKey("item.id"), index=True)
    capture_id: Mapped[str] = mapped_column(index=True)
    request: Mapped[dict[str, Any]]
    site: Mapped[str | None] = mapped_column(default=None)
    is_renewal: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    state: Mapped[str] = mapped_column(default="ready")
    attempt: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    faults: Mapped[int] = mapped_column(default=0)
    losses: Mapped[int] = mapped_column(default=0)
    throttles: Mapped[int] = mapped_column(default=0)
    pauses: Mapped[int] = mapped_column(default=0)
    token: Mapped[int] = mapped_column(BigInteger, default=0)
    worker: Mapped[str | None] = mapped_column(default=None)
    lease_until: Mapped[datetime | None] = mapped_column(default=None)
    run_after: Mapped[datetime] = mapped_column(server_default=NOW, init=False)
    error_class: Mapped[str | None] = mapped_column(default=None)
    error_code: Mapped[str | None] = mapped_column(default=None)
    error_sentence: Mapped[str | None] = mapped_column(default=None)
    progress: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    created_at: Mapped[datetime] = mapped_column(server_default=NOW, init=False)
    started_at: Mapped[datetime | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    __table_args__ = (
        CheckConstraint("(state = 'running') = (lease_until IS NOT NULL)", name="ck_job_lease"),
        CheckConstraint("state IN ('ready', 'running', 'done', 'dead', 'held', 'cancelled')", name="ck_job_state"),
        Index("ix_job_ready", "queue", "is_renewal", text(TURN), "id", postgresql_where=text("state = 'ready'")),
        Index("ix_job_running", "lease_until", postgresql_where=text("state = 'running'")),
        Index("ix_job_site", "site", postgresql_where=text("site IS NOT NULL")),
        Index("ix_job_bad", "ended_at", postgresql_where=text("state IN ('dead', 'held')")),
    )


class IdempotentAnswer(Base):
    """What was answered to a request that carried an Idempotency-Key, so that a repeat gets the same."""

    __tablename__ = "idempotent_answer"
    actor_id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_sha256: Mapped[str]
    status: Mapped[int]
    body: Mapped[dict[str, Any]]
    answered_at: Mapped[datetime] = mapped_column(server_default=NOW, init=False)
