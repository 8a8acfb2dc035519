"""Where an item's chain of events stands, asked for in one round trip."""

from alembic import op

revision = "0013"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # VOLATILE, and two statements: the second sees what was written while the first waited for the lock.
    op.execute("""
        CREATE FUNCTION chain_standing(of_item text, OUT newest text, OUT began_at timestamptz)
        LANGUAGE plpgsql VOLATILE AS $$
        BEGIN
            began_at := now();
            IF of_item IS NOT NULL THEN
                PERFORM FROM item WHERE id = of_item FOR UPDATE;
                SELECT sha256 INTO newest FROM event WHERE item_id = of_item ORDER BY seq DESC LIMIT 1;
            END IF;
        END $$
    """)
