"""WARC records of what a browser received: bodies as it decoded them, and nothing that opens a session."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import IO

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

_SECRET = frozenset(
    {
        *("cookie", "set-cookie", "set-cookie2", "authorization", "proxy-authorization", "www-authenticate"),
        *("proxy-authenticate", "x-forwarded-for", "x-real-ip", "x-client-ip", "forwarded", "via", "cf-connecting-ip"),
        *("x-csrf-token", "x-xsrf-token", "x-auth-token"),
    }
)
# What told of the body as it was sent, which is not the body as it is kept.
_OF_THE_WIRE = frozenset({"content-encoding", "transfer-encoding", "content-length"})
SAID = (
    "Response bodies are as the browser decoded them, without content and transfer encoding; the headers that spoke of "
    "the bytes on the wire are kept with the prefix X-Archive-Orig-. Cookies, authorisation and addresses of the "
    "archiving machine in headers are left out. Not archived: WebSockets, WebRTC, workers (switched off in the page), "
    "and what came after a ceiling was met, which is told in the capture's own record."
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came back; `truncated` says why the body is not whole (length or time), if so."""

    url: str
    method: str
    asked: Iterable[tuple[str, str]]
    status: int
    answered: Iterable[tuple[str, str]]
    body: bytes
    at: datetime
    truncated: str | None = None


class Writer:
    """Writes one WARC file, record by record, so that what came before a sudden end is kept."""

    def __init__(self, path: Path, software: str, conditions: Mapping[str, str]) -> None:
        self._file: IO[bytes] = path.open("wb")
        self._warc = WARCWriter(self._file, gzip=True, warc_version="1.1")
        fields = {"software": software, "format": "WARC File Format 1.1", "description": SAID, **conditions}
        self._warc.write_record(self._warc.create_warcinfo_record(path.name, fields))

    def write(self, one: Exchange) -> None:
        """Append the response and the request that led to it."""
        at = {"WARC-Date": one.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
        told = at | ({"WARC-Truncated": one.truncated} if one.truncated else {})
        response = self._warc.create_warc_record(
            one.url,
            "response",
            payload=BytesIO(one.body),
            length=len(one.body),
            http_headers=StatusAndHeaders(_status_line(one.status), kept(one.answered, len(one.body)), "HTTP/1.1"),
            warc_headers_dict=told,
        )
        request = self._warc.create_warc_record(
            one.url,
            "request",
            http_headers=StatusAndHeaders(f"{one.method} {_target(one.url)} HTTP/1.1", _spoken(one.asked), ""),
            warc_headers_dict=dict(at),
        )
        self._warc.write_request_response_pair(request, response)

    def close(self) -> None:
        self._file.close()


def kept(headers: Iterable[tuple[str, str]], size_bytes: int) -> list[tuple[str, str]]:
    """Response headers as a record may hold them."""
    told = [
        (f"X-Archive-Orig-{name}" if name.lower() in _OF_THE_WIRE else name, _one_line(text))
        for name, text in headers
        if name.lower() not in _SECRET
    ]
    return [*told, ("Content-Length", str(size_bytes))]


def _spoken(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, _one_line(text)) for name, text in headers if name.lower() not in _SECRET]


def _one_line(text: str) -> str:
    return " ".join(text.encode("latin-1", "replace").decode("latin-1").split())


def _status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Other"


def _target(url: str) -> str:
    _, _, rest = url.partition("://")
    _, slash, path = rest.partition("/")
    return slash + path if slash else "/"
