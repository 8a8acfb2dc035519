"""Closed lists: every choice the archive knows, spelled as the field spells it."""

from enum import StrEnum


class Outcome(StrEnum):
    """How one capture ended; only the first two carry media."""

    CAPTURED = "captured"
    PARTIAL = "partial"
    REMOVED = "removed"
    PRIVATE = "private"
    LOGIN_REQUIRED = "login_required"
    GEO_BLOCKED = "geo_blocked"
    AGE_RESTRICTED = "age_restricted"
    RATE_LIMITED = "rate_limited"
    UNSUPPORTED = "unsupported"
    TOO_LARGE = "too_large"
    NOT_MEDIA = "not_media"
    BLOCKED_ADDRESS = "blocked_address"
    UNREACHABLE = "unreachable"
    TOOL_FAILED = "tool_failed"


class Role(StrEnum):
    """What a person or a key may be; one may be several."""

    SUBMITTER = "submitter"
    REVIEWER = "reviewer"
    LEAD = "lead"
    RESEARCHER = "researcher"
    STEWARD = "steward"
    ADMIN = "admin"


class Sensitivity(StrEnum):
    """Who may see an item once it is published, and whether it may be known at all before."""

    PUBLIC = "public"
    RESEARCHER = "researcher"
    RESTRICTED = "restricted"
    SEALED = "sealed"


class Workflow(StrEnum):
    """Where an item stands in review; the verdict is another machine."""

    INTAKE = "intake"
    TRIAGED = "triaged"
    CLAIMS_SET = "claims_set"
    FIRST_REVIEW = "first_review"
    SECOND_REVIEW = "second_review"
    COMPARED = "compared"
    ADJUDICATION = "adjudication"
    CONCLUDED = "concluded"
    PUBLISHED = "published"
    REOPENED = "reopened"
    NEEDS_HELP = "needs_help"
    ON_HOLD = "on_hold"
    DUPLICATE = "duplicate"
    OUT_OF_SCOPE = "out_of_scope"
    WITHDRAWN = "withdrawn"


class ReviewPolicy(StrEnum):
    """How many reviewers a project asks for."""

    SINGLE = "single"
    BLIND_TWO = "blind_two"


class FileRole(StrEnum):
    """Why an item holds a file."""

    ORIGINAL = "original"
    PRODUCT = "product"
    CONTEXT = "context"


class JobState(StrEnum):
    """Where a job stands; `held` waits for an operator or for room on the disk, `cancelled` for a person's word."""

    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"
    HELD = "held"
    CANCELLED = "cancelled"


class ErrorClass(StrEnum):
    """The endings of a job that is not done (architecture, decision 10)."""

    TRANSIENT = "transient"
    UNREACHABLE = "unreachable"
    THROTTLED = "throttled"
    DISK_FULL = "disk_full"
    PERMANENT = "permanent"
    FAULT = "fault"


class Lack(StrEnum):
    """What a step that ended without having looked was in want of."""

    MODEL = "model"
    PROGRAM = "program"


ERASED = "svidok.erased/1"
"""The format of what is left of an event that was erased."""


class EventType(StrEnum):
    """What happened, in the words of the Library of Congress's PREMIS event types; ours carry `local:`."""

    INGESTION = "ingestion"
    CAPTURE = "capture"
    MESSAGE_DIGEST = "message digest calculation"
    FIXITY_CHECK = "fixity check"
    CREATION = "creation"
    VALIDATION = "validation"
    DISSEMINATION = "dissemination"
    REPLICATION = "replication"
    ENCRYPTION = "encryption"
    DECRYPTION = "decryption"
    PLAIN_DESTROYED = "local:plain bytes destroyed"
    REPAIR = "local:repair"
    RESTORED = "local:backup restored"
    STORE_RENEWED = "local:store renewed"
    IMMUTABILITY = "local:immutability check"
    UNUSED_SET_ASIDE = "local:unused bytes set aside"
    SUBMISSION = "local:submission"
    SAME_SOURCE = "local:same source"
    STEP_FAILED = "local:step failure"
    CANCELLED = "local:analysis cancelled"
    FLAWS_FOUND = "local:gaps found"
    ASSERTION = "local:assertion"
    MATCH_DECIDED = "local:match decided"
    PUBLICATION = "local:publication"
    SENSITIVITY = "local:sensitivity change"
    RETRY = "local:retry"
    USER_ADDED = "local:user added"
    USER_ENDED = "local:user ended"
    ROLES_CHANGED = "local:roles changed"
    PASSWORD_CHANGED = "local:password changed"  # noqa: S105 - the name of an event
    ASSIGNMENT = "local:assignment"
    WORKFLOW = "local:workflow change"
    UNIT = "local:unit description"
    PLACE = "local:place description"
    KEY_ADDED = "local:key added"
    KEY_REVOKED = "local:key revoked"
    TIME_STAMP = "local:time stamp"
    READ = "local:read"
    SETTINGS_CHANGED = "local:settings changed"
    LOG_IN_FAILED = "local:log-in failure"
    REBUILT = "local:database rebuilt"
    SIGHTING = "local:source looked at again"
    SITE_SESSION_KEPT = "local:site session kept"
    SITE_SESSION_ENDED = "local:site session ended"
    SITE_SESSION_USED = "local:site session used"
    LEDGER_KEY_CHANGED = "local:ledger key changed"
    ITEM_KEY_CHANGED = "local:key of sealed items changed"
    HOLD_PLACED = "local:hold placed"
    HOLD_RELEASE_ASKED = "local:hold release asked"
    HOLD_RELEASED = "local:hold released"
    ERASURE_ASKED = "local:erasure asked"
    ERASURE_REFUSED = "local:erasure refused"
    DEACCESSION = "deaccession"
    DELETION = "deletion"


class StampKind(StrEnum):
    """How somebody else proves the time of a checkpoint."""

    RFC3161 = "rfc3161"
    OPENTIMESTAMPS = "opentimestamps"


class AssertionKind(StrEnum):
    """What an assertion is about."""

    PLACE = "place"
    TIME = "time"
    UNIT = "unit"
    CONTENT = "content"
    QUOTE = "quote"
    NOTE = "note"


class AssertionStatus(StrEnum):
    """How far an assertion is taken as given."""

    CANDIDATE = "candidate"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Confidence(StrEnum):
    """How sure the one who asserts is."""

    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"
