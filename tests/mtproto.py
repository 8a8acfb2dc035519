"""A server of the MTProto wire protocol on loopback: its own RSA key, the DH exchange, encrypted messages, and answers.

It speaks to a real client through real sockets; only what it answers is ours. Source: https://core.telegram.org/mtproto.
"""

import asyncio
import os
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha1, sha256
from typing import Any
from zlib import crc32

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from telethon.crypto import AES, AuthKey
from telethon.crypto.rsa import get_byte_array
from telethon.extensions import BinaryReader
from telethon.helpers import generate_key_data_from_nonce
from telethon.network.mtprotostate import MTProtoState
from telethon.tl import TLObject, functions, types
from telethon.tl.core import GzipPacked, MessageContainer

DC = 2
G = 3
PRIME = int(
    "c71caeb9c6b1c9048e6c522f70f13f73980d40238e3e21c14934d037563d930f48198a0aa7c14058229493d22530f4db"
    "fa336f6e0ac925139543aed44cce7c3720fd51f69458705ac68cd4fe6b6b13abdc9746512969328454f18faf8c595f64"
    "2477fe96bb2a941d5bcd1d4ac8cc49880708fa9b378e3c4f3a9060bee67cf9a4a4a695811051907e162753b56b0f6b41"
    "0dba74d8a84b2a14b3144e0ef1284754fd17ed950d5965b4b9dd46582db1178d169c6bc465b0d6ff9ca3928fef5b9ae4"
    "e418fc15e83ebea0f87fa9ff5eed70050ded2849f47bf959d956850ce929851f0d8115f635b105ee2e4e15d04b2454bf"
    "6f4fadf034b10403119cd8e3b92fcc5b",
    16,
)
_P, _Q = 1229739323, 1402015859
_RESULT = 0xF35C6D01
_WRAPPERS = (
    functions.InvokeWithLayerRequest,
    functions.InitConnectionRequest,
    functions.InvokeWithoutUpdatesRequest,
    functions.InvokeAfterMsgRequest,
)


class Refusal(Exception):
    """An error as the server sends it."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


Answers = Callable[[int, Any], bytes]
"""Answers one request of the holder of an authorization key, as bytes; raises Refusal."""


@dataclass
class Server:
    """Listens on `port`; clients must know its `public_key`; `keys` are the authorization keys it has agreed on."""

    answer: Answers
    port: int = 0
    keys: dict[int, AuthKey] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    _key: Any = field(default_factory=lambda: generate_private_key(65537, 2048))
    _last_id: int = 0

    @property
    def public_key(self) -> str:
        return self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.PKCS1).decode()

    @property
    def fingerprint(self) -> int:
        numbers = self._key.public_key().public_numbers()
        told = [TLObject.serialize_bytes(get_byte_array(one)) for one in (numbers.n, numbers.e)]
        return int(struct.unpack("<q", sha1(b"".join(told)).digest()[-8:])[0])  # noqa: S324 - as the protocol says

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, in the transport "full": length, number, packet, checksum."""
        exchange, sent = _Exchange(self), 0
        try:
            while True:
                head = await reader.readexactly(8)
                packet = await reader.readexactly(struct.unpack("<i", head[:4])[0] - 8)
                assert crc32(head + packet[:-4]) == struct.unpack("<I", packet[-4:])[0]
                for out in self._packets(exchange, packet[:-4]):
                    framed = struct.pack("<ii", len(out) + 12, sent) + out
                    writer.write(framed + struct.pack("<I", crc32(framed)))
                    sent += 1
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    def _packets(self, exchange: "_Exchange", packet: bytes) -> Iterator[bytes]:
        key_id = struct.unpack("<Q", packet[:8])[0]
        if key_id == 0:
            body = bytes(exchange.step(BinaryReader(packet[20:]).tgread_object()))
            yield struct.pack("<qqi", 0, self._next_id(), len(body)) + body
        elif key_id not in self.keys:
            yield struct.pack("<i", -404)
        else:
            yield from self._answers(self.keys[key_id], packet)

    def _answers(self, key: AuthKey, packet: bytes) -> Iterator[bytes]:
        message_key = packet[8:24]
        plain = AES.decrypt_ige(packet[24:], *MTProtoState._calc_key(key.key, message_key, True))
        assert sha256(key.key[88:120] + plain).digest()[8:24] == message_key, "a client's message was altered"
        session = plain[8:16]
        message_id, _, length = struct.unpack("<qii", plain[16:32])
        for number, asked in _unpacked(message_id, BinaryReader(plain[32 : 32 + length]).tgread_object()):
            if isinstance(asked, types.MsgsAck):
                continue
            if isinstance(asked, functions.PingRequest | functions.PingDelayDisconnectRequest):
                yield self._sealed(key, session, bytes(types.Pong(number, asked.ping_id)))
                continue
            while isinstance(asked, _WRAPPERS):
                asked = asked.query
            self.asked.append(type(asked).__name__)
            try:
                body = self.answer(key.key_id, asked)
            except Refusal as refusal:
                body = bytes(types.RpcError(refusal.code, str(refusal)))
            yield self._sealed(key, session, struct.pack("<Iq", _RESULT, number) + body)

    def _sealed(self, key: AuthKey, session: bytes, body: bytes) -> bytes:
        plain = bytes(8) + session + struct.pack("<qii", self._next_id(), 1, len(body)) + body
        plain += os.urandom(-(len(plain) + 12) % 16 + 12)
        message_key = sha256(key.key[96:128] + plain).digest()[8:24]
        sealed = AES.encrypt_ige(plain, *MTProtoState._calc_key(key.key, message_key, False))
        return struct.pack("<Q", key.key_id) + message_key + bytes(sealed)

    def _next_id(self) -> int:
        self._last_id = max(self._last_id + 4, int(time.time()) << 32 | 1)
        return self._last_id


