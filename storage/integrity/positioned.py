"""What every seekable stream of ours shares: where it stands among so many bytes."""

import io


class Positioned(io.RawIOBase):
    """A readable stream of `size_bytes` bytes; who derives from it reads from `_at` on, and moves it."""

    def __init__(self, size_bytes: int) -> None:
        super().__init__()
        self._size_bytes = size_bytes
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size_bytes}[whence]
        if base + offset < 0:
            raise ValueError("there is nothing before the beginning")
        self._at = base + offset
        return self._at
