"""A search by a picture counts the seconds that workers have given to it, so that one person cannot take them all."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "picture_search",
        sa.Column("worked_s", postgresql.DOUBLE_PRECISION(), server_default=sa.text("0"), nullable=False),
    )
