"""Bytes on their way from a store into a file of this machine."""

import os
import tempfile
from pathlib import Path
from typing import BinaryIO

from storage.errors import Altered
from storage.integrity.digest import Digest, Digester, chunks


def download(stream: BinaryIO, digest: Digest, copy: Path) -> None:
    """Write what comes to `copy`, which exists only when it is whole. Raises: Altered."""
    digester = Digester()
    handle, name = tempfile.mkstemp(dir=copy.parent)
    partial = Path(name)
    try:
        with os.fdopen(handle, "wb") as sink:
            for chunk in chunks(stream):
                digester.update(chunk)
                sink.write(chunk)
        if digester.digest != digest:
            raise Altered(f"the bytes kept as {digest} now have the digest {digester.digest}")
        partial.chmod(0o444)
        partial.replace(copy)
    finally:
        partial.unlink(missing_ok=True)
