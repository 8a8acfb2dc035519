"""The heads of HTTP/1 messages at the proxy: read strictly and written anew, so that no two readers differ."""

import re
from dataclasses import dataclass
from enum import StrEnum

Fields = tuple[tuple[str, str], ...]

_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_REQUEST_LINE = re.compile(rf"({_WORD}) ([!-~]+) HTTP/1\.[01]")
_STATUS_LINE = re.compile(r"HTTP/1\.[01] ([1-9][0-9]{2})( [\t -~\x80-\xff]*)?")
_FIELD = re.compile(rf"({_WORD}):[ \t]*([\t -~\x80-\xff]*?)[ \t]*")
_ABSOLUTE = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^#]*)(?:#.*)?")
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.%]+\]|[^:@\[\]]+)(?::([0-9]{1,5}))?")

# Fields that speak about one hop (RFC 9110, section 7.6.1), or to the proxy alone. Without `Expect` and `Upgrade`
# no server waits for a word that would not pass.
_HOP_OF_ANSWER = frozenset({"connection", "proxy-connection", "keep-alive", "upgrade", "alt-svc"})
_HOP = _HOP_OF_ANSWER | {
    *("host", "te", "trailer", "transfer-encoding", "expect", "http2-settings"),
    *("proxy-authorization", "proxy-authenticate", "proxy-authentication-info"),
}


class BadHead(Exception):
    """A head that can be read in two ways, or in none."""


class Form(StrEnum):
    """The three things one can ask of the proxy."""

    TUNNEL = "tunnel"
    FORWARD = "forward"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Request:
    """One request to the proxy: `host` as asked, `target` the path to ask the origin for, `body_bytes` what follows."""

    form: Form
    method: str
    host: str
    port: int
    target: str
    fields: Fields
    body_bytes: int

    def field(self, name: str) -> str | None:
        """The value of a field that appears at most once."""
        return _single(self.fields, name)

    def forwarded(self, host: str) -> bytes:
        """The head as the origin gets it, with its host in canonical form: one request, then the end."""
        name = f"[{host}]" if ":" in host else host
        authority = name if self.port == 80 else f"{name}:{self.port}"
        kept = [(name, value) for name, value in self.fields if name.lower() not in self._dropped()]
        lines = [f"{self.method} {self.target} HTTP/1.1", f"Host: {authority}"]
        lines += [f"{name}: {value}" for name, value in kept]
        return "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1")

    def _dropped(self) -> frozenset[str]:
        named = ",".join(value for name, value in self.fields if name.lower() == "connection")
        # Who names Content-Length in Connection would have the origin read a body as the next request.
        return (_HOP | {token.strip().lower() for token in named.split(",")}) - {"content-length"}


def read_request(head: bytes) -> Request:
    """Read a request head with its empty line.

    Raises BadHead for what is malformed or ambiguous (RFC 9112, section 11.2: request smuggling). Whether the host
    may be reached is not checked here.
    """
    first, fields = _split(head)
    match = _REQUEST_LINE.fullmatch(first)
    if match is None:
        raise BadHead("request line")
    method, target = match[1], match[2]
    body_bytes = _body_bytes(fields)
    if method == "CONNECT":
        host, port = _authority(target, default=None)
        return Request(Form.TUNNEL, method, host, port, "", fields, 0)
    if target.startswith("/"):
        return Request(Form.OWN, method, "", 0, target, fields, body_bytes)
    absolute = _ABSOLUTE.fullmatch(target)
    if absolute is None or absolute[1].lower() != "http":
        raise BadHead("target")
    host, port = _authority(absolute[2], default=80)
    path = absolute[3] if absolute[3].startswith("/") else "/" + absolute[3]
    return Request(Form.FORWARD, method, host, port, path, fields, body_bytes)


def read_answer(head: bytes) -> tuple[int, bytes]:
    """The status of an origin's answer, and its head as the client gets it: told that the connection ends."""
    first, fields = _split(head)
    match = _STATUS_LINE.fullmatch(first)
    if match is None:
        raise BadHead("status line")
    lines = [first] + [f"{name}: {value}" for name, value in fields if name.lower() not in _HOP_OF_ANSWER]
    return int(match[1]), "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1")


def _split(head: bytes) -> tuple[str, Fields]:
    if not head.endswith(b"\r\n\r\n"):
        raise BadHead("no end")
    first, *lines = head[:-4].decode("latin-1").split("\r\n")
    fields = []
    for line in lines:
        match = _FIELD.fullmatch(line)  # a folded line or a lone CR or LF matches nothing
        if match is None:
            raise BadHead("field")
        fields.append((match[1], match[2]))
    return first, tuple(fields)


def _body_bytes(fields: Fields) -> int:
    if any(name.lower() == "transfer-encoding" for name, _ in fields):
        raise BadHead("transfer encoding")
    length = _single(fields, "content-length")
    if length is None:
        return 0
    if not re.fullmatch(r"[0-9]{1,18}", length):
        raise BadHead("content length")
    return int(length)


def _single(fields: Fields, wanted: str) -> str | None:
    values = [value for name, value in fields if name.lower() == wanted]
    if len(values) > 1:
        raise BadHead(f"two {wanted}")
    return values[0] if values else None


def _authority(authority: str, *, default: int | None) -> tuple[str, int]:
    match = _AUTHORITY.fullmatch(authority)
    if match is None:
        raise BadHead("authority")  # user information among others
    if match[2] is None and default is None:
        raise BadHead("no port")
    port = int(match[2]) if match[2] is not None else default or 0
    if not 0 < port < 65536:
        raise BadHead("port")
    return match[1], port
