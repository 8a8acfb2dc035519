"""Lists: a submission of one names it, its line there, and the page it was found on."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("submission", sa.Column("batch_id", sa.Text(), nullable=True))
    op.add_column("submission", sa.Column("batch_line", sa.Integer(), nullable=True))
    op.add_column("submission", sa.Column("batch_origin", sa.Text(), nullable=True))
    op.create_index(op.f("ix_submission_batch_id"), "submission", ["batch_id"], unique=False)
