"""A capture's turn comes before other work; what is owed of a page or around a video waits for its site as well."""

from alembic import op

revision = "0027"
down_revision = "0030"
branch_labels = None
depends_on = None

_TURN = "timezone('UTC', run_after) + make_interval(hours => (step <> 'capture')::integer)"


def upgrade() -> None:
    op.drop_index("ix_job_ready", "job")
    op.execute(f"CREATE INDEX ix_job_ready ON job (queue, ({_TURN}), id) WHERE state = 'ready'")
    op.execute(
        "UPDATE job SET site = of_capture.site FROM job of_capture WHERE of_capture.capture_id = job.capture_id "
        "AND of_capture.step = 'capture' AND job.step IN ('page', 'surroundings') AND job.state IN ('ready', 'held')"
    )
