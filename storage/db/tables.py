"""The rows: four nouns kept apart (source, capture, file, item), what is said of them, and who says it."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ARRAY, BigInteger, Computed, ForeignKey, Identity, Index, Text, text
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION, JSONB, TIMESTAMP, TSVECTOR
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column

NOW = text("now()")


class Base(MappedAsDataclass, DeclarativeBase, kw_only=True):
    """Every table; rows are plain dataclasses without relationships, so nothing loads itself lazily."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: TIMESTAMP(timezone=True),
        str: Text,
        float: DOUBLE_PRECISION,
        dict[str, Any]: JSONB,
        list[str]: ARRAY(Text),
    }


class Project(Base):
    __tablename__ = "project"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    review_policy: Mapped[str]


class User(Base):
    """A person. `email_salt` opens the commitment to the address that the ledger carries."""

    __tablename__ = "user_account"
    id: Mapped[str] = mapped_column(primary_key=True)
    email: Mapped[str]
    name: Mapped[str]
    password_hash: Mapped[str]
    email_salt: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(server_default=NOW, init=False)
    __table_args__ = (Index("uq_user_email", text("lower(email)"), unique=True),)


class UserRole(Base):
    __tablename__ = "user_role"
    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)


class Key(Base):
    """A bearer secret, of which only the SHA-256 is kept; it can never do more than its roles."""

    __tablename__ = "api_key"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    secret_sha256: Mapped[str] = mapped_column(unique=True)
    roles: Mapped[list[str]]
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"), default=None)
    expires_at: Mapped[datetime | None] = mapped_column(default=None)
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)
    last_used_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime] = mapped_column(server_default=NOW, init=False)


class SetupToken(Base):
    """The right to make the first user, once."""

    __tablename__ = "setup_token"
    secret_sha256: Mapped[str] = mapped_column(primary_key=True)
    issued_at: Mapped[datetime] = mapped_column(server_default=NOW, init=False)
    used_at: Mapped[datetime | None] = mapped_column(default=None)


class Source(Base):
    """A place on the web, under its canonical address."""

    __tablename__ = "source"
    id: Mapped[str] = mapped_column(primary_key=True)
    canonical_url: Mapped[str] = mapped_column(unique=True)
    platform: Mapped[str | None] = mapped_column(default=None)
    post_id: Mapped[str | None] = mapped_column(default=None)
    account: Mapped[str | None] = mapped_column(default=None)
    created_at: Mapped[datetime] = mapped_column(server_default=NOW, init=False)


class SourceAddress(Base):
    """Every address known to lead to a source, learned from submissions and from captures."""

    __tablename__ = "source_address"
    url: Mapped[str] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("source.id"), index=True)


class Item(Base):
    """What people verify. Workflow, sensitivity and whoever has taken it on move; `version` counts such moves.

    A source has at most one item that is not sealed; sealed ones beside it know nothing of each other.
    `assignee_id` is who has taken the item on. Its record's versions up to `sealed_through` were published before it
    was sealed; 0 where there are none. Of an item that was erased only its tombstone is left.
    """

    __tablename__ = "item"
    id: Mapped[str] = mapped_column(primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"))
    source_id: Mapped[str | None] = mapped_column(ForeignKey("source.id"))
    sensitivity: Mapped[str]
    workflow: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    assignee_id: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"), default=None, index=True)
    sealed_through: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    erased_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime] = mapped_column(server_default=NOW, init=False)
    __table_args__ = (
        Index("ix_item_workflow", "workflow", "id"),
        Index("ix_item_sealed", "id", postgresql_where=text("sensitivity = 'sealed'")),
        Index(
            "uq_item_source",
            "source_id",
            unique=True,
            postgresql_where=text("sensitivity <> 'sealed'"),
        ),
    )


class Submission(Base):
    """One person's handing-in; append-only. `capture_id` names the capture it asked for or joined.

    `sensitivity` and `project_id` are what was asked for, also where the item that was joined has others. One of a list
    names the list, its line there, and the page the list was found on.
    """

    __tablename__ = "submission"
    id: Mapped[str] = mapped_column(primary_key=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("item.id"), index=True)
    capture_id: Mapped[str]
    submitter_id: Mapped[str] = mapped_column(index=True)
    url: Mapped[str | None]
    canonical_url: Mapped[str | None]
    sensitivity: Mapped[str]
    project_id: Mapped[str]
    supplied_name: Mapped[str | None] = mapped_column(default=None)
    note: Mapped[str | None] = mapped_column(default=None)
    note_salt: Mapped[str | None] = mapped_column(default=None)
    joined: Mapped[bool] = mapped_column(default=False)
    batch_id: Mapped[str | None] = mapped_column(default=None, index=True)
    batch_line: Mapped[int | None] = mapped_column(default=None)
    batch_origin: Mapped[str | None] = mapped_column(default=None)
    received_at: Mapped[datetime] = mapped_column(server_default=NOW, init=False)


class File(Base):
    """Bytes that are kept; append-only. Says nothing of where they came from."""

    __tablename__ = "file"
    sha256: Mapped[str] = mapped_column(primary_key=True)
    sha512: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sealed_at: Mapped[datetime] = mapped_column(server_default=NOW, init=False)


class Capture(Base):
    """One attempt to collect a source, at its end, whatever the end was; append-only."""

    __tablename__ = "capture"
    id: Mapped[str] = mapped_column(primary_key=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("item.id"), index=True)
    source_id: Mapped[str | None] = mapped_column(ForeignKey("source.id"))
    outcome: Mapped[str]
    sentence: Mapped[str]
    tool: Mapped[str | None]
    tool_version: Mapped[str | None]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    identity: Mapped[dict[str, Any]]
    collection: Mapped[dict[str, Any]]


