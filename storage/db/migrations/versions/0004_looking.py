"""Who has read what in which hour, and what the ledger has told of log-ins that failed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = postgresql.TIMESTAMP(timezone=True)
    op.create_table(
        "reading",
        sa.Column("reader_id", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("hour", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("reader_id", "item_id", "sha256", "hour"),
    )
    op.create_table(
        "telling",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("told_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.add_column("login_failure", sa.Column("untold", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("login_failure", sa.Column("told_at", moment, nullable=True))
