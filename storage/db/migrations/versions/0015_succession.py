"""How the log came to each of its keys, after the first."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("log_key", sa.Column("succession", sa.Text(), nullable=True))
