"""Kept bytes of an S3 store as a seekable file: asked for in windows, as they are read."""

import contextlib
from typing import Any

from botocore.exceptions import BotoCoreError
from urllib3.exceptions import HTTPError

from storage.blobs.bucket import Bucket
from storage.errors import Unavailable
from storage.integrity.positioned import Positioned

WINDOW_BYTES = 8 << 20


class RangedObject(Positioned):
    """One object, read-only; a window is asked for where reading goes on, and dropped at a seek elsewhere."""

    def __init__(self, bucket: Bucket, key: str, size_bytes: int) -> None:
        super().__init__(size_bytes)
        self._bucket, self._key = bucket, key
        self._window: Any = None
        self._window_at = self._window_end = 0

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        wanted = min(len(buffer), self._size_bytes - self._at)
        if wanted <= 0:
            return 0
        if self._window is None or self._at != self._window_at or self._at >= self._window_end:
            self._open_window()
        try:
            piece = self._window.read(min(wanted, self._window_end - self._at))
        except (BotoCoreError, HTTPError, OSError) as error:
            raise Unavailable(f"the store broke off in the middle of {self._key}: {type(error).__name__}") from error
        if not piece:
            raise Unavailable(f"the store ended {self._key} at {self._at} of {self._size_bytes} bytes")
        buffer[: len(piece)] = piece
        self._at += len(piece)
        self._window_at = self._at
        return len(piece)

    def close(self) -> None:
        self._close_window()
        super().close()

    def _open_window(self) -> None:
        self._close_window()
        end = min(self._at + WINDOW_BYTES, self._size_bytes)
        self._window = self._bucket.read(self._key, self._at, end - 1)
        self._window_at, self._window_end = self._at, end

    def _close_window(self) -> None:
        if self._window is not None:
            with contextlib.suppress(BotoCoreError, HTTPError, OSError):
                self._window.close()
            self._window = None
