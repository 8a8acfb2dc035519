"""Parts of a file: which bytes are asked for, and how a file or a part of it is answered."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, BinaryIO

from fastapi import Depends, Header, Request, Response
from fastapi.responses import StreamingResponse

from api.problems import problem
from storage.errors import Altered

_CHUNK_BYTES = 256 << 10
_ONE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes `start` to `end`, `end` not included."""

    start: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.start


class Unsatisfiable(Exception):
    """The range lies outside of the file."""


def wanted_part(header: str | None, size_bytes: int) -> Part | None:
    """The one part that is asked for, or None for the whole file.

    Several ranges, other units and malformed headers mean the whole file, as the standard allows.
    Raises: Unsatisfiable. Source: RFC 9110, section 14.2.
    """
    match = _ONE.fullmatch((header or "").replace(" ", ""))
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        length = min(int(last), size_bytes)
        if length == 0:
            raise Unsatisfiable
        return Part(size_bytes - length, size_bytes)
    start = int(first)
    if last and int(last) < start:
        return None
    if start >= size_bytes:
        raise Unsatisfiable
    return Part(start, min(int(last) + 1, size_bytes) if last else size_bytes)


@dataclass(frozen=True, slots=True)
class AskedBytes:
    """Which part of a file is asked for, and which version of it the asker has (RFC 9110, sections 13 and 14)."""

    is_head: bool
    range_: str | None
    if_range: str | None
    if_none_match: str | None

    def answer(
        self,
        etag: str,
        size_bytes: int,
        media_type: str,
        headers: Mapping[str, str],
        opened: Callable[[], BinaryIO],
    ) -> Response:
        """The file, its one part, or nothing where the asker has it; `opened` is called when the bytes go out."""
        told = {"ETag": etag, "Accept-Ranges": "bytes", **headers}
        if self._has(etag):
            return Response(status_code=304, headers=told)
        try:
            part = wanted_part(self.range_ if self.if_range in (None, etag) else None, size_bytes)
        except Unsatisfiable:
            unsatisfiable = {"Content-Range": f"bytes */{size_bytes}"}
            return problem(416, "range_not_satisfiable", f"The file has {size_bytes:,} bytes.", headers=unsatisfiable)
        chosen = part or Part(0, size_bytes)
        told["Content-Length"] = str(chosen.length)
        if part is not None:
            told["Content-Range"] = f"bytes {part.start}-{part.end - 1}/{size_bytes}"
        status = 200 if part is None else 206
        if self.is_head:
            return Response(None, status, told, media_type)
        return StreamingResponse(_bytes_of(opened, chosen), status, told, media_type)

    def _has(self, etag: str) -> bool:
        tags = [tag.strip().removeprefix("W/") for tag in (self.if_none_match or "").split(",")]
        return etag in tags or tags == ["*"]


def _bytes_of(opened: Callable[[], BinaryIO], part: Part) -> Iterator[bytes]:
    with opened() as stream:
        stream.seek(part.start)
        left = part.length
        while left > 0:
            chunk = stream.read(min(_CHUNK_BYTES, left))
            if not chunk:
                raise Altered("a kept file ends before its length")
            left -= len(chunk)
            yield chunk


def _asked(
    request: Request,
    range_: Annotated[str | None, Header(alias="Range", max_length=1000)] = None,
    if_range: Annotated[str | None, Header(max_length=200)] = None,
    if_none_match: Annotated[str | None, Header(max_length=2000)] = None,
) -> AskedBytes:
    return AskedBytes(request.method == "HEAD", range_, if_range, if_none_match)


AskedBytesDep = Annotated[AskedBytes, Depends(_asked)]
