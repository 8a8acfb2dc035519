"""Sites: how each stands, and what was asked of it of late; in place of a pause alone."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0012"
branch_labels = None
depends_on = None

_TIME = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "site_condition",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("trips", sa.Integer(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("items", postgresql.ARRAY(sa.Text()), nullable=False),
        *(sa.Column(name, _TIME, nullable=True) for name in ("since", "opened_at", "until", "well_at")),
        sa.CheckConstraint("trips = 0 OR until IS NOT NULL", name="ck_site_condition_until"),
        sa.PrimaryKeyConstraint("site"),
    )
    op.create_table(
        "site_try",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("token", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("began_at", _TIME, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("job_id", "token"),
    )
    op.create_index("ix_site_try_site", "site_try", ["site", "began_at"], unique=False)
    op.create_index("ix_site_try_began", "site_try", ["began_at"], unique=False)
    # A site that rests while this runs goes on resting: its pause becomes the first trip of its new condition.
    op.execute("""
        INSERT INTO site_condition (site, failures, trips, cause, items, since, opened_at, until)
        SELECT site, 1, 1, 'throttled', '{}', now(), now(), until FROM site_pause WHERE until > now()
    """)
    op.drop_table("site_pause")
    op.create_index("ix_job_site", "job", ["site"], unique=False, postgresql_where=sa.text("site IS NOT NULL"))
