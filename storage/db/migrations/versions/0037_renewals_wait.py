"""What a renewal of the whole library owes waits for everything else, however long ago it was owed."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_IS_LATER = "step <> 'capture' AND step <> 'probe' AND step <> 'arrival'"
_TURN = f"timezone('UTC', run_after) + make_interval(hours => ({_IS_LATER})::integer)"


def upgrade() -> None:
    op.add_column("job", sa.Column("is_renewal", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.drop_index("ix_job_ready", "job")
    op.execute(f"CREATE INDEX ix_job_ready ON job (queue, is_renewal, ({_TURN}), id) WHERE state = 'ready'")
