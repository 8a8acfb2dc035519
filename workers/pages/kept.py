"""What a kept page's archive answers: its responses by address, whole or a range of one."""

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from warcio.archiveiterator import ArchiveIterator

# What belongs to one connection, or to bytes as they were on the wire, is said anew.
_WIRE = frozenset(
    {
        *("content-length", "content-encoding", "transfer-encoding", "content-range", "accept-ranges"),
        *("connection", "keep-alive", "proxy-connection", "trailer", "upgrade", "alt-svc"),
    }
)
_HEADERS_MOST = 200
_RANGE = re.compile(r"bytes=([0-9]{1,15})-([0-9]{0,15})")
Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """One archived response."""

    status: int
    headers: Headers
    body: bytes


class Kept:
    """The archived responses of one WACZ file.

    Raises what zipfile and warcio raise for a file that is none.
    """

    def __init__(self, wacz: Path) -> None:
        self._exact: dict[str, Answer] = {}
        self._alike: dict[str, list[Answer]] = {}
        with zipfile.ZipFile(wacz) as packed:
            for name in packed.namelist():
                if name.startswith("archive/"):
                    with packed.open(name) as stream:
                        self._read(ArchiveIterator(stream))

    def find(self, url: str) -> Answer | None:
        """The response to this address; or to its only like, where a script has put another number behind it, or this
        engine asks by `https:` what the other one asked for by `http:`.
        """
        exact = self._exact.get(url.partition("#")[0])
        alike = self._alike.get(_bare(url), [])
        return exact or (alike[0] if len(alike) == 1 else None)

    def _read(self, records: ArchiveIterator) -> None:
        """Of several responses to one address the first counts, and only as whole as it came."""
        for record in records:
            if record.rec_type != "response" or record.rec_headers.get_header("WARC-Truncated"):
                continue
            url = record.rec_headers.get_header("WARC-Target-URI")
            if url in self._exact:
                continue
            headers = [
                (name, text)
                for name, text in record.http_headers.headers
                if name.lower() not in _WIRE and not name.startswith("X-Archive-Orig-")
            ]
            status = int(record.http_headers.get_statuscode())
            answer = Answer(status, headers[:_HEADERS_MOST], record.content_stream().read())
            self._exact[url] = answer
            self._alike.setdefault(_bare(url), []).append(answer)


def ranged(found: Answer, wanted: str) -> Answer:
    """A kept body as a server that knows ranges gives it (RFC 9110, 14.2); `wanted` is the header's text, or empty."""
    size = len(found.body)
    span = _RANGE.match(wanted)
    if found.status not in (200, 206) or span is None:
        return Answer(200 if found.status == 206 else found.status, found.headers, found.body)
    start, end = int(span[1]), min(int(span[2] or size), size - 1)
    if start > end:
        return Answer(416, [("Content-Range", f"bytes */{size}")], b"")
    told = [("Content-Range", f"bytes {start}-{end}/{size}"), ("Accept-Ranges", "bytes")]
    return Answer(206, [*found.headers, *told], found.body[start : end + 1])


def _bare(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.netloc}{parts.path}"
