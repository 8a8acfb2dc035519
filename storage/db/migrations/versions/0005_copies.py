"""Copies: the archive's name for its stores, and what is known of each file on each store."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "archive_name",
        sa.Column("one", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.CheckConstraint("one", name="ck_archive_name_one"),
        sa.PrimaryKeyConstraint("one"),
    )
    op.execute("INSERT INTO archive_name (one, name) VALUES (true, gen_random_uuid()::text)")
    op.create_table(
        "file_copy",
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("checked_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('owed', 'whole', 'altered', 'missing')", name="ck_file_copy_state"),
        sa.ForeignKeyConstraint(["sha256"], ["file.sha256"]),
        sa.PrimaryKeyConstraint("store", "sha256"),
    )
    op.create_index(
        "ix_file_copy_checked",
        "file_copy",
        ["store", sa.text("checked_at NULLS FIRST")],
        postgresql_where=sa.text("state = 'whole'"),
    )
    op.create_index(
        "ix_file_copy_odd",
        "file_copy",
        ["store", "state", "sha256"],
        postgresql_where=sa.text("state <> 'whole'"),
    )
    _guard("archive_name")


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
