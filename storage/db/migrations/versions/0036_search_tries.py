"""A search by a picture counts its tries in a column of their own; the last digit of its token said them before."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("picture_search", sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.execute("UPDATE picture_search SET tries = token % 10")
