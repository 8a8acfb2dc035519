"""Serves one witness over HTTP, and makes its key when it has none."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from storage.errors import InvalidValue
from storage.integrity.note import Kind, NoteKey, Signer, is_name
from storage.log.keys import log_signer
from workers.ledger.witness import LARGEST_REQUEST_BYTES, Witness

# A request is a few kilobytes: whoever lets it drip only keeps others from connecting.
_PATIENCE_S = 15.0


def own_key(folder: Path, name: str, passphrase: str) -> Signer:
    """The witness's key in a folder, made when first asked for. Raises: InvalidValue, Conflict."""
    if not is_name(name):
        raise InvalidValue(f"a witness has a name without spaces and plus signs, such as witness.example/one: {name!r}")
    made = log_signer(folder / "witness.pem", name, passphrase.encode() or None)
    return Signer(name, Kind.COSIGNATURE, made.secret)


def keys_of_logs(texts: Sequence[str]) -> list[NoteKey]:
    """The keys of the logs to watch. Raises: InvalidValue for what is no log's key."""
    try:
        keys = [NoteKey.parse(text) for text in texts]
    except ValueError as malformed:
        raise InvalidValue(f"not the key of a log, as GET /api/v1/ledger/keys tells it: {malformed}") from None
    if any(key.kind is not Kind.ED25519 for key in keys):
        raise InvalidValue("a witness watches logs; the key of another witness was given")
    return keys


def application(witness: Witness, key: NoteKey) -> Starlette:
    """The witness's two doors: `POST /add-checkpoint`, and `GET /` that tells its key."""

    async def add_checkpoint(request: Request) -> Response:
        body = b""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                async for chunk in request.stream():
                    body += chunk
                    if len(body) > LARGEST_REQUEST_BYTES:
                        return PlainTextResponse("too large\n", 413)
        except TimeoutError:
            return PlainTextResponse("too slow\n", 408, {"Connection": "close"})
        reply = await run_in_threadpool(witness.add_checkpoint, body)
        return Response(reply.body, reply.status, {"Content-Type": reply.media_type})

    async def tell_key(_request: Request) -> Response:
        return PlainTextResponse(f"{key}\n")

    return Starlette(routes=[Route("/add-checkpoint", add_checkpoint, methods=["POST"]), Route("/", tell_key)])


def serve(witness: Witness, key: NoteKey, host: str, port: int) -> None:
    """Serve until told to stop."""
    uvicorn.run(application(witness, key), host=host, port=port, log_level="warning", server_header=False)
