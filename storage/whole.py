"""Files that are whole or absent: written aside, synced, and then given their name."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from storage.errors import Altered


def write_once(path: Path, content: bytes, *, mode: int = 0o444) -> None:
    """Keep `content` under a name that nothing else will ever lie under; durable when this returns.

    Raises: Altered when other bytes lie there already.
    """
    with _staged(path, content, mode) as staged:
        try:
            os.link(staged, path)
        except FileExistsError:
            if path.read_bytes() != content:
                raise Altered(f"{path} holds other bytes than those it was written with") from None
    sync(path.parent)


def replace(path: Path, content: bytes, *, mode: int = 0o444) -> None:
    """Put `content` in the place of what lies there: a reader finds the old or the new, never a part."""
    with _staged(path, content, mode) as staged:
        staged.replace(path)
    sync(path.parent)


def make_folder(folder: Path, within: Path) -> None:
    """Make a folder below `within`, with each new name durable in its parent."""
    missing = [one for one in (folder, *folder.parents) if one.is_relative_to(within) and not one.exists()]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for new in missing:
        sync(new.parent)


def sync(path: Path) -> None:
    """Make the names in a folder durable, or the bytes of a file."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _staged(path: Path, content: bytes, mode: int) -> Iterator[Path]:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    staged = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        yield staged
    finally:
        staged.unlink(missing_ok=True)
