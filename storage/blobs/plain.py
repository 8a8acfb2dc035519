"""Opening a file somebody else laid down: only a regular file with one name, never a link, a pipe or a folder."""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from storage.errors import Implausible

# How the kernel says that there is no file we could read under this name: none, a link, a socket, one without leave.
_NO_FILE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO, errno.EACCES}


def open_plain(path: Path, *, most_names: int = 1) -> BinaryIO:
    """Open `path` for reading; what was looked at is what is read, whatever happens to the name meanwhile.

    Only the last part of the path is looked at: the folder must be ours. Who allows more than one name looks at the
    others. Raises: Implausible.
    """
    try:
        # Without O_NONBLOCK a pipe would hold us until somebody writes to it.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in _NO_FILE:
            raise Implausible(f"{path.name!r} is no file that could be read: {error.strerror}") from error
        raise
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or not 1 <= status.st_nlink <= most_names:
        os.close(descriptor)
        raise other_names(path)
    return os.fdopen(descriptor, "rb")


def other_names(path: Path) -> Implausible:
    """Why a file is not taken that somebody may also reach under a name we do not know."""
    return Implausible(f"{path.name!r} is no regular file with one name")
