"""What reviewers decide of copies, and a way from an item to the matches that others have with it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "match_decided",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("other_item_id", sa.Text(), nullable=False),
        sa.Column("low_sha256", sa.Text(), nullable=False),
        sa.Column("high_sha256", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Text(), nullable=False),
        sa.Column("made_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"]),
        sa.ForeignKeyConstraint(["other_item_id"], ["item.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint("low_sha256 <= high_sha256", name="ck_match_decided_pair"),
    )
    op.create_index(op.f("ix_match_decided_item_id"), "match_decided", ["item_id"], unique=False)
    op.create_index(op.f("ix_match_decided_other_item_id"), "match_decided", ["other_item_id"], unique=False)
    op.create_index("ix_match_decided_pair", "match_decided", ["low_sha256", "high_sha256", "id"], unique=False)
    op.execute("CREATE INDEX ix_holding_match ON holding ((payload ->> 'other_item')) WHERE kind = 'match'")
    # As for what was said of an item: only what two people agreed to erase goes, and no legal hold keeps.
    op.execute("""
        CREATE FUNCTION refuse_change_of_match_decided() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' AND is_erased(OLD.item_id) THEN RETURN OLD; END IF;
            RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
        END $$
    """)
    op.execute(
        "CREATE TRIGGER keep_rows BEFORE UPDATE OR DELETE ON match_decided "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change_of_match_decided()"
    )
    op.execute(
        "CREATE TRIGGER keep_table BEFORE TRUNCATE ON match_decided FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    for guard in ("keep_rows", "keep_table"):
        op.execute(f"ALTER TABLE match_decided ENABLE ALWAYS TRIGGER {guard}")
