"""The one tree of errors: what went wrong, whether trying again helps, and a sentence for whoever must act."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

Value = str | int | float


@dataclass(frozen=True, slots=True)
class Reason:
    """What exactly a sentence says, for whoever reads it in another language: a stable code, and what it names."""

    code: str
    values: Mapping[str, Value] = field(default_factory=dict)


def because(code: str, **values: Value) -> Reason:
    """The reason for a sentence that names `values`."""
    return Reason(code, values)


class Unfit(ValueError):
    """A value does not have the form its field must have; a validator that raises it tells its `code` as well."""

    def __init__(self, sentence: str, code: str, **values: Value) -> None:
        super().__init__(sentence)
        self.reason = Reason(code, values)


class ArchiveError(Exception):
    """Root of every error we raise on purpose.

    `code` is stable and machine-readable, `status` the HTTP number it becomes, `sentence` what a person reads.
    `reason` says which of the things that share a code it is. `detail` is for the archive's own eyes; `extensions` are
    JSON values that the problem document carries besides (RFC 9457, section 3.2).
    """

    code: str = "archive_error"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        sentence: str,
        *,
        code: str | None = None,
        reason: Reason | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code or type(self).code
        self.reason = reason
        self.detail: Mapping[str, Any] = detail or {}
        self.extensions: dict[str, Any] = {}


class InvalidValue(ArchiveError):
    """Something said to us does not have the form it must have."""

    code = "invalid_value"
    status = 422


class InvalidUrl(InvalidValue):
    """An address we will not ask for, whatever stands behind it."""

    code = "invalid_url"


class BadQuery(ArchiveError):
    """A question with unknown or malformed parameters; never answered by ignoring them."""

    code = "bad_query"
    status = 400


class NotAuthenticated(ArchiveError):
    """Nobody we know is asking."""

    code = "not_authenticated"
    status = 401


class WrongCredentials(NotAuthenticated):
    """Nobody here has this address and this password; which of the two is wrong is not told."""

    code = "wrong_credentials"


class TooManyAttempts(ArchiveError):
    """Log-ins have failed too often of late; `wait_s` whole seconds from now another try is heard."""

    code = "too_many_attempts"
    status = 429

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"Too many log-ins have failed. The next one is heard in {wait_s} s.")
        self.wait_s = wait_s


class TooManySearches(ArchiveError):
    """Somebody's searches by pictures were too many within an hour, or took too long; they may again in `wait_s`."""

    code = "too_many_searches"
    status = 429

    def __init__(self, wait_s: int) -> None:
        super().__init__(
            f"Your searches by pictures within an hour were too many, or long. You may again in {wait_s} s."
        )
        self.wait_s = wait_s


class NotAllowed(ArchiveError):
    """We know who asks, and this is not theirs to do."""

    code = "not_allowed"
    status = 403


class Forged(NotAllowed):
    """The browser is known, but what it asks for was not asked for by our own page."""

    code = "csrf"


class NotFound(ArchiveError):
    """There is no such thing, or none the asker may know of: the two read the same."""

    code = "not_found"
    status = 404


class Erased(ArchiveError):
    """It was here, and two people have agreed to erase it; that much stays."""

    code = "erased"
    status = 410


class Conflict(ArchiveError):
    """The same thing was asked for in two incompatible ways."""

    code = "conflict"
    status = 409


class Leased(Conflict):
    """Somebody else is editing this item now; `item` is its id."""

    code = "leased"

    def __init__(self, sentence: str, *, item: str | None = None) -> None:
        super().__init__(sentence)
        self.item = item


class Superseded(Conflict):
    """The log has another key since; whoever signs opens that one."""

    code = "superseded"


class Stale(ArchiveError):
    """Somebody changed it since it was read."""

    code = "stale"
    status = 412


class StateMissing(ArchiveError):
    """A change that could undo somebody else's must say which state it was made from (RFC 6585, section 3)."""

    code = "precondition_required"
    status = 428


class TooLarge(ArchiveError):
    """More bytes than the operator allows."""

    code = "too_large"
    status = 413


class Rejected(ArchiveError):
    """A step will never succeed with this input; `code` is the capture outcome or the reason."""

    code = "rejected"
    status = 422


class Unavailable(ArchiveError):
    """A step could not succeed now and may later; `code` is the outcome to keep when the tries are used up."""

    code = "unavailable"
    status = 503
    retryable = True


class Throttled(Unavailable):
    """The other side asks us to slow down; waiting burns no try."""

    code = "rate_limited"


class DiskFull(Unavailable):
    """There is no room to keep bytes; the work is paused, not failed."""

    code = "disk_full"
    status = 507


class LeaseLost(ArchiveError):
    """Somebody else holds this job now; what we made is thrown away."""

    code = "lease_lost"


class LedgerHalted(ArchiveError):
    """Somebody outside knows another history of this log than ours; nothing is added until a person has looked."""

    code = "ledger_halted"
    status = 503


class Altered(ArchiveError):
    """Bytes we keep are not the bytes we sealed."""

    code = "altered"


class WrongStore(ArchiveError):
    """This store belongs to another archive, or is not the one we know: nothing is written there."""

    code = "wrong_store"
    status = 503


class SandboxMissing(ArchiveError):
    """This machine cannot put a program in a box, and nobody said to go on without one."""

    code = "sandbox_missing"
    status = 503


class Implausible(ArchiveError):
    """What a program in a box left behind is not what that program leaves: none of it is believed."""

    code = "implausible"
