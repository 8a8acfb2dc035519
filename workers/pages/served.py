"""Serves a kept page from its archive, as the whole web would, to a browser that knows no other way than this proxy."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import h11
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from workers.pages.kept import Answer, Kept, ranged

_CHUNK_BYTES = 1 << 16
_NOT_KEPT = Answer(404, [("Access-Control-Allow-Origin", "*")], b"")
_Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Served:
    """The answers given so far, and the requests for what is not kept."""

    def __init__(self, kept: Kept, secured: ssl.SSLContext) -> None:
        self.answered = 0
        self.missed = 0
        self._kept = kept
        self._secured = secured

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of the browser, whatever it says on it."""
        try:
            await self._through(reader, writer, "")
        except (h11.ProtocolError, OSError, ValueError):
            pass  # the browser has changed its mind, or asked for what is no address
        finally:
            writer.close()

    async def _through(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, origin: str) -> None:
        """Answer requests until the connection ends; `origin` is what a tunnel leads to, empty outside of one."""
        spoken = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 17)
        while True:
            event = spoken.next_event()
            if event is h11.NEED_DATA:
                spoken.receive_data(await reader.read(_CHUNK_BYTES))
            elif isinstance(event, h11.Request) and event.method == b"CONNECT" and not origin:
                writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
                await writer.start_tls(self._secured)
                return await self._through(reader, writer, f"https://{_host(event.target.decode())}")
            elif isinstance(event, h11.Request):
                request = event
            elif isinstance(event, h11.EndOfMessage):
                await self._answer(spoken, writer, request, origin)
                if spoken.our_state is h11.MUST_CLOSE:
                    return None
                spoken.start_next_cycle()
            elif isinstance(event, h11.ConnectionClosed) or event is h11.PAUSED:
                return None

    async def _answer(
        self, spoken: h11.Connection, writer: asyncio.StreamWriter, request: h11.Request, origin: str
    ) -> None:
        asked = {name.decode(): text.decode("latin-1") for name, text in request.headers}
        answer = self._chosen(request.method, origin + request.target.decode("latin-1"), asked)
        length = ("Content-Length", str(len(answer.body)))
        writer.write(_head(spoken, answer.status, [*answer.headers, length]))
        for start in range(0, len(answer.body) if request.method != b"HEAD" else 0, _CHUNK_BYTES):
            writer.write(spoken.send(h11.Data(data=answer.body[start : start + _CHUNK_BYTES])) or b"")
            await writer.drain()
        writer.write(spoken.send(h11.EndOfMessage()) or b"")
        await writer.drain()

    def _chosen(self, method: bytes, url: str, asked: dict[str, str]) -> Answer:
        if method == b"OPTIONS" and "access-control-request-method" in asked:
            return _allowed(asked)
        found = self._kept.find(url)
        if found is None or not 200 <= found.status < 600:
            self.missed += 1
            return _NOT_KEPT
        self.answered += 1
        return ranged(found, asked.get("range", ""))


@contextlib.asynccontextmanager
async def served(archive: Path) -> AsyncIterator[tuple[Served, str]]:
    """The archive behind a proxy of this box, and the proxy's host and port.

    What is not kept is 404 without a body, as other replay tools answer (pywb). To `https:` it answers with a
    certificate of its own making: the browser in the box is told to take any.
    """
    kept = await asyncio.to_thread(Kept, archive)
    told = Served(kept, _secured())
    server = await asyncio.start_server(told.converse, "127.0.0.1", 0)
    try:
        host, port = server.sockets[0].getsockname()
        yield told, f"{host}:{port}"
    finally:
        server.close()


def _host(target: str) -> str:
    return target.removesuffix(":443")


def _allowed(asked: dict[str, str]) -> Answer:
    """Every question may be put: whether another site's page may read the answer stands in the answer as captured."""
    headers = [
        ("Access-Control-Allow-Origin", asked.get("origin", "*")),
        ("Access-Control-Allow-Methods", asked["access-control-request-method"]),
        ("Access-Control-Allow-Headers", asked.get("access-control-request-headers", "*")),
        ("Access-Control-Allow-Credentials", "true"),
    ]
    return Answer(204, headers, b"")


def _head(spoken: h11.Connection, status: int, headers: list[tuple[str, str]]) -> bytes:
    """The head of an answer; headers that no server could have sent are left out."""
    clean = []
    for name, text in headers:
        with contextlib.suppress(h11.LocalProtocolError):
            one = (name.encode(), text.strip().encode())
            h11.Response(status_code=200, headers=[one])
            clean.append(one)
    return spoken.send(h11.Response(status_code=status, headers=clean)) or b""


def _secured() -> ssl.SSLContext:
    """A key and a certificate that live as long as this box."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a kept page")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    pem = Path("served.pem")
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context
