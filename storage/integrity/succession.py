"""How one key of a log follows another: both sign the tree at which the old one ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from storage.integrity.checkpoint import Checkpoint, KeyPeriod, Trust, Untrusted, parse_checkpoint
from storage.integrity.note import Algorithm, Malformed, Note, Signer, VerifierKey, parse_note, verify

_FIRST_LINE = "svidok ledger key succession v1"


@dataclass(frozen=True, slots=True)
class Succession:
    """The new key vouches for the old one's last checkpoint, and the old one names its successor.

    Its first line holds spaces, which no origin does: it can never be read as a checkpoint.
    """

    old: VerifierKey
    new: VerifierKey
    last: Checkpoint

    def text(self) -> str:
        return f"{_FIRST_LINE}\n{self.old}\n{self.new}\n{self.last.text()}"

    def sign(self, old: Signer, new: Signer) -> str:
        """The statement as a note, signed by both keys."""
        return str(Note(self.text(), (old.sign(self.text()), new.sign(self.text()))))


def open_succession(raw: bytes) -> Succession:
    """Read a succession and check both signatures. Raises: Malformed, BadSignature or Untrusted.

    Says nothing of whether either key is trusted: `key_periods` does.
    """
    note = parse_note(raw)
    first, old_text, new_text, *rest = [*note.text.split("\n", 3), "", "", ""][:4]
    if first != _FIRST_LINE:
        raise Malformed(f"a succession of keys begins with {_FIRST_LINE!r}, not {first[:80]!r}")
    read = Succession(VerifierKey.parse(old_text), VerifierKey.parse(new_text), parse_checkpoint(rest[0]))
    if read.old == read.new or {read.old.algorithm, read.new.algorithm} != {Algorithm.NOTE}:
        raise Malformed("a succession names two different keys of a log")
    if not read.old.name == read.new.name == read.last.origin:
        raise Malformed("the keys of a succession and its checkpoint belong to one log")
    if {one.key for one in verify(note, (read.old, read.new))} != {read.old, read.new}:
        raise Untrusted("a succession of keys is signed by the old key and by the new one")
    return read


def key_periods(trusted: VerifierKey, successions: Sequence[bytes]) -> tuple[KeyPeriod, ...]:
    """Every key of a log with its sizes, given one key that is trusted and the successions in their order.

    Raises: Malformed, BadSignature or Untrusted when the successions are no chain, or do not hold the trusted key.
    """
    read = [open_succession(raw) for raw in successions]
    if not read:
        return (KeyPeriod(trusted),)
    for earlier, later in pairwise(read):
        if later.old != earlier.new or later.last.size < earlier.last.size:
            raise Untrusted(f"the succession to key {later.new.id.hex()} does not follow the one before it")
    keys = [read[0].old, *(one.new for one in read)]
    if len(set(keys)) != len(keys):
        raise Untrusted("a key that was succeeded came back")
    if trusted not in keys:
        raise Untrusted(f"the key {trusted.id.hex()} of {trusted.name} is in no succession of this log's keys")
    ends = [one.last.size for one in read]
    return tuple(KeyPeriod(key, first, last) for key, first, last in zip(keys, [0, *ends], [*ends, None], strict=True))


def trust_of(key: VerifierKey, *witnesses: VerifierKey, successions: Sequence[bytes] = ()) -> Trust:
    """Trust one key of a log, and with it every key it is joined to by successions. Raises: as `key_periods`."""
    return Trust(key.name, key_periods(key, successions), witnesses)
