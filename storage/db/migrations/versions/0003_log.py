"""The Merkle log over the events: leaves, keys, checkpoints, and how far it has come."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_NOW = sa.text("now()")


def upgrade() -> None:
    op.create_table(
        "leaf",
        sa.Column("index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["event_seq"], ["event.seq"]),
        sa.PrimaryKeyConstraint("index"),
        sa.UniqueConstraint("event_seq"),
    )
    op.create_table(
        "log_key",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("first_size", sa.BigInteger(), nullable=False),
        sa.Column("made_at", postgresql.TIMESTAMP(timezone=True), server_default=_NOW, nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "checkpoint",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_at", postgresql.TIMESTAMP(timezone=True), server_default=_NOW, nullable=False),
        sa.PrimaryKeyConstraint("size"),
    )
    op.create_table(
        "log_head",
        sa.Column("one", sa.Boolean(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("peaks", sa.LargeBinary(), nullable=False),
        sa.Column("after_xid", sa.BigInteger(), nullable=False),
        sa.Column("after_seq", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("one", name="ck_log_head_one"),
        sa.PrimaryKeyConstraint("one"),
    )
    op.create_index("ix_event_xid", "event", ["xid", "seq"], unique=False)
    for table in ("leaf", "log_key", "checkpoint"):
        _guard(table)


def _guard(table: str) -> None:
    """Refuse update, delete and truncate, as for everything that is history."""
    op.execute(
        f"CREATE TRIGGER keep_rows BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER keep_table BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    for guard in ("keep_rows", "keep_table"):
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {guard}")
