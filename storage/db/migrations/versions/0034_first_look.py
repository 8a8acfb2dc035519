"""The first look at a capture, its probe and its key frames, takes its turn with captures, before other work."""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_IS_LATER = "step <> 'capture' AND step <> 'probe' AND step <> 'arrival'"
_TURN = f"timezone('UTC', run_after) + make_interval(hours => ({_IS_LATER})::integer)"


def upgrade() -> None:
    op.drop_index("ix_job_ready", "job")
    op.execute(f"CREATE INDEX ix_job_ready ON job (queue, ({_TURN}), id) WHERE state = 'ready'")
