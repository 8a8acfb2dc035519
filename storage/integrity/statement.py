"""What one line of the custody ledger says, its digest, and what is left of it once it was erased."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.domain.clock import rfc3339
from storage.domain.vocab import ERASED, EventType
from storage.integrity.canonical import canonical
from storage.integrity.digest import Digest

FORMAT = "svidok.event/1"


@dataclass(frozen=True, slots=True)
class Agent:
    """Who or what acted (PREMIS agent): a person by id, with the key they used, or a program with its
    version. Never a name.
    """

    kind: str
    id: str
    version: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """One event (PREMIS 3.0, entity Event): identifier, type, time, agent, outcome, detail, linked objects.

    `objects` are digests as `sha256:hex`; `previous` is the digest of the item's statement before this one.
    `written_at` is when the transaction began that wrote it down: what the rows beside it say, and so what is needed
    to write them again.
    """

    id: str
    type: EventType
    at: datetime
    agent: Agent
    item: str | None
    success: bool
    detail: Mapping[str, Any]
    objects: Sequence[str]
    previous: str | None
    written_at: datetime

    def text(self) -> str:
        """The canonical text that is kept and digested. Raises: ValueError for what JSON cannot carry."""
        agent = {"kind": self.agent.kind, "id": self.agent.id}
        if self.agent.version is not None:
            agent["version"] = self.agent.version
        if self.agent.key is not None:
            agent["key"] = self.agent.key
        body = {
            "format": FORMAT,
            "id": self.id,
            "type": self.type.value,
            "at": rfc3339(self.at),
            "agent": agent,
            "item": self.item,
            "outcome": "success" if self.success else "failure",
            "detail": dict(self.detail),
            "objects": list(self.objects),
            "previous": self.previous,
            "written_at": rfc3339(self.written_at),
        }
        return canonical(body).decode()


def digest_of_text(text: str) -> str:
    """The digest of a kept statement, `sha256:hex`."""
    return str(Digest.of(text.encode()))


def stub_of(text: str, erasure: str) -> str:
    """What is left of a statement that was erased: who did what kind of thing when, its digest, and which erasure.

    `sha256` is the digest of the text that is gone: with it the chain and the log are proved as before.
    """
    body = json.loads(text)
    left = {"format": ERASED, "detail": {}, "objects": [], "erasure": erasure, "sha256": digest_of_text(text)}
    return canonical(body | left).decode()


def is_stub(text: str) -> bool:
    """Whether a kept text is what an erasure has left; whether there was one is not looked at."""
    if f'"format":"{ERASED}"' not in text:
        return False
    try:
        return bool(json.loads(text)["format"] == ERASED)
    except (ValueError, KeyError, TypeError):
        return False


def stated_digest(text: str) -> str:
    """The digest of a kept statement; of one that was erased, the one its stub states, which only the log can prove."""
    return str(json.loads(text).get("sha256")) if is_stub(text) else digest_of_text(text)
