"""What whoever checks knows from elsewhere: keys of an archive and of witnesses, one a line of a text."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from storage.integrity.checkpoint import LogKey
from storage.integrity.note import Kind, NoteKey

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Trust:
    """What is believed, whatever a package says.

    `roots`: certificates (DER) of time stamp authorities; `blocks`: Merkle roots of blocks by height, 32 bytes each.
    """

    keys: Sequence[LogKey] = ()
    witnesses: Sequence[NoteKey] = ()
    roots: Sequence[bytes] = ()
    blocks: Mapping[int, bytes] = field(default_factory=dict)


def read_keys(text: str) -> list[LogKey]:
    """Keys of a log, one a line: a `vkey`, the first size it signs for, and the last one if there is one.

    Empty lines and those that begin with `#` say nothing; sizes may be left out. Raises: ValueError.
    """
    keys = []
    for line in text.split("\n"):
        words = line.strip(" \t\r")
        if not words or words.startswith("#"):
            continue
        key, *sizes = re.split(r"[ \t]+", words)
        if len(sizes) > 2 or not all(_SIZE.fullmatch(size) for size in sizes):
            raise ValueError(f"not a key with the sizes it signs for: {words[:80]!r}")
        first, last = int(sizes[0]) if sizes else 0, int(sizes[1]) if len(sizes) > 1 else None
        keys.append(LogKey(NoteKey.parse(key), first, last))
    return keys


def split_keys(text: str) -> Trust:
    """Keys as somebody wrote them down: the archive's, and among them those of witnesses. Raises: ValueError."""
    keys = read_keys(text)
    witnesses = [one.key for one in keys if one.key.kind is Kind.COSIGNATURE]
    return Trust([one for one in keys if one.key.kind is Kind.ED25519], witnesses)
