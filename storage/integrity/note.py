"""Signed notes: a text, and lines below it that say who signed it; read strictly, so that one note has one spelling."""

import base64
import binascii
import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

MOST_BYTES = 1 << 18
# C2SP asks for 16 at least.
MOST_SIGNATURES = 64
_DASH = "\u2014 "
_LATEST_S = (1 << 63) - 1


class Malformed(ValueError):
    """A text that is not written the one way it may be written."""


class BadSignature(ValueError):
    """A signature that names a key we know and was not made with it."""


class Algorithm(IntEnum):
    """What a key signs (C2SP signed-note, section "Signature types")."""

    NOTE = 0x01
    COSIGNATURE = 0x04


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public Ed25519 key under the name its owner signs by; in printable ASCII, so that none looks like another.

    Source: C2SP signed-note, sections "Signatures" and "Verifier keys".
    """

    name: str
    algorithm: Algorithm
    public: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        if len(self.public) != 32:
            raise Malformed(f"an Ed25519 public key has 32 bytes, not {len(self.public)}")

    @property
    def id(self) -> bytes:
        """The first four bytes of the hash over name, kind and key."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public).digest()[:4]

    def __str__(self) -> str:
        """`name+id+base64`, the form in which keys are handed from person to person."""
        return f"{self.name}+{self.id.hex()}+{to_base64(bytes([self.algorithm]) + self.public)}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` writes. Raises: Malformed for anything else, also when the id is not the key's own."""
        name, _, rest = text.partition("+")
        key_id, _, encoded = rest.partition("+")
        raw = from_base64(encoded)
        try:
            key = cls(name, Algorithm(raw[0]), raw[1:])
        except (ValueError, IndexError):
            raise Malformed(f"not a public key of a kind known here: {text[:120]!r}") from None
        if str(key) != text:
            raise Malformed(f"the key says it is {key_id[:16]!r}, and is {key.id.hex()}")
        return key


@dataclass(frozen=True, slots=True)
class Signature:
    """One line below a note: who says they signed, and with what."""

    name: str
    key_id: bytes
    blob: bytes

    def line(self) -> str:
        return f"{_DASH}{self.name} {to_base64(self.key_id + self.blob)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text that ends in a line break, and the signatures below it, none of them checked yet."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return self.text + "\n" + "".join(signature.line() for signature in self.signatures)


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that was checked; `at_s` is the witness's own time (POSIX seconds) where the kind carries one."""

    key: VerifierKey
    at_s: int | None


@dataclass(frozen=True, slots=True)
class Signer:
    """A private Ed25519 key and the name it signs by."""

    name: str
    private: Ed25519PrivateKey

    def key(self, algorithm: Algorithm = Algorithm.NOTE) -> VerifierKey:
        """The public half, as others need it."""
        return VerifierKey(self.name, algorithm, self.private.public_key().public_bytes_raw())

    def sign(self, text: str) -> Signature:
        """Sign a note's text. Source: C2SP signed-note, section "Ed25519 signatures" (RFC 8032)."""
        _check_text(text)
        return Signature(self.name, self.key().id, self.private.sign(text.encode()))

    def cosign(self, text: str, at_s: int) -> Signature:
        """Say, as a witness, that this is the largest consistent tree seen by `at_s` (POSIX seconds).

        Source: C2SP tlog-cosignature, section "Ed25519 signed message".
        """
        _check_text(text)
        blob = struct.pack(">Q", at_s) + self.private.sign(_cosigned(text, at_s))
        return Signature(self.name, self.key(Algorithm.COSIGNATURE).id, blob)


def parse_note(raw: bytes) -> Note:
    """Read a signed note; checks its form only, no signature.

    Raises: Malformed for anything that `str` of the result would not write again byte by byte, for two lines of the
    same key, and for more than `MOST_SIGNATURES` of them.
    Source: C2SP signed-note, section "Format".
    """
    if len(raw) > MOST_BYTES:
        raise Malformed(f"a note of {len(raw)} bytes; at most {MOST_BYTES} are read")
    try:
        whole = raw.decode()
    except UnicodeDecodeError:
        raise Malformed("a note is UTF-8 text") from None
    text, gap, below = whole.rpartition("\n\n")
    if not gap:
        raise Malformed("a note is a text, an empty line, and signature lines that end in a line break")
    _check_text(text + "\n")
    return Note(text + "\n", parse_signatures(below))


