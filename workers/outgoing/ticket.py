"""One job's right to leave the machine, and the record of where it went."""

import base64
import fcntl
import hashlib
import json
import os
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TOKEN = re.compile(r"[0-9a-f]{32}")
_SETTLE_S = 5.0


@dataclass(frozen=True, slots=True)
class Ticket:
    """A random token that names one job to the egress proxy behind `socket`.

    The token's log in the folder `log` is also its registration: the proxy serves tokens whose log exists.
    """

    token: str
    socket: Path
    log: Path

    @classmethod
    def issue(cls, socket: Path, log: Path) -> "Ticket":
        """A new ticket, good until it is discarded."""
        log.mkdir(parents=True, exist_ok=True, mode=0o700)
        ticket = cls(secrets.token_hex(16), socket, log)
        os.close(os.open(ticket.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
        return ticket

    @property
    def path(self) -> Path:
        """Where the proxy writes this ticket's connections, one JSON object a line."""
        return log_path(self.log, self.token)

    def connections(self) -> Sequence[Mapping[str, Any]]:
        """Every connection made or refused under this ticket, in order of their ends.

        Waits a few seconds for connections still open. Fields: `at` (UTC), `method`, `host`, `port`, `address` (the
        one connected to), `bytes_up`, `bytes_down`, `seconds`, and where it went wrong `denied`, `failed` or `cut`.
        """
        with self.path.open("rb") as lines:
            _settle(lines.fileno())
            return [json.loads(line) for line in lines if line.endswith(b"\n")]

    def refused(self) -> Sequence[Mapping[str, Any]]:
        """The connections that the address policy refused."""
        return [connection for connection in self.connections() if "denied" in connection]

    def discard(self) -> None:
        """End the ticket: its log goes, and with it its right to leave."""
        self.path.unlink(missing_ok=True)


def log_path(log: Path, token: str) -> Path:
    """The log of a token; named by its digest, so that who can list the folder cannot use the tickets."""
    return log / f"{hashlib.sha256(token.encode('ascii')).hexdigest()}.jsonl"


def token_of(authorization: str) -> str | None:
    """The token in the value of a Proxy-Authorization header, or None where there is none of our form."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user = base64.b64decode(encoded.strip(), validate=True).partition(b":")[0].decode("ascii")
    except ValueError:
        return None
    return user if _TOKEN.fullmatch(user) else None


def _settle(log: int) -> None:
    """Wait until no connection writes to this log any more: the proxy holds a shared lock through each."""
    deadline = time.monotonic() + _SETTLE_S
    while time.monotonic() < deadline:
        try:
            fcntl.flock(log, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.02)
        else:
            return
