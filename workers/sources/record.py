"""The collection record of one attempt: who asked for what, with which tools, when, by which way, and what was seen."""

import ctypes
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from storage.domain import clock
from storage.domain.urls import canonical
from storage.domain.vocab import Outcome
from storage.errors import ArchiveError, InvalidUrl
from workers.outgoing.ticket import Ticket
from workers.sources import outcomes
from workers.sources.arguments import software
from workers.step import Context

_LARGEST_EXACT = 2**53 - 1
_TEXT_LETTERS = 20_000
_WAYS_TOLD = 50
_TIME_ERROR = 5
_SECRET_HEADERS = frozenset({"set-cookie", "authorization", "proxy-authorization", "cookie", "www-authenticate"})
_WITHOUT_QUERY = "?…"
_URL_QUERY = re.compile(r"(https?://[^\s?\"'<>]+)\?[^\s\"'<>]*")


@dataclass(slots=True)
class Record:
    """What is known of one attempt so far; `facts` become the collection record, `identity` what the platform says.

    Requirements: Berkeley Protocol, paragraph 155 (a), (f), (g).
    """

    context: Context
    url: str
    tool: str
    tool_version: str
    identity: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    started_at: datetime = field(default_factory=clock.now)

    @property
    def ticket(self) -> Ticket:
        if self.context.ticket is None:
            raise ValueError("a source that fetches needs a ticket to leave the machine")
        return self.context.ticket

    def collection(self) -> Mapping[str, Any]:
        """The record as canonical JSON values; reads the connections made so far."""
        ways = self.ticket.connections() if self.context.ticket else []
        document = {
            "url": self.url,
            "started_at": clock.rfc3339(self.started_at),
            "ended_at": clock.rfc3339(clock.now()),
            "software": dict(software()),
            "connections": summary(ways),
            "refused": [dict(way) for way in ways if "denied" in way][:_WAYS_TOLD],
            **self.facts,
        }
        return {name: plain(value) for name, value in document.items()}

    def blocked(self) -> ArchiveError:
        """The error for a way that the address policy refused; says so where it was only for its port."""
        reasons = {str(way["denied"]) for way in self.ticket.refused()}
        ports = {reason.removeprefix("port ") for reason in reasons if reason.startswith("port ")}
        sentence = ""
        if ports and len(ports) == len(reasons):
            sentence = (
                f"This address leads to port {', '.join(sorted(ports))}; the archive asks on the web's own ports only."
            )
        return self.failed(Outcome.BLOCKED_ADDRESS, sentence)

    def failed(self, outcome: Outcome, sentence: str = "", *, retry_after_s: float | None = None) -> ArchiveError:
        """The error that ends this attempt without media; it carries the whole record."""
        detail: dict[str, Any] = {
            "tool": self.tool,
            "tool_version": self.tool_version,
            "identity": {},
            "collection": {**self.collection(), "seen_as": plain(self.identity)},
        }
        if retry_after_s is not None:
            detail["retry_after_s"] = retry_after_s
        return outcomes.failure(outcome, detail, sentence)


def summary(ways: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Connections by where they led, in order of first use; the single ones are for a file of their own."""
    led: dict[tuple[str, int, str], dict[str, Any]] = {}
    for way in ways:
        key = (str(way.get("host")), int(way.get("port", 0)), str(way.get("address")))
        known = led.setdefault(
            key,
            {
                "host": way.get("host"),
                "port": way.get("port"),
                "address": way.get("address"),
                "first_at": way.get("at"),
                "connections": 0,
                "bytes_up": 0,
                "bytes_down": 0,
            },
        )
        known["connections"] += 1
        known["bytes_up"] += way.get("bytes_up", 0)
        known["bytes_down"] += way.get("bytes_down", 0)
    return list(led.values())[:_WAYS_TOLD]


def clock_check(server_date: str | None, seen_at: datetime | None = None) -> dict[str, Any]:
    """How far our clock can be trusted: beside a server's Date header (whole seconds), and by the kernel's own word."""
    ours = seen_at or clock.now()
    check: dict[str, Any] = {"ours": clock.rfc3339(ours), "kernel_synchronised": _kernel_synchronised()}
    if server_date:
        try:
            theirs = parsedate_to_datetime(server_date)
        except ValueError:
            return check
        theirs = theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)
        check |= {"server": clock.rfc3339(theirs), "ours_ahead_s": round((ours - theirs).total_seconds(), 1)}
    return check


def _kernel_synchronised() -> bool | None:
    """Whether the kernel believes that something keeps its clock right (adjtimex(2)); None where it does not say."""
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "adjtimex"):
        return None
    state = libc.adjtimex(ctypes.create_string_buffer(512))
    return None if state < 0 else state != _TIME_ERROR


def headers_told(headers: Sequence[Sequence[str]]) -> dict[str, str]:
    """Response headers as a record may show them: what opens a session is withheld."""
    return {name: "withheld" if name.lower() in _SECRET_HEADERS else text for name, text in headers}


def addresses(*urls: str | None) -> list[str]:
    """The canonical spellings of addresses, once each; what is no address, or not a whole one, is left out."""
    known: dict[str, None] = {}
    for url in urls:
        if url is None or url.endswith(_WITHOUT_QUERY):
            continue
        try:
            known[canonical(url)] = None
        except InvalidUrl:
            continue
    return list(known)


def without_query(text: str) -> str:
    """Text whose addresses have lost their queries, where tokens and signatures stand."""
    return _URL_QUERY.sub(rf"\1{_WITHOUT_QUERY}", text)


def plain(value: Any) -> Any:
    """A value that canonical JSON and the database can carry: no NUL, no lone surrogate, no number a double bends."""
    match value:
        case None | bool():
            return value
        case int():
            return value if abs(value) <= _LARGEST_EXACT else str(value)
        case float():
            return value if math.isfinite(value) else None
        case str():
            whole = value.encode("utf-8", errors="replace").decode().replace("\0", "\ufffd")
            return whole if len(whole) <= _TEXT_LETTERS else whole[:_TEXT_LETTERS] + "…"
        case Mapping():
            return {str(plain(str(name))): plain(one) for name, one in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(one) for one in value]
        case _:
            return plain(str(value))