class StepRun(Base):
    """A step that has run for an item with exactly these inputs; append-only; its key makes twice equal once."""

    __tablename__ = "step_run"
    item_id: Mapped[str] = mapped_column(ForeignKey("item.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    capture_id: Mapped[str]
    step: Mapped[str]
    version: Mapped[str]
    inputs: Mapped[list[str]]
    made_at: Mapped[datetime] = mapped_column(server_default=NOW, init=False)


class Holding(Base):
    """What an item holds: an original, its context or a product; by digest, by payload or both; append-only."""

    __tablename__ = "holding"
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, init=False)
    item_id: Mapped[str] = mapped_column(ForeignKey("item.id"))
    capture_id: Mapped[str]
    step: Mapped[str]
    step_key: Mapped[str]
    role: Mapped[str]
    kind: Mapped[str]
    media_type: Mapped[str]
    sha256: Mapped[str | None] = mapped_column(ForeignKey("file.sha256"), index=True)
    payload: Mapped[dict[str, Any]]
    sealed: Mapped[bool]
    made_at: Mapped[datetime] = mapped_column(server_default=NOW, init=False)
    __table_args__ = (
        Index("ix_holding_item_kind", "item_id", "kind"),
        Index("ix_holding_match", text("(payload ->> 'other_item')"), postgresql_where=text("kind = 'match'")),
        Index("ix_holding_text", "id", postgresql_where=text("kind IN ('ocr', 'transcript')")),
    )


class Assertion(Base):
    """Somebody says something about an item; append-only, superseded by a later row."""

    __tablename__ = "assertion"
    id: Mapped[str] = mapped_column(primary_key=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("item.id"), index=True)
    kind: Mapped[str]
    author_id: Mapped[str]
    body: Mapped[dict[str, Any]]
    supersedes: Mapped[str | None] = mapped_column(ForeignKey("assertion.id"), unique=True)
    made_at: Mapped[datetime] = mapped_column(server_default=NOW, init=False)


class UnitVersion(Base):
    """A unit of the register as it was described at one time; append-only, the newest version counts."""

    __tablename__ = "unit_version"
    unit_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[str]
    body: Mapped[dict[str, Any]]
    folded: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(server_default=NOW, init=False)


class PlaceVersion(Base):
    """A place of the register as it was described at one time; append-only, the newest version counts."""

    __tablename__ = "place_version"
    place_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[str]
    body: Mapped[dict[str, Any]]
    folded: Mapped[str]
    lat: Mapped[float]
    lon: Mapped[float]
    made_at: Mapped[datetime] = mapped_column(server_default=NOW, init=False)


class Record(Base):
    """One frozen, published version of an item; append-only."""

    __tablename__ = "record"
    pid: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("item.id"), index=True)
    sensitivity: Mapped[str]
    body: Mapped[dict[str, Any]]
    sha256: Mapped[str]
    words: Mapped[str]
    captured_from: Mapped[datetime | None]
    captured_until: Mapped[datetime | None]
    published_at: Mapped[datetime]
    published_by: Mapped[str]
    search: Mapped[Any] = mapped_column(TSVECTOR, Computed("to_tsvector('simple', words)", persisted=True), init=False)
    __table_args__ = (Index("ix_record_search", "search", postgresql_using="gin"),)


class RecordPlace(Base):
    """A circle a record version may be found by, with the box around it; append-only.

    `west` > `east` means that the box crosses the antimeridian.
    """

    __tablename__ = "record_place"
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, init=False)
    pid: Mapped[str]
    version: Mapped[int]
    role: Mapped[str]
    lat: Mapped[float]
    lon: Mapped[float]
    radius_m: Mapped[float]
    south: Mapped[float]
    north: Mapped[float]
    west: Mapped[float]
    east: Mapped[float]
    __table_args__ = (
        Index("ix_record_place_record", "pid", "version"),
        Index("ix_record_place_box", "south", "north"),
    )


class RecordUnit(Base):
    """A unit a record version may be found by, its name folded for comparison; append-only."""

    __tablename__ = "record_unit"
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, init=False)
    pid: Mapped[str]
    version: Mapped[int]
    folded: Mapped[str] = mapped_column(index=True)
    __table_args__ = (
        Index("ix_record_unit_record", "pid", "version"),
        Index(
            "ix_record_unit_words",
            text("string_to_array(folded, ' ')"),
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
        ),
    )


class Event(Base):
    """One line of the custody ledger; append-only. `body` is the canonical text whose digest is `sha256`.

    `previous` is the digest of the item's event before it: a chain per item.
    """

    __tablename__ = "event"
    seq: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, init=False)
    id: Mapped[str] = mapped_column(unique=True)
    item_id: Mapped[str | None] = mapped_column(ForeignKey("item.id"))
    type: Mapped[str]
    at: Mapped[datetime]
    body: Mapped[str]
    sha256: Mapped[str]
    previous: Mapped[str | None]
    xid: Mapped[int] = mapped_column(BigInteger, server_default=text("pg_current_xact_id()::text::bigint"), init=False)
    __table_args__ = (
        Index("ix_event_item_seq", "item_id", "seq"),
        Index("ix_event_xid", "xid", "seq"),
        Index(
            "uq_event_previous",
            "item_id",
            "previous",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("item_id IS NOT NULL"),
        ),
    )


APPEND_ONLY = (
    Submission,
    File,
    Capture,
    StepRun,
    Holding,
    Assertion,
    Record,
    RecordPlace,
    RecordUnit,
    UnitVersion,
    PlaceVersion,
    Event,
)
