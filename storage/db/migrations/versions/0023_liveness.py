"""Looks at sources after they were captured, and when the next is due."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_TIME = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "sighting",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("liveness", sa.Text(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("seen_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_sighting_item", "sighting", ["item_id", "id"], unique=False)
    # As for what was captured: only what two people agreed to erase goes, and no legal hold keeps.
    op.execute("""
        CREATE FUNCTION refuse_change_of_sighting() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' AND is_erased(OLD.item_id) THEN RETURN OLD; END IF;
            RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
        END $$
    """)
    op.execute(
        "CREATE TRIGGER keep_rows BEFORE UPDATE OR DELETE ON sighting "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change_of_sighting()"
    )
    op.execute(
        "CREATE TRIGGER keep_table BEFORE TRUNCATE ON sighting FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    for guard in ("keep_rows", "keep_table"):
        op.execute(f"ALTER TABLE sighting ENABLE ALWAYS TRIGGER {guard}")
    op.create_table(
        "watch",
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("due_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("item_id"),
    )
    op.create_index(op.f("ix_watch_due_at"), "watch", ["due_at"], unique=False)
