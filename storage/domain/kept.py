"""What the hands give to the archive: how an attempt went, and what is to be kept of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from storage.domain.vocab import FileRole, Outcome


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to collect a source (Berkeley Protocol, paragraphs 153 to 155).

    `identity` is what the platform calls it (canonical URL, ids, account, title); `collection` is how it was done
    (tool and versions, options, redirects, formats offered, connections, clock check).
    """

    outcome: Outcome
    sentence: str
    started_at: datetime
    ended_at: datetime
    tool: str | None = None
    tool_version: str | None = None
    identity: Mapping[str, Any] = field(default_factory=dict)
    collection: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    """One thing an item will hold: bytes that the store keeps already (digests in hex), a payload, or both."""

    kind: str
    role: FileRole
    media_type: str
    payload: Mapping[str, Any]
    sealed: bool = False
    sha256: str | None = None
    sha512: str | None = None
    size_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Lent:
    """A site's session that an attempt has used; `sealed` is how it came back, where it worked and was changed."""

    site: str
    revision: int
    well: bool
    sealed: bytes | None = field(default=None, repr=False)
    cookies: int = 0
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StepKey:
    """Which step ran with which inputs: equal keys mean equal work."""

    step: str
    version: str
    key: str
    inputs: tuple[str, ...]
