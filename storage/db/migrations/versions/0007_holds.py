"""Legal holds: an item under one loses nothing, whoever asks, until two people let go of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0005"
branch_labels = None
depends_on = None

# How the item of a row is found that may not be deleted while the item is held.
_ITEMS_OF = {
    "item": "SELECT OLD.id",
    "submission": "SELECT OLD.item_id",
    "capture": "SELECT OLD.item_id",
    "holding": "SELECT OLD.item_id",
    "file": "SELECT item_id FROM holding WHERE sha256 = OLD.sha256",
    "step_run": "SELECT OLD.item_id",
    "assertion": "SELECT OLD.item_id",
    "record": "SELECT OLD.item_id",
    "record_place": "SELECT item_id FROM record WHERE pid = OLD.pid AND version = OLD.version",
    "record_unit": "SELECT item_id FROM record WHERE pid = OLD.pid AND version = OLD.version",
    "event": "SELECT OLD.item_id",
}


def upgrade() -> None:
    op.create_table(
        "hold",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("placed_by", sa.Text(), nullable=False),
        sa.Column("placed_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_hold_item_id"), "hold", ["item_id"], unique=False)
    op.create_table(
        "hold_release",
        sa.Column("hold_id", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("after", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(ordinal = 1 AND after IS NULL) OR (ordinal = 2 AND after IS NOT NULL AND after = 1)",
            name="ck_hold_release_ordinal",
        ),
        sa.ForeignKeyConstraint(["hold_id"], ["hold.id"]),
        sa.ForeignKeyConstraint(
            ["hold_id", "after"], ["hold_release.hold_id", "hold_release.ordinal"], name="fk_hold_release_after"
        ),
        sa.PrimaryKeyConstraint("hold_id", "ordinal"),
        sa.UniqueConstraint("hold_id", "person_id", name="uq_hold_release_person"),
    )
    for table in ("hold", "hold_release"):
        _guard(table)
    _hold_fast()


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


def _hold_fast() -> None:
    """Refuse to delete what belongs to a held item. The name sorts before `keep_rows`: this reason is told first.

    The item is locked before it is looked at, so that a hold that is being placed is waited for.
    """
    for table, items in _ITEMS_OF.items():
        op.execute(
            f"""
            CREATE FUNCTION refuse_held_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
            DECLARE
                found text;
            BEGIN
                FOR found IN {items} LOOP
                    PERFORM 1 FROM item WHERE id = found FOR UPDATE;
                    IF EXISTS (
                        SELECT FROM hold WHERE hold.item_id = found AND NOT EXISTS (
                            SELECT FROM hold_release WHERE hold_release.hold_id = hold.id AND ordinal = 2
                        )
                    ) THEN
                        RAISE EXCEPTION 'item % is under legal hold: % of its {table} refused', found, TG_OP
                            USING ERRCODE = 'restrict_violation';
                    END IF;
                END LOOP;
                RETURN OLD;
            END $$
            """
        )
        op.execute(
            f"CREATE TRIGGER hold_rows BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_held_{table}()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER hold_rows")
