"""One job's right to leave the machine, and the record of where it went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Ticket:
    """A random token that names one job to the egress proxy behind `socket`."""

    token: str
    socket: Path
    log: Path

    def connections(self) -> Sequence[Mapping[str, Any]]:
        """Every connection made or refused under this ticket, in order."""
        raise NotImplementedError
