"""The ledger's tree: leaves, head, keys, checkpoints, cosignatures, time stamps; and whose reading was written down."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_KEPT = ("leaf", "ledger_key", "checkpoint", "cosignature", "time_stamp")

# The head moves, but only forward, and there is always exactly one.
_FORWARD = """
    CREATE FUNCTION refuse_backwards() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP <> 'UPDATE' OR NEW.size < OLD.size OR NEW.epoch < OLD.epoch OR NEW.epoch_seq < OLD.epoch_seq
            OR (NEW.epoch = OLD.epoch AND (NEW.cluster <> OLD.cluster
                OR (NEW.mark_xid, NEW.mark_seq) < (OLD.mark_xid, OLD.mark_seq)))
        THEN
            RAISE EXCEPTION '% only goes forward: % refused', TG_TABLE_NAME, TG_OP
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
"""


def upgrade() -> None:
    moment = postgresql.TIMESTAMP(timezone=True)
    op.create_table(
        "leaf",
        sa.Column("index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["event.seq"]),
        sa.PrimaryKeyConstraint("index"),
        sa.UniqueConstraint("seq"),
    )
    op.create_table(
        "ledger_head",
        sa.Column("single", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("peaks", sa.LargeBinary(), nullable=False),
        sa.Column("mark_xid", sa.BigInteger(), nullable=False),
        sa.Column("mark_seq", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("epoch_seq", sa.BigInteger(), nullable=False),
        sa.Column("cluster", sa.Text(), nullable=False),
        sa.CheckConstraint("single", name="ck_ledger_head_single"),
        sa.PrimaryKeyConstraint("single"),
    )
    op.create_table(
        "ledger_key",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("vkey", sa.Text(), nullable=False),
        sa.Column("first_size", sa.BigInteger(), nullable=False),
        sa.Column("succession", sa.Text(), nullable=True),
        sa.Column("made_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("vkey"),
    )
    op.create_table(
        "checkpoint",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("size"),
    )
    op.create_table(
        "cosignature",
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("witness", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("witnessed_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["size"], ["checkpoint.size"]),
        sa.PrimaryKeyConstraint("size", "witness"),
    )
    op.create_table(
        "time_stamp",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("stamped_at", moment, nullable=True),
        sa.Column("made_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["size"], ["checkpoint.size"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("size", "authority", "sha256"),
    )
    op.create_index(op.f("ix_time_stamp_size"), "time_stamp", ["size"], unique=False)
    op.create_table(
        "reading",
        sa.Column("reader_id", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("hour", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("reader_id", "item_id", "sha256", "hour"),
    )
    op.create_table(
        "telling",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("told_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.add_column("login_failure", sa.Column("untold", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("login_failure", sa.Column("told_at", moment, nullable=True))
    # In the order in which the sequencer takes events; the first migration stored the number, unindexed.
    op.create_index("ix_event_xid_seq", "event", ["xid", "seq"], unique=False)
    op.execute(
        "INSERT INTO ledger_head (size, peaks, mark_xid, mark_seq, epoch, epoch_seq, cluster)"
        " SELECT 0, '', 0, 0, 0, 0, system_identifier::text FROM pg_control_system()"
    )
    _guard()


def _guard() -> None:
    """Refuse update, delete and truncate, as for everything that is history; the head may move forward."""
    op.execute(_FORWARD)
    refused = dict.fromkeys(_KEPT, ("UPDATE OR DELETE", "refuse_change", "refuse_change"))
    refused["ledger_head"] = ("UPDATE OR DELETE", "refuse_backwards", "refuse_change")
    for table, (change, rows, whole) in refused.items():
        op.execute(f"CREATE TRIGGER keep_rows BEFORE {change} ON {table} FOR EACH ROW EXECUTE FUNCTION {rows}()")
        op.execute(
            f"CREATE TRIGGER keep_table BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {whole}()"
        )
        for guard in ("keep_rows", "keep_table"):
            op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {guard}")
