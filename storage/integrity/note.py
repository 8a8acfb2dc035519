"""Signed notes: a short text with lines of signatures beneath it, each by a named key."""

import base64
import binascii
import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from storage.errors import Altered

LARGEST_BYTES = 1 << 20
MOST_SIGNATURES = 16
_MARK = "— "
_KEY_ID_BYTES = 4
_SIGNATURE_BYTES = 64
_TIME_BYTES = 8
_LATEST = 253_402_300_799  # the last second of the year 9999


class Kind(IntEnum):
    """What a key signs. Source: C2SP signed-note, "Signature types"."""

    ED25519 = 1
    COSIGNATURE = 4


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A public Ed25519 key (RFC 8032) under its name; prints as a `vkey` of C2SP signed-note."""

    name: str
    kind: Kind
    public: bytes

    def __post_init__(self) -> None:
        if not is_name(self.name) or len(self.public) != 32:
            raise ValueError(f"no key of a note: {self.name!r}")

    @property
    def id(self) -> bytes:
        """Four bytes that tell keys of one name apart; no proof of anything."""
        told = self.name.encode() + b"\n" + bytes([self.kind]) + self.public
        return hashlib.sha256(told).digest()[:_KEY_ID_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(bytes([self.kind]) + self.public).decode()}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a `vkey`. Raises: ValueError for what is none, or whose parts do not belong together."""
        name, _, rest = text.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        raw = strict_base64(encoded)
        if not raw or raw[0] not in (Kind.ED25519, Kind.COSIGNATURE):
            raise ValueError(f"not a key this archive knows how to check: {text[:80]!r}")
        key = cls(name, Kind(raw[0]), raw[1:])
        if key.id.hex() != key_id:
            raise ValueError(f"the name, the number and the key of {text[:80]!r} do not belong together")
        return key

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether a signature of 64 bytes is this key's over `message`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signer:
    """A secret Ed25519 key under its name; never printed."""

    name: str
    kind: Kind
    secret: Ed25519PrivateKey = field(repr=False)

    @property
    def public(self) -> NoteKey:
        return NoteKey(self.name, self.kind, self.secret.public_key().public_bytes_raw())

    def sign(self, text: str, *, at: datetime | None = None) -> str:
        """One signature line over `text`; a cosignature says when (to the second), a plain signature does not."""
        if self.kind is Kind.ED25519:
            raw = self.secret.sign(text.encode())
        else:
            seconds = int((at or datetime.now(UTC)).timestamp())
            raw = seconds.to_bytes(_TIME_BYTES, "big") + self.secret.sign(_cosigned(text, seconds))
        return f"{_MARK}{self.name} {base64.b64encode(self.public.id + raw).decode()}\n"


@dataclass(frozen=True, slots=True)
class Signature:
    """One line beneath a note; `at` is when a verified cosignature was made, by its own word."""

    name: str
    key_id: bytes
    raw: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A text, which ends with a line break, and the signatures beneath it. Says nothing of their being good."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, whole: bytes) -> Self:
        """Read a signed note, strictly: one spelling of each, so that no byte of it can change unseen.

        Raises: Altered for anything that is no such note. Source: C2SP signed-note, "Format".
        """
        if len(whole) > LARGEST_BYTES:
            raise Altered(f"a signed note has at most {LARGEST_BYTES:,} bytes, and this one has {len(whole):,}")
        try:
            told = whole.decode()
        except UnicodeDecodeError:
            raise Altered("a signed note is text, and this is none") from None
        if any((ord(letter) < 0x20 and letter != "\n") or ord(letter) == 0x7F for letter in told):
            raise Altered("a signed note holds control characters")
        text, gap, beneath = told.rpartition("\n\n")
        if not gap or not beneath.endswith("\n"):
            raise Altered("a signed note is a text, an empty line and lines of signatures; this is cut short")
        lines = beneath[:-1].split("\n")
        if len(lines) > MOST_SIGNATURES:
            raise Altered(f"a signed note has at most {MOST_SIGNATURES} signatures, and this one has {len(lines):,}")
        signatures = tuple(_signature(line) for line in lines)
        if len({(one.name, one.key_id) for one in signatures}) != len(signatures):
            raise Altered("a key has signed this note twice")
        return cls(text + "\n", signatures)

    def signed_by(self, key: NoteKey) -> Signature | None:
        """This key's signature. Raises: Altered when there is one that is not good."""
        for one in self.signatures:
            if (one.name, one.key_id) != (key.name, key.id):
                continue
            message = self.text.encode()
            if key.kind is Kind.COSIGNATURE:
                message = _cosigned(self.text, _seconds(one))
            if not key.verifies(message, one.raw[-_SIGNATURE_BYTES:]) or len(one.raw) != _length(key.kind):
                raise Altered(f"the signature of {key.name} is not that key's signature over this text")
            return one
        return None


def cosigned_at(signature: Signature) -> datetime:
    """When a cosignature was made, by its own word."""
    return datetime.fromtimestamp(_seconds(signature), UTC)


def is_name(text: str) -> bool:
    """Whether a key may have this name: no space of any script, no plus, no look-alike spelled another way."""
    return (
        0 < len(text) <= 200
        and unicodedata.normalize("NFKC", text) == text
        and not any(letter.isspace() or letter == "+" or not letter.isprintable() for letter in text)
    )


def strict_base64(text: str) -> bytes:
    """Decode standard base64 in its one canonical spelling (RFC 4648 section 3.5). Raises: ValueError."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("not base64 in its canonical spelling") from None
    if base64.b64encode(raw).decode() != text:
        raise ValueError("not base64 in its canonical spelling")
    return raw


def joined(text: str, lines: Sequence[str]) -> bytes:
    """A signed note from its text and its signature lines."""
    return f"{text}\n{''.join(lines)}".encode()


def _signature(line: str) -> Signature:
    name, _, encoded = line.removeprefix(_MARK).partition(" ")
    if not line.startswith(_MARK) or not is_name(name):
        raise Altered("a line beneath a signed note is no signature")
    try:
        raw = strict_base64(encoded)
    except ValueError as wrong:
        raise Altered(f"the signature of {name} is {wrong}") from None
    if len(raw) <= _KEY_ID_BYTES:
        raise Altered(f"the signature of {name} is too short")
    return Signature(name, raw[:_KEY_ID_BYTES], raw[_KEY_ID_BYTES:])


def _length(kind: Kind) -> int:
    return _SIGNATURE_BYTES + (_TIME_BYTES if kind is Kind.COSIGNATURE else 0)


def _seconds(signature: Signature) -> int:
    seconds = int.from_bytes(signature.raw[:_TIME_BYTES], "big")
    if seconds > _LATEST:
        raise Altered(f"the cosignature of {signature.name} names a time that is none")
    return seconds


def _cosigned(text: str, seconds: int) -> bytes:
    """What a cosigner signs. Source: C2SP tlog-cosignature, "Signed message"."""
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()
