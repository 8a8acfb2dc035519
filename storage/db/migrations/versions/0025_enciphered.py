"""Files as ciphertext under the key of an item, and copies whose plain bytes were destroyed for it."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "enciphered",
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("sealed_sha256", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"]),
        sa.ForeignKeyConstraint(["sealed_sha256"], ["file.sha256"]),
        sa.PrimaryKeyConstraint("item_id", "sha256"),
        sa.UniqueConstraint("sealed_sha256"),
    )
    op.create_index("ix_enciphered_sha256", "enciphered", ["sha256"], unique=False)
    op.create_index("ix_item_sealed", "item", ["id"], unique=False, postgresql_where=sa.text("sensitivity = 'sealed'"))
    op.execute("""
        CREATE FUNCTION refuse_change_of_enciphered() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' AND is_erased(OLD.item_id) THEN RETURN OLD; END IF;
            RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
        END $$
    """)
    op.execute(
        "CREATE TRIGGER keep_rows BEFORE UPDATE OR DELETE ON enciphered "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change_of_enciphered()"
    )
    op.execute(
        "CREATE TRIGGER keep_table BEFORE TRUNCATE ON enciphered FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    for guard in ("keep_rows", "keep_table"):
        op.execute(f"ALTER TABLE enciphered ENABLE ALWAYS TRIGGER {guard}")
    op.drop_constraint("ck_file_copy_state", "file_copy", type_="check")
    op.create_check_constraint(
        "ck_file_copy_state", "file_copy", "state IN ('owed', 'whole', 'altered', 'missing', 'enciphered')"
    )
