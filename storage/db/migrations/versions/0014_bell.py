"""Whoever makes a job ready tells the keeper, who waits for it."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE FUNCTION tell_of_job() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('svidok_job', '');
            RETURN NULL;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER tell_of_job AFTER INSERT OR UPDATE OF state ON job
        FOR EACH ROW WHEN (NEW.state = 'ready' AND NEW.run_after <= clock_timestamp()) EXECUTE FUNCTION tell_of_job()
    """)
