"""Checkpoints: what a log signs of its tree, by which key at which size, and who watched."""

from dataclasses import dataclass

from storage.integrity.merkle import EMPTY_ROOT, HASH_BYTES
from storage.integrity.note import (
    Algorithm,
    Malformed,
    Note,
    Signed,
    Signer,
    VerifierKey,
    check_name,
    from_base64,
    from_decimal,
    parse_note,
    to_base64,
    verify,
)


class Untrusted(ValueError):
    """A well-formed statement that nobody we trust has signed, or not for this log or size."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The tree of log `origin` at one size. Source: C2SP tlog-checkpoint, section "Note text".

    `extensions` are lines that a log may add and nobody can audit; ours adds none.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        """What is signed."""
        return "".join(f"{line}\n" for line in (self.origin, self.size, to_base64(self.root), *self.extensions))

    def sign(self, *signers: Signer) -> str:
        """The checkpoint as a signed note."""
        return str(Note(self.text(), tuple(signer.sign(self.text()) for signer in signers)))


@dataclass(frozen=True, slots=True)
class KeyPeriod:
    """The sizes at which one key of a log may sign; `last_size` is None for the key in use."""

    key: VerifierKey
    first_size: int = 0
    last_size: int | None = None

    def covers(self, size: int) -> bool:
        return self.first_size <= size and (self.last_size is None or size <= self.last_size)


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom somebody believes about one log: its keys with their sizes, and the witnesses they know of."""

    origin: str
    periods: tuple[KeyPeriod, ...]
    witnesses: tuple[VerifierKey, ...] = ()

    def __post_init__(self) -> None:
        if any(period.key.algorithm is not Algorithm.NOTE for period in self.periods):
            raise Malformed("a log signs with a note key; a witness's key was given instead")
        if any(key.algorithm is not Algorithm.COSIGNATURE for key in self.witnesses):
            raise Malformed("a witness cosigns with a cosignature key; a log's key was given instead")


@dataclass(frozen=True, slots=True)
class Opened:
    """A checkpoint whose signature holds: by which keys of the log, and which witnesses cosigned it when."""

    checkpoint: Checkpoint
    signed: tuple[Signed, ...]
    cosigned: tuple[Signed, ...]


def parse_checkpoint(text: str) -> Checkpoint:
    """Read a checkpoint's text; checks its form only. Raises: Malformed.

    The origin is held to printable ASCII, so that no look-alike letter makes two logs read the same.
    """
    if not text.endswith("\n"):
        raise Malformed("a checkpoint ends in a line break")
    lines = text[:-1].split("\n")
    if len(lines) < 3 or not all(lines):
        raise Malformed("a checkpoint has an origin, a size and a root, and no empty line")
    origin, size, root, *extensions = lines
    check_name(origin)
    read = Checkpoint(origin, from_decimal(size), from_base64(root), tuple(extensions))
    if len(read.root) != HASH_BYTES:
        raise Malformed(f"a root is a SHA-256 hash of {HASH_BYTES} bytes, not {len(read.root)}")
    if read.size == 0 and read.root != EMPTY_ROOT:
        raise Malformed("a tree without leaves has the root of the empty tree")
    return read


def open_checkpoint(raw: bytes, trust: Trust) -> Opened:
    """Read a signed checkpoint and check every signature that names a key we know.

    1 the form, 2 the origin, 3 the signatures, 4 that a key of the log signed within its own sizes.
    Raises: Malformed, BadSignature or Untrusted, with a sentence for whoever must act.
    """
    note = parse_note(raw)
    checkpoint = parse_checkpoint(note.text)
    if checkpoint.origin != trust.origin:
        raise Untrusted(f"this checkpoint is of log {checkpoint.origin}, expected {trust.origin}")
    periods = {period.key: period for period in trust.periods}
    found = verify(note, (*periods, *trust.witnesses))
    ours = tuple(one for one in found if one.key in periods)
    signed = tuple(one for one in ours if periods[one.key].covers(checkpoint.size))
    if not signed:
        by = f"a key whose time was not at size {checkpoint.size}" if ours else "no key that is trusted"
        raise Untrusted(f"the checkpoint of {checkpoint.origin} at size {checkpoint.size} is signed by {by}")
    return Opened(checkpoint, signed, tuple(one for one in found if one.key not in periods))
