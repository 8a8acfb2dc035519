"""Erasures: what two people have agreed to erase may go, and nothing else; what must stay is emptied."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0011"
branch_labels = None
depends_on = None

_TIME = postgresql.TIMESTAMP(timezone=True)
# How the item of a row is found that may only be deleted when its item was erased.
_ITEM_OF = {
    "capture": "OLD.item_id",
    "holding": "OLD.item_id",
    "step_run": "OLD.item_id",
    "assertion": "OLD.item_id",
    "record_place": "(SELECT item_id FROM record WHERE pid = OLD.pid AND version = OLD.version)",
    "record_unit": "(SELECT item_id FROM record WHERE pid = OLD.pid AND version = OLD.version)",
    "file": "(SELECT item_id FROM erased_file JOIN erasure ON erasure.id = erasure_id WHERE sha256 = OLD.sha256 "
    "AND is_erased(item_id) LIMIT 1)",
}
# How a row is emptied: whose it is, the columns that may change, and what they must be afterwards.
_EMPTIED = {
    "submission": (
        "OLD.item_id",
        ("url", "canonical_url", "supplied_name", "note", "note_salt", "batch_origin"),
        "num_nonnulls(NEW.url, NEW.canonical_url, NEW.supplied_name, NEW.note, NEW.note_salt, NEW.batch_origin) = 0",
    ),
    "record": (
        "OLD.item_id",
        ("body", "words", "captured_from", "captured_until", "search"),
        "NEW.body = jsonb_build_object('erased', NEW.body->'erased') AND NEW.words = '' "
        "AND num_nonnulls(NEW.captured_from, NEW.captured_until) = 0",
    ),
    # Of no item are lines that name one in their detail.
    "event": (
        "coalesce(OLD.item_id, OLD.body::jsonb->'detail'->>'item')",
        ("body",),
        "NEW.body::jsonb->>'format' = 'svidok.erased/1' AND NEW.body::jsonb->>'sha256' = OLD.sha256 "
        "AND NEW.body::jsonb->'detail' = '{}' AND NEW.body::jsonb->>'type' = OLD.type "
        "AND OLD.type NOT IN ('deaccession', 'deletion') AND OLD.type NOT LIKE 'local:erasure%' "
        "AND OLD.type NOT LIKE 'local:hold%'",
    ),
}


def upgrade() -> None:
    op.add_column("item", sa.Column("erased_at", _TIME, nullable=True))
    op.create_table(
        "erasure",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("id", "asked_by", name="uq_erasure_asked_by"),
    )
    op.create_index(op.f("ix_erasure_item_id"), "erasure", ["item_id"], unique=False)
    op.create_table(
        "erasure_answer",
        sa.Column("erasure_id", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("agreed", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_at", _TIME, nullable=False),
        sa.CheckConstraint("NOT agreed OR person_id <> asked_by", name="ck_erasure_answer_two"),
        sa.ForeignKeyConstraint(
            ["erasure_id", "asked_by"], ["erasure.id", "erasure.asked_by"], name="fk_erasure_answer_asked"
        ),
        sa.PrimaryKeyConstraint("erasure_id"),
    )
    op.create_table(
        "erased_file",
        sa.Column("erasure_id", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["erasure_id"], ["erasure.id"]),
        sa.PrimaryKeyConstraint("erasure_id", "sha256"),
    )
    op.create_index("ix_erased_file_sha256", "erased_file", ["sha256"], unique=False)
    op.create_table(
        "erasure_done",
        sa.Column("erasure_id", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("destroyed", sa.BigInteger(), nullable=False),
        sa.Column("done_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["erasure_id"], ["erasure.id"]),
        sa.PrimaryKeyConstraint("erasure_id", "place"),
    )
    for table in ("erasure", "erasure_answer", "erased_file", "erasure_done"):
        _guard(table)
    _let_go()


def _guard(table: str) -> None:
    """Refuse update, delete and truncate, as for everything that is history."""
    op.execute(
        f"CREATE TRIGGER keep_rows BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER keep_table BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    for guard in ("keep_rows", "keep_table"):
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {guard}")


def _let_go() -> None:
    """The guards of history stay, and learn one exception: what two people agreed to erase, and no hold keeps."""
    op.execute("""
        CREATE FUNCTION is_erased(found text) RETURNS boolean LANGUAGE sql STABLE AS $$
            SELECT EXISTS (
                SELECT FROM erasure JOIN erasure_answer ON erasure_answer.erasure_id = erasure.id
                WHERE erasure.item_id = found AND agreed
            ) AND NOT EXISTS (
                SELECT FROM hold WHERE hold.item_id = found AND NOT EXISTS (
                    SELECT FROM hold_release WHERE hold_release.hold_id = hold.id AND ordinal = 2
                )
            )
        $$
    """)
    for table, item in _ITEM_OF.items():
        _replace_guard(table, f"IF TG_OP = 'DELETE' AND is_erased({item}) THEN RETURN OLD; END IF;")
    for table, (item, columns, condition) in _EMPTIED.items():
        left_out = "ARRAY[" + ", ".join(f"'{name}'" for name in columns) + "]"
        _replace_guard(
            table,
            f"""
            IF TG_OP = 'UPDATE' THEN
                IF is_erased({item}) AND to_jsonb(NEW) - {left_out} = to_jsonb(OLD) - {left_out} AND {condition} THEN
                    RETURN NEW;
                END IF;
            END IF;
            """,
        )


def _replace_guard(table: str, exception: str) -> None:
    op.execute(
        f"""
        CREATE FUNCTION refuse_change_of_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            {exception}
            RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    op.execute(f"DROP TRIGGER keep_rows ON {table}")
    op.execute(
        f"CREATE TRIGGER keep_rows BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION refuse_change_of_{table}()"
    )
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER keep_rows")