def parse_signatures(below: str) -> tuple[Signature, ...]:
    """Read signature lines that stand alone, as a witness sends them. Raises: Malformed."""
    if not below.endswith("\n"):
        raise Malformed("signature lines end in a line break")
    lines = below[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise Malformed(f"{len(lines)} signature lines; at most {MOST_SIGNATURES} are read")
    signatures = tuple(_parse_line(line) for line in lines)
    if len({(one.name, one.key_id) for one in signatures}) != len(signatures):
        raise Malformed("two signature lines name the same key")
    return signatures


def verify(note: Note, keys: Sequence[VerifierKey]) -> tuple[Signed, ...]:
    """Which of the keys signed this note, in the order of the lines; lines of other keys are passed over.

    An empty answer means that nobody known signed: the text must then not be believed.
    Raises: BadSignature when a line names one of the keys and was not made with it.
    Source: C2SP signed-note, section "Signatures".
    """
    known = {(key.name, key.id): key for key in keys}
    found = ((known.get((one.name, one.key_id)), one.blob) for one in note.signatures)
    return tuple(Signed(key, _check(note.text, key, blob)) for key, blob in found if key is not None)


def check_name(name: str) -> None:
    """A name of a log, a witness or a key: printable ASCII without space or plus; stricter than C2SP, on purpose.

    Raises: Malformed.
    """
    if not 0 < len(name) <= 255 or not all("!" <= letter <= "~" and letter != "+" for letter in name):
        raise Malformed(f"a key's name is printable ASCII without spaces or plus signs: {name[:80]!r}")


def to_base64(raw: bytes) -> str:
    """Standard base64 (RFC 4648, section 4)."""
    return base64.b64encode(raw).decode()


def from_base64(text: str) -> bytes:
    """Read standard base64 in its one canonical spelling. Raises: Malformed for any other (RFC 4648, section 3.5)."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed(f"not base64: {text[:80]!r}") from None
    if to_base64(raw) != text:
        raise Malformed(f"base64 with spare bits or padding: {text[:80]!r}")
    return raw


def from_decimal(text: str) -> int:
    """Read a whole number without sign, leading zero or any digit but ours. Raises: Malformed."""
    if not (text.isascii() and text.isdigit()) or (text[0] == "0" and text != "0") or len(text) > 19:
        raise Malformed(f"not a whole number in its plain form: {text[:40]!r}")
    if (number := int(text)) > _LATEST_S:
        raise Malformed(f"a number beyond 63 bits: {text}")
    return number


def _check(text: str, key: VerifierKey, blob: bytes) -> int | None:
    message, signature, at_s = text.encode(), blob, None
    if key.algorithm is Algorithm.COSIGNATURE:
        if len(blob) != 72:
            raise BadSignature(f"a cosignature of {key.name} has 72 bytes, not {len(blob)}")
        at_s = int.from_bytes(blob[:8])
        message, signature = _cosigned(text, at_s), blob[8:]
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
    except InvalidSignature:
        raise BadSignature(f"the signature that names {key.name} was not made with that key") from None
    return at_s


def _cosigned(text: str, at_s: int) -> bytes:
    if not 0 <= at_s <= _LATEST_S:
        raise BadSignature(f"a cosignature made at {at_s} s is beyond any clock")
    return f"cosignature/v1\ntime {at_s}\n{text}".encode()


def _check_text(text: str) -> None:
    if not text.endswith("\n") or len(text) < 2:
        raise Malformed("a note's text ends in a line break, and is not empty")
    if any(letter < " " and letter != "\n" for letter in text):
        raise Malformed("a note holds no control characters but line breaks")


def _parse_line(line: str) -> Signature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space or not name:
        raise Malformed(f"a signature line is a dash, a name and base64: {line[:80]!r}")
    if "+" in name or any(letter.isspace() or letter < " " for letter in name):
        raise Malformed(f"a key's name holds no spaces or plus signs: {name[:80]!r}")
    raw = from_base64(encoded)
    if len(raw) < 5:
        raise Malformed(f"a signature line of {name[:80]!r} without a signature")
    return Signature(name, raw[:4], raw[4:])
