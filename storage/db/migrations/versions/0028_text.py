"""Lines of machine text to find items by; derived, so that nothing guards them but their item."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "text_read",
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"]),
        sa.PrimaryKeyConstraint("item_id", "sha256"),
    )
    op.create_table(
        "text_line",
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("start_s", postgresql.DOUBLE_PRECISION(), nullable=False),
        sa.Column("is_sure", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed("to_tsvector('simple', folded)", persisted=True),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"]),
        sa.PrimaryKeyConstraint("item_id", "sha256", "number"),
    )
    op.create_index("ix_text_line_search", "text_line", ["search"], unique=False, postgresql_using="gin")
    # Whatever has become of machine text that nobody has looked for yet is asked in the order of its making.
    op.create_index(
        "ix_holding_text", "holding", ["id"], unique=False, postgresql_where=sa.text("kind IN ('ocr', 'transcript')")
    )
