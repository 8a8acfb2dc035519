"""What whoever checks knows from elsewhere: keys of an archive and of witnesses, and how keys followed one another."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from storage.errors import Altered
from storage.integrity.checkpoint import LogKey
from storage.integrity.note import Kind, NoteKey
from storage.integrity.succession import FORMAT, Succession, chain_of, open_succession

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
# A succession is six lines, an empty one and two signatures.
_LINES = 9


@dataclass(frozen=True, slots=True)
class Trust:
    """What is believed, whatever a package says.

    `roots`: certificates (DER) of time stamp authorities; `blocks`: Merkle roots of blocks by height, 32 bytes each.
    `successions` say by themselves who signed them.
    """

    keys: Sequence[LogKey] = ()
    witnesses: Sequence[NoteKey] = ()
    roots: Sequence[bytes] = ()
    blocks: Mapping[int, bytes] = field(default_factory=dict)
    successions: Sequence[Succession] = ()


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
    """Keys as somebody wrote them down: the archive's, among them those of witnesses, and successions between them.

    Raises: ValueError.
    """
    lines, plain, successions = text.replace("\r\n", "\n").split("\n"), [], []
    while lines:
        if lines[0] != FORMAT:
            plain.append(lines.pop(0))
            continue
        note, lines = lines[:_LINES], lines[_LINES:]
        try:
            successions.append(open_succession("".join(f"{line}\n" for line in note).encode()))
        except Altered as wrong:
            raise ValueError(wrong.sentence) from None
    _check_chains(successions)
    keys = read_keys("\n".join(plain))
    witnesses = [one.key for one in keys if one.key.kind is Kind.COSIGNATURE]
    return Trust([one for one in keys if one.key.kind is Kind.ED25519], witnesses, successions=successions)


def _check_chains(successions: Sequence[Succession]) -> None:
    for origin in {one.last.origin for one in successions}:
        try:
            chain_of(one for one in successions if one.last.origin == origin)
        except Altered as wrong:
            raise ValueError(wrong.sentence) from None
