"""The archive's own signing key: made once, readable by nobody else, sealed by a passphrase where there is one."""

import contextlib
import os
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage.errors import Conflict, NotFound
from storage.integrity.note import Kind, NoteKey, Signer


def log_signer(path: Path, origin: str, passphrase: bytes | None) -> Signer:
    """The signing key in `path`, made when first asked for; whole or absent, mode 0600.

    Raises: Conflict for a file that is no such key, or that this passphrase does not open.
    """
    with contextlib.suppress(FileNotFoundError):
        return Signer(origin, Kind.ED25519, _read(path, passphrase))
    _write(path, Ed25519PrivateKey.generate(), passphrase)
    return Signer(origin, Kind.ED25519, _read(path, passphrase))


def public_key(path: Path, origin: str, passphrase: bytes | None) -> NoteKey:
    """The public half of the key in `path`, which is made by nobody here. Raises: NotFound, Conflict."""
    if not path.exists():
        raise NotFound(
            f"{path} is missing, and without it nothing shows that this ledger is the archive's own; "
            "put the key back from where it is kept apart"
        )
    return Signer(origin, Kind.ED25519, _read(path, passphrase)).public


def _read(path: Path, passphrase: bytes | None) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), passphrase)
    except (ValueError, TypeError) as wrong:
        raise Conflict(
            f"{path} cannot be opened as the archive's signing key; is SVIDOK_LEDGER_PASSPHRASE the right one?"
        ) from wrong
    if not isinstance(key, Ed25519PrivateKey):
        raise Conflict(f"{path} holds another kind of key than Ed25519")
    return key


def _write(path: Path, key: Ed25519PrivateKey, passphrase: bytes | None) -> None:
    """Two who begin at once end with one key: the first name counts."""
    sealing = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    told = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, sealing)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    begun = path.with_name(f".{path.name}.{os.getpid()}.new")
    begun.unlink(missing_ok=True)
    with os.fdopen(os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(told)
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(begun)
    begun.unlink()
