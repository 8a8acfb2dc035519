"""A full disk, told as what it is: work that pauses until there is room."""

import contextlib
import errno
from collections.abc import Iterator

from storage.errors import DiskFull

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


@contextlib.contextmanager
def room() -> Iterator[None]:
    """What is written inside may find the disk full. Raises: DiskFull."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise DiskFull("the disk that keeps the files is full; free some room and the work goes on") from error
        raise
