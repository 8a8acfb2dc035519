"""The archive's own signing key: made once, readable by nobody else, sealed by a passphrase where there is one."""

import contextlib
import os
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage import whole
from storage.errors import Conflict, NotFound
from storage.integrity.note import Kind, NoteKey, Signer


def log_signer(path: Path, origin: str, passphrase: bytes | None) -> Signer:
    """The signing key in `path`, made when first asked for; whole or absent, mode 0600.

    Raises: Conflict for a file that is no such key, or that this passphrase does not open.
    """
    signer = _signer(path, origin, passphrase)
    if signer is not None:
        return signer
    _write(path, Ed25519PrivateKey.generate(), passphrase)
    return Signer(origin, Kind.ED25519, _read(path, passphrase))


def next_key(path: Path) -> Path:
    """Where the key lies that is to follow the one in `path`, until it has taken its place."""
    return path.with_name(f"{path.stem}.next{path.suffix}")


def signer_of(path: Path, wanted: NoteKey, passphrase: bytes | None) -> Signer:
    """The signer whose public half is `wanted`: in `path`, or beside it as the next key, which is moved there.

    The key that lay in `path` is set aside under its number. A kill between any two steps is made up for here.
    Raises: NotFound, Conflict where neither is that key.
    """
    present = _signer(path, wanted.name, passphrase)
    if present is not None and present.public == wanted:
        return present
    following = _signer(next_key(path), wanted.name, passphrase)
    if following is not None and following.public == wanted:
        if present is not None:
            with contextlib.suppress(FileExistsError):
                set_aside(path, present.public).hardlink_to(path)
        with contextlib.suppress(FileNotFoundError):  # somebody else was as quick
            next_key(path).replace(path)
        whole.sync(path.parent)
        return following
    if present is None:
        raise _missing(path)
    raise Conflict(
        f"{path} holds the key {present.public.id.hex()}, and the ledger is signed with {wanted.id.hex()}: only that "
        "key can sign on or name its successor; put it back from where it is kept apart"
    )


def set_aside(path: Path, key: NoteKey) -> Path:
    """Where a key of the log lies that has been succeeded."""
    return path.with_name(f"{path.stem}.{key.id.hex()}.old{path.suffix}")


def public_key(path: Path, origin: str, passphrase: bytes | None) -> NoteKey:
    """The public half of the key in `path`, which is made by nobody here. Raises: NotFound, Conflict."""
    signer = _signer(path, origin, passphrase)
    if signer is None:
        raise _missing(path)
    return signer.public


def _missing(path: Path) -> NotFound:
    return NotFound(
        f"{path} is missing, and without it nothing shows that this ledger is the archive's own; "
        "put the key back from where it is kept apart"
    )


def _signer(path: Path, origin: str, passphrase: bytes | None) -> Signer | None:
    try:
        return Signer(origin, Kind.ED25519, _read(path, passphrase))
    except FileNotFoundError:
        return None


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
    whole.make_folder(path.parent, path.parent.parent)
    begun = path.with_name(f".{path.name}.{os.getpid()}.new")
    begun.unlink(missing_ok=True)
    with os.fdopen(os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(told)
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(begun)
    begun.unlink()
    whole.sync(path.parent)
