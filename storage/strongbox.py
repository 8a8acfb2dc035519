"""Seals small secrets: AES-256-GCM under a key that lies in the vault, and nowhere else.

The name of what is sealed is authenticated with it, so that no row can be put in another's place.
Source: NIST SP 800-38D.
"""

import contextlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage import whole
from storage.errors import Altered, Conflict

_KEY_BYTES = 32
_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Strongbox:
    """Whoever holds the key file can open; the key is made when something is sealed for the first time, mode 0600, and
    outlives a power cut before anything it has sealed is kept.

    `remedy` is what to do where the key is gone.
    """

    path: Path
    remedy: str = "enter the sessions anew"

    def seal(self, told: bytes, name: str) -> bytes:
        """Nonce and ciphertext of `told`. Raises: Conflict for a key file that is none, or that others may read."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + AESGCM(self._key(make=True)).encrypt(nonce, told, name.encode())

    def open(self, sealed: bytes, name: str) -> bytes:
        """What was sealed under `name`. Raises: Altered where the key or the row is another, Conflict as `seal`."""
        try:
            return AESGCM(self._key(make=False)).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], name.encode())
        except (InvalidTag, ValueError):  # ValueError: too short to be sealed
            raise Altered(f"what is sealed for {name} was sealed with another key, or was altered since") from None

    def _key(self, *, make: bool) -> bytes:
        if make and not self.path.exists():
            self._make()
        try:
            with self.path.open("rb") as file:
                key, mode = file.read(), os.fstat(file.fileno()).st_mode
        except FileNotFoundError:
            raise Conflict(f"{self.path} is missing: what it sealed cannot be opened; {self.remedy}") from None
        if len(key) != _KEY_BYTES:
            raise Conflict(f"{self.path} holds {len(key)} bytes, not the {_KEY_BYTES} of a key")
        if mode & 0o077:
            raise Conflict(f"others may read {self.path}: chmod 600 it, and {self.remedy}")
        return key

    def _make(self) -> None:
        """Two who begin at once end with one key: the first name counts."""
        whole.make_folder(self.path.parent, self.path.parent.parent)
        handle, begun = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(os.urandom(_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            self.path.hardlink_to(begun)
        Path(begun).unlink()
        whole.sync(self.path.parent)
