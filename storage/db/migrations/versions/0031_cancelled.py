"""A job may end as cancelled: somebody has said that its work is not to be done."""

from alembic import op

revision = "0031"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint("ck_job_state", "job")
    op.create_check_constraint(
        "ck_job_state", "job", "state IN ('ready', 'running', 'done', 'dead', 'held', 'cancelled')"
    )
