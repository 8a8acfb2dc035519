"""Searches by a picture: what is asked with lies here until it is answered, and in no log or backup."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0033"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "picture_search",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("asker_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("progress", postgresql.DOUBLE_PRECISION(), nullable=False),
        sa.Column("answer", postgresql.JSONB(), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error_sentence", sa.Text(), nullable=True),
        sa.Column("asked_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed', 'stopped')", name="ck_picture_search_state"
        ),
        sa.CheckConstraint(
            "(state IN ('waiting', 'running')) = (content IS NOT NULL)", name="ck_picture_search_content"
        ),
        sa.CheckConstraint("(state = 'running') = (lease_until IS NOT NULL)", name="ck_picture_search_lease"),
        prefixes=["UNLOGGED"],
    )
    op.create_index(op.f("ix_picture_search_asker_id"), "picture_search", ["asker_id"], unique=False)
    op.create_index(
        "uq_picture_search_under_way",
        "picture_search",
        ["asker_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('waiting', 'running')"),
    )
    # Pictures and films are packed already; trying again would only take time.
    op.execute("ALTER TABLE picture_search ALTER COLUMN content SET STORAGE EXTERNAL")
    op.execute("""
        CREATE TRIGGER tell_of_search AFTER INSERT OR UPDATE OF state ON picture_search
        FOR EACH ROW WHEN (NEW.state = 'waiting') EXECUTE FUNCTION tell_of_job()
    """)
