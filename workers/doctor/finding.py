"""What the doctor says: one finding for each thing that was looked at."""

from dataclasses import dataclass
from enum import StrEnum


class Condition(StrEnum):
    """How bad it is; only `unsafe` makes the doctor's exit code 1."""

    OK = "ok"
    WARN = "warn"
    UNSAFE = "unsafe"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    state: Condition
    sentence: str
