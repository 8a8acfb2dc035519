"""The only way out: a proxy on a unix socket that resolves once, vets every answer, and connects to what it vetted."""

import asyncio
import contextlib
import ipaddress
import os
import resource
import signal
import socket as sockets
import stat
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from time import monotonic

from workers.outgoing.address import Denied, Exceptions, canonical_host, check_answers, check_target
from workers.outgoing.head import BadHead, Form, Request, read_answer, read_request
from workers.outgoing.passage import Allowance, Book, Cut, Failed, Passage
from workers.outgoing.resolver import Resolver, system_resolver
from workers.outgoing.ticket import log_path, token_of

HEAD_BYTES = 32 << 10
_CHUNK_BYTES = 64 << 10
_ADDRESSES_TRIED = 6


class Proxy:
    """Serves clients one request each: a tunnel, a forwarded plain request, or a question after its own health."""

    def __init__(self, log: Path, exceptions: Exceptions, limits: Allowance, resolve: Resolver) -> None:
        self._log = log
        self._exceptions = exceptions
        self._limits = limits
        self._resolve = resolve
        self._book = Book()

    async def serve_client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one client and close; errors of the client's making end here."""
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._answer(reader, writer)
        finally:
            await _close(writer)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(self._limits.head_s):
                request = read_request(await reader.readuntil(b"\r\n\r\n"))
            authorization = request.field("proxy-authorization")
        except asyncio.LimitOverrunError:
            return await _reply(writer, 431, "Egress-Head-Too-Large")
        except TimeoutError:
            return await _reply(writer, 408, "Egress-Head-Too-Slow")
        except BadHead:
            return await _reply(writer, 400, "Egress-Bad-Request")
        if request.form is Form.OWN:
            healthy = request.method == "GET" and request.target == "/healthz"
            return await _reply(writer, *((200, "OK") if healthy else (404, "Egress-Not-Found")))
        token = token_of(authorization or "")
        log = self._book.log(log_path(self._log, token)) if token else None
        if log is None:
            return await _reply(writer, 407, "Egress-Ticket-Required", 'Proxy-Authenticate: Basic realm="egress"')
        with log:
            if log.use.connections >= self._limits.ticket_connections:
                return await _reply(writer, 429, "Egress-Ticket-Spent")
            with log.passage(request, self._limits) as passage:
                await self._pass(request, passage, reader, writer)

    async def _pass(
        self, request: Request, passage: Passage, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """1 vet the target, 2 resolve, 3 vet every answer, 4 connect to a vetted literal, 5 carry bytes."""
        try:
            if passage.use.open > self._limits.ticket_open:
                raise Failed("too many connections")
            origin = await self._reach(request, passage)
            try:
                await self._carry(request, passage, (reader, writer), origin)
            finally:
                await _close(origin[1])
        except Denied as denied:
            passage.ended["denied"] = str(denied)
            await _reply(writer, 403, "Egress-Denied")
        except Failed as failed:
            passage.ended["failed"] = str(failed)
            await _reply(writer, 502, _reason(failed))
        except Cut as cut:
            passage.ended["cut"] = str(cut)
        except OSError as error:
            passage.ended["failed"] = type(error).__name__
        except asyncio.CancelledError:
            passage.ended["cut"] = "proxy stopped"
            raise

    async def _reach(self, request: Request, passage: Passage) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        passage.host = canonical_host(request.host)
        excepted = check_target(passage.host, request.port, self._exceptions)
        try:
            async with asyncio.timeout(self._limits.resolve_s):
                answers = await self._resolve(passage.host, request.port)
        except TimeoutError:
            raise Failed("name timeout") from None
        except sockets.gaierror as error:
            again = error.errno == sockets.EAI_AGAIN
            raise Failed("name server" if again else "no such name") from None
        addresses = check_answers(answers, excepted=excepted)
        for address in addresses[:_ADDRESSES_TRIED]:
            try:
                async with asyncio.timeout(self._limits.connect_s):
                    reader, writer = await asyncio.open_connection(address, request.port)
            except OSError:  # TimeoutError is one
                continue
            passage.address = address
            peer = writer.get_extra_info("peername")[0]
            if ipaddress.ip_address(peer) != ipaddress.ip_address(address):
                await _close(writer)
                raise Denied(f"peer {peer}")
            return reader, writer
        raise Failed("unreachable")

    async def _carry(
        self,
        request: Request,
        passage: Passage,
        client: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        origin: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        body_bytes = None
        if request.form is Form.TUNNEL:
            client[1].write(b"HTTP/1.1 200 Egress-Connected\r\n\r\n")
            downwards = _carry_down(origin[0], client[1], passage)
        else:
            body_bytes = request.body_bytes
            head = request.forwarded(passage.host)
            passage.sent(len(head))
            origin[1].write(head)
            downwards = _return_answer(origin[0], client[1], passage)
        await _race(passage, _carry_up(client[0], origin[1], passage, body_bytes), downwards)


async def _return_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, passage: Passage) -> None:
    status, head = 100, b""
    try:
        while 100 <= status < 200:  # interim answers speak to nobody here
            raw = await reader.readuntil(b"\r\n\r\n")
            passage.received(len(raw))
            status, head = read_answer(raw)
            if status == 101:
                raise Failed("switched protocols")
    except (BadHead, asyncio.LimitOverrunError):
        raise Failed("bad answer") from None
    except asyncio.IncompleteReadError:
        raise Failed("no answer") from None
    writer.write(head)
    await _carry_down(reader, writer, passage)


async def _carry_down(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, passage: Passage) -> None:
    """Carry bytes to the client until the origin's end. A client that went away is an end; a broken origin is not."""
    while chunk := await reader.read(_CHUNK_BYTES):
        passage.received(len(chunk))
        try:
            writer.write(chunk)
            await writer.drain()
        except ConnectionError:
            return


async def _carry_up(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, passage: Passage, body_bytes: int | None
) -> None:
    """Carry the client's bytes until it goes away; where a body was announced exactly that, and nothing after it.

    What follows the body would be a second request, which nobody vetted.
    """
    left = body_bytes
    while left is None or left > 0:
        chunk = await _from_client(reader, _CHUNK_BYTES if left is None else min(_CHUNK_BYTES, left))
        if not chunk:
            return
        left = None if left is None else left - len(chunk)
        passage.sent(len(chunk))
        writer.write(chunk)
        await writer.drain()
    if await _from_client(reader, 1):
        raise Cut("second request")


async def _from_client(reader: asyncio.StreamReader, most: int) -> bytes:
    try:
        return await reader.read(most)
    except ConnectionError:
        return b""


async def _race(passage: Passage, upwards: Awaitable[None], downwards: Awaitable[None]) -> None:
    """Carry both ways until either ends, nothing has moved for too long, or the time is up."""
    limits = passage.limits
    ways = [asyncio.ensure_future(upwards), asyncio.ensure_future(downwards)]
    try:
        while True:
            done, _ = await asyncio.wait(ways, timeout=limits.idle_s / 8, return_when=asyncio.FIRST_COMPLETED)
            for way in done:
                way.result()
            if done:
                return
            if monotonic() - passage.moved > limits.idle_s:
                raise Cut("idle")
            if monotonic() - passage.began > limits.connection_s:
                raise Cut("time")
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


def _reason(failed: Failed) -> str:
    return "Egress-" + "-".join(word.capitalize() for word in str(failed).split())


async def _reply(writer: asyncio.StreamWriter, status: int, reason: str, *fields: str) -> None:
    head = [f"HTTP/1.1 {status} {reason}", *fields, "Content-Length: 0", "Connection: close", "", ""]
    writer.write("\r\n".join(head).encode("ascii"))
    await writer.drain()


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    # A peer that reads nothing must not keep us: what cannot be flushed soon is dropped.
    try:
        async with asyncio.timeout(5):
            await writer.wait_closed()
    except TimeoutError:
        writer.transport.abort()
    except OSError:
        return


@contextlib.asynccontextmanager
async def serving(socket: Path, proxy: Proxy) -> AsyncIterator[None]:
    """Serve on a unix socket that only this user may open, until the block ends."""
    server = await asyncio.start_unix_server(proxy.serve_client, sock=_listener(socket), limit=HEAD_BYTES)
    try:
        yield
    finally:
        server.close()


def _listener(path: Path) -> sockets.socket:
    """A bound socket, private from its first moment: made beside its place, and moved there once its mode is set."""
    fresh = path.with_name(f".{os.getpid()}.sock")
    fresh.unlink(missing_ok=True)
    listener = sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM)
    listener.bind(str(fresh))
    fresh.chmod(stat.S_IRUSR | stat.S_IWUSR)
    listener.listen(128)
    fresh.replace(path)
    return listener


def run(
    socket: Path,
    log: Path,
    exceptions: Exceptions = frozenset(),
    limits: Allowance = Allowance(),
) -> None:
    """Serve until SIGTERM or SIGINT; connections open then are ended and logged. Runs in the main thread."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # three descriptors a connection
    asyncio.run(_serve_until_told(socket, Proxy(log, exceptions, limits, system_resolver())))


async def _serve_until_told(socket: Path, proxy: Proxy) -> None:
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    async with serving(socket, proxy):
        await told.wait()
