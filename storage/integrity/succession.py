"""How one key of a log follows another: both sign the checkpoint at which the old one ends."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from storage.errors import Altered
from storage.integrity.checkpoint import Checkpoint, LogKey
from storage.integrity.note import Kind, Note, NoteKey, Signer, joined

FORMAT = "svidok.succession/1"


@dataclass(frozen=True, slots=True)
class Succession:
    """The old key names its successor, and the new one vouches for all that was signed up to `last`."""

    old: NoteKey
    new: NoteKey
    last: Checkpoint

    def text(self) -> str:
        """What both sign; its second line is no size, so that it can never be read as a checkpoint."""
        return f"{FORMAT}\n{self.old}\n{self.new}\n{self.last.text()}"

    def signed(self, old: Signer, new: Signer) -> bytes:
        """The statement as a signed note."""
        return joined(self.text(), [old.sign(self.text()), new.sign(self.text())])


def open_succession(whole: bytes) -> Succession:
    """Read a succession and check both signatures. Says nothing of whether either key is trusted. Raises: Altered."""
    note = Note.parse(whole)
    first, *rest = note.text.split("\n", 3)
    if first != FORMAT or len(rest) != 3:
        raise Altered(f"a succession of keys is {FORMAT}, two keys and a checkpoint")
    try:
        read = Succession(NoteKey.parse(rest[0]), NoteKey.parse(rest[1]), Checkpoint.parse(rest[2]))
    except ValueError:
        raise Altered("a succession of keys names a key that is none") from None
    if read.text() != note.text:
        raise Altered("a succession of keys names a key that is none")
    names, kinds = {read.old.name, read.new.name, read.last.origin}, {read.old.kind, read.new.kind}
    if read.old == read.new or len(names) != 1 or kinds != {Kind.ED25519}:
        raise Altered("a succession of keys is from one key of a log to another key of the same log")
    signed = [note.signed_by(read.old), note.signed_by(read.new)]
    if None in signed or len(note.signatures) != 2:
        raise Altered("a succession of keys is signed by the old key and the new one, and by nobody else")
    return read


def extended(chain: Sequence[Succession], following: Succession) -> tuple[Succession, ...]:
    """The chain with one succession more. Raises: Altered where it does not follow the last one."""
    if chain and (following.old != chain[-1].new or following.last.size <= chain[-1].last.size):
        raise Altered(f"the succession to key {following.new.id.hex()} does not follow the one before it")
    if following.new in {one.old for one in chain}:
        raise Altered(f"key {following.new.id.hex()} was succeeded, and came back")
    return (*chain, following)


def chain_of(successions: Iterable[Succession]) -> tuple[Succession, ...]:
    """Successions of one log, known from several places, in their order. Raises: Altered where they are no chain."""
    chain: tuple[Succession, ...] = ()
    for one in sorted(set(successions), key=lambda one: (one.last.size, one.text())):
        chain = extended(chain, one)
    return chain


def periods(chain: Sequence[Succession]) -> list[LogKey]:
    """Every key of a chain with the sizes it signs for, the oldest first."""
    keys = [one.old for one in chain[:1]] + [one.new for one in chain]
    firsts = [0, *(one.last.size + 1 for one in chain)]
    lasts = [*(one.last.size for one in chain), None]
    return [LogKey(*one) for one in zip(keys, firsts, lasts, strict=False)]


def joined_keys(trusted: Sequence[LogKey], chain: Sequence[Succession]) -> list[LogKey]:
    """The trusted keys, each for no more sizes than the chain leaves it, and the keys which the chain joins to them.

    Older keys are vouched for by the newest trusted one. Newer ones follow it, but not where it was named with a last
    size: whoever named that knows that the key has ended, and it names no successor to them any more.
    """
    every = periods(chain)
    places = {one.key: place for place, one in enumerate(every)}
    held = [one for one in trusted if one.key in places]
    if not held:
        return list(trusted)
    newest = max(places[one.key] for one in held)
    is_ended = all(one.last_size is not None for one in held if places[one.key] == newest)
    reached = every[: newest + 1] if is_ended else every
    own = [_narrowed(one, every[places[one.key]]) if one.key in places else one for one in trusted]
    return own + [one for one in reached if one.key not in {known.key for known in held}]


def _narrowed(one: LogKey, period: LogKey) -> LogKey:
    lasts = [last for last in (one.last_size, period.last_size) if last is not None]
    return LogKey(one.key, max(one.first_size, period.first_size), min(lasts, default=None))
