"""The ledger's private key as a file that only its owner may read, sealed by a passphrase where one is given."""

import os
import secrets
import stat
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from storage.blobs import whole
from storage.errors import InvalidValue
from storage.integrity.note import Malformed, Signer, check_name, from_base64, to_base64

_OPEN, _SEALED = "svidok ledger key, open", "svidok ledger key, sealed"
# RFC 7914; 128 MiB and a fraction of a second, once at each start.
_COST = {"length": 32, "n": 1 << 17, "r": 8, "p": 1}


def load(path: Path, passphrase: str) -> Signer | None:
    """The key in a file, or None where there is no file.

    Raises: InvalidValue for a file others may read, one that is no key of ours, or the wrong passphrase.
    """
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found.st_mode) or found.st_mode & 0o077 or found.st_uid not in (os.geteuid(), 0):
        raise InvalidValue(f"the ledger's key {path} must be a file that only its owner may read: chmod 600 {path}")
    kind, name, encoded, *rest = [*path.read_text().split("\n"), "", "", ""]
    try:
        check_name(name)
        raw = from_base64(encoded)
    except Malformed as malformed:
        raise InvalidValue(f"{path} is not a key of the ledger: {malformed}") from None
    if kind == _SEALED:
        raw = _opened(raw, name, passphrase, path)
    elif kind != _OPEN:
        raise InvalidValue(f"{path} is not a key of the ledger")
    if any(rest) or len(raw) != 32:
        raise InvalidValue(f"{path} is not a key of the ledger")
    return Signer(name, Ed25519PrivateKey.from_private_bytes(raw))


def new(name: str) -> Signer:
    """A fresh key of a log."""
    check_name(name)
    return Signer(name, Ed25519PrivateKey.generate())


def save(path: Path, signer: Signer, passphrase: str) -> None:
    """Keep a key under a name that no other key has. Raises: Altered where another one lies there."""
    whole.make_folder(path.parent, path.parent.parent)
    raw, kind = signer.private.private_bytes_raw(), _OPEN
    if passphrase:
        salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
        raw = salt + nonce + AESGCM(_key(passphrase, salt)).encrypt(nonce, raw, signer.name.encode())
        kind = _SEALED
    whole.write_once(path, f"{kind}\n{signer.name}\n{to_base64(raw)}\n".encode(), mode=0o600)


def is_sealed(path: Path) -> bool:
    """Whether a key file needs a passphrase."""
    return path.read_text().startswith(_SEALED)


def _opened(raw: bytes, name: str, passphrase: str, path: Path) -> bytes:
    if not passphrase:
        raise InvalidValue(f"the ledger's key {path} is sealed: set SVIDOK_LEDGER_KEY_PASSPHRASE")
    salt, nonce, sealed = raw[:16], raw[16:28], raw[28:]
    try:
        return AESGCM(_key(passphrase, salt)).decrypt(nonce, sealed, name.encode())
    except (InvalidTag, ValueError):
        raise InvalidValue(f"the passphrase does not open the ledger's key {path}, or the file was altered") from None


def _key(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, **_COST).derive(passphrase.encode())
