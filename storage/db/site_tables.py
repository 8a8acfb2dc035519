"""Rows of sites: how each stands now, and what was asked of it of late; position, not history."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from storage.db.tables import NOW, Base


class SiteCondition(Base):
    """How a site stands, as `storage.domain.sites.Condition` says; a site that never failed may have no row."""

    __tablename__ = "site_condition"
    site: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    trips: Mapped[int] = mapped_column(default=0)
    cause: Mapped[str | None] = mapped_column(default=None)
    items: Mapped[list[str]] = mapped_column(default_factory=list)
    since: Mapped[datetime | None] = mapped_column(default=None)
    opened_at: Mapped[datetime | None] = mapped_column(default=None)
    until: Mapped[datetime | None] = mapped_column(default=None)
    well_at: Mapped[datetime | None] = mapped_column(default=None)
    __table_args__ = (CheckConstraint("trips = 0 OR until IS NOT NULL", name="ck_site_condition_until"),)


class SiteTry(Base):
    """One try at a site, by the job and the token it was held under; swept after a few days."""

    __tablename__ = "site_try"
    job_id: Mapped[str] = mapped_column(primary_key=True)
    token: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    site: Mapped[str]
    began_at: Mapped[datetime]
    outcome: Mapped[str | None] = mapped_column(default=None)
    __table_args__ = (Index("ix_site_try_site", "site", "began_at"), Index("ix_site_try_began", "began_at"))


class SiteSession(Base):
    """Cookies of an account at a site, sealed under the vault's key; `revision` counts how often they were entered.

    `failures` counts refusals since it last worked.
    """

    __tablename__ = "site_session"
    site: Mapped[str] = mapped_column(primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    revision: Mapped[int]
    cookies: Mapped[int]
    expires_at: Mapped[datetime | None]
    added_by: Mapped[str]
    added_at: Mapped[datetime] = mapped_column(server_default=NOW, init=False)
    used_at: Mapped[datetime | None] = mapped_column(default=None)
    well_at: Mapped[datetime | None] = mapped_column(default=None)
    failed_at: Mapped[datetime | None] = mapped_column(default=None)
    failure: Mapped[str | None] = mapped_column(default=None)
    failures: Mapped[int] = mapped_column(default=0)