class _Exchange:
    """The exchange that ends with an authorization key, as the server sees it."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._server_nonce = int.from_bytes(os.urandom(16), "big", signed=True)
        self._new_nonce = 0
        self._a = int.from_bytes(os.urandom(256), "big")

    def step(self, asked: Any) -> TLObject:
        nonces = {"nonce": asked.nonce, "server_nonce": self._server_nonce}
        match asked:
            case functions.ReqPqMultiRequest():
                pq = get_byte_array(_P * _Q)
                return types.ResPQ(**nonces, pq=pq, server_public_key_fingerprints=[self._server.fingerprint])
            case functions.ReqDHParamsRequest():
                numbers = self._server._key.private_numbers()
                shut = int.from_bytes(asked.encrypted_data, "big")
                opened = pow(shut, numbers.d, numbers.public_numbers.n).to_bytes(255, "big")
                self._new_nonce = BinaryReader(opened[20:]).tgread_object().new_nonce
                inner = types.ServerDHInnerData(
                    **nonces,
                    g=G,
                    dh_prime=get_byte_array(PRIME),
                    g_a=get_byte_array(pow(G, self._a, PRIME)),
                    server_time=int(time.time()),
                )
                answer = sha1(bytes(inner)).digest() + bytes(inner)  # noqa: S324 - as the protocol says
                answer += os.urandom(-len(answer) % 16)
                return types.ServerDHParamsOk(**nonces, encrypted_answer=AES.encrypt_ige(answer, *self._keys()))
            case functions.SetClientDHParamsRequest():
                inner = BinaryReader(AES.decrypt_ige(asked.encrypted_data, *self._keys())[20:]).tgread_object()
                agreed = pow(int.from_bytes(inner.g_b, "big"), self._a, PRIME)
                # 256 bytes, also where the number is shorter: a client that cuts its leading zeros must begin anew.
                key = AuthKey(agreed.to_bytes(256, "big"))
                self._server.keys[key.key_id] = key
                return types.DhGenOk(**nonces, new_nonce_hash1=key.calc_new_nonce_hash(self._new_nonce, 1))
        raise AssertionError(f"{type(asked).__name__} is no part of the exchange")

    def _keys(self) -> tuple[bytes, bytes]:
        key, iv = generate_key_data_from_nonce(self._server_nonce, self._new_nonce)
        return key, iv


def _unpacked(message_id: int, body: Any) -> Iterator[tuple[int, Any]]:
    match body:
        case MessageContainer():
            for one in body.messages:
                yield from _unpacked(one.msg_id, one.obj)
        case GzipPacked():
            yield from _unpacked(message_id, BinaryReader(body.data).tgread_object())
        case _:
            yield message_id, body


@contextmanager
def serving(answer: Answers) -> Iterator[Server]:
    """A server on a free port, on a thread of its own."""
    server, ready, ended = Server(answer), threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def run() -> None:
        async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listening:
            server.port = listening.sockets[0].getsockname()[1]
            ready.set()
            await ended.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(10)
        loop.close()
