"""What goes around every request and answer: whom the server believes itself to be, and what a browser may do."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

DOCUMENT_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


# Where TLS stands in front of us, a browser that has been here never comes in the clear again (RFC 6797).
STRICT_TRANSPORT: Mapping[str, str] = {"Strict-Transport-Security": "max-age=31536000"}


@dataclass(frozen=True, slots=True)
class SafeHeaders:
    """Gives every answer the document headers, and `more`, unless a door has chosen its own."""

    app: ASGIApp
    more: Mapping[str, str] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in (*DOCUMENT_HEADERS.items(), *self.more.items()):
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_safely if scope["type"] == "http" else send)


@dataclass(frozen=True, slots=True)
class TrustedHost:
    """Answers only under the names the operator chose, this machine's own, and literal addresses.

    A page that makes its own name resolve to this machine (DNS rebinding) still sends that name: it is turned away.
    """

    app: ASGIApp
    refusal: ASGIApp
    names: frozenset[str] = field(default_factory=frozenset)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        chosen = self.app if scope["type"] != "http" or self._is_ours(scope) else self.refusal
        await chosen(scope, receive, send)

    def _is_ours(self, scope: Scope) -> bool:
        given = [value for name, value in scope["headers"] if name == b"host"]
        if len(given) != 1:
            return False
        host = host_of(given[0].decode("latin-1"))
        return host in self.names or host == "localhost" or _is_address(host)


def host_of(authority: str) -> str:
    """The host of `host:port` in lower case, without brackets or a final dot."""
    if authority.startswith("["):
        return authority[1:].partition("]")[0].lower()
    return authority.partition(":")[0].lower().removesuffix(".")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
