"""Parts of a file: which bytes a Range header asks for."""

import re
from dataclasses import dataclass

_ONE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes `start` to `end`, `end` not included."""

    start: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.start


class Unsatisfiable(Exception):
    """The range lies outside of the file."""


def wanted_part(header: str | None, size_bytes: int) -> Part | None:
    """The one part that is asked for, or None for the whole file.

    Several ranges, other units and malformed headers mean the whole file, as the standard allows.
    Raises: Unsatisfiable. Source: RFC 9110, section 14.2.
    """
    match = _ONE.fullmatch((header or "").replace(" ", ""))
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        length = min(int(last), size_bytes)
        if length == 0:
            raise Unsatisfiable
        return Part(size_bytes - length, size_bytes)
    start = int(first)
    if last and int(last) < start:
        return None
    if start >= size_bytes:
        raise Unsatisfiable
    return Part(start, min(int(last) + 1, size_bytes) if last else size_bytes)
