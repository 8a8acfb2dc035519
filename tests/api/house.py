"""A served archive with people in it: real sockets, real database, real store; nothing is pretended."""

import contextlib
import io
import itertools
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import uvicorn
from sqlalchemy import Engine
from starlette.applications import Starlette

from storage import queue
from storage.archive import Archive
from storage.blobs.base import Blob, BlobStore
from storage.db.session import transaction
from storage.domain import clock
from storage.domain.kept import Attempt, Kept, StepKey
from storage.domain.permissions import OPERATOR, SYSTEM
from storage.domain.vocab import ErrorClass, FileRole, Outcome, Role, Sensitivity
from storage.errors import Rejected, Unavailable
from storage.integrity import secret
from storage.log.opening import open_signer
from storage.log.sequencer import Sequencer
from storage.log.shelf import LogShelf
from storage.settings import Settings

API = "/api/v1"
PICTURE = bytes(range(256)) * 40
_NUMBERS = itertools.count(1)


def next_number() -> int:
    """A number nobody had before."""
    return next(_NUMBERS)


@contextlib.contextmanager
def served(app: Starlette) -> Iterator[str]:
    """Serve `app` on a free port of this machine; its address."""
    # Opened anew by its number: only a socket that knows its protocol gets TCP_NODELAY from the event loop.
    listener = socket.socket(fileno=socket.create_server(("127.0.0.1", 0)).detach())
    # A client that was idle for as long as a line is kept open would send its next question into the closing of it.
    config = uvicorn.Config(
        app, log_level="warning", proxy_headers=False, timeout_graceful_shutdown=1, timeout_keep_alive=600
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.005)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


@dataclass(frozen=True, slots=True)
class Held:
    """An item with everything one can hold, and the digests of its files."""

    item: str
    submission: str
    capture: str
    original: str
    keyframe: str
    sealed: str


@dataclass(slots=True)
class House:
    """The archive, its address, and a client for each kind of visitor."""

    address: str
    engine: Engine
    blobs: BlobStore
    operator_token: str = field(default_factory=secret.new_key)
    _clients: dict[str, httpx.Client] = field(default_factory=dict)

    def open(self) -> None:
        with transaction(self.engine) as session:
            Archive(session, SYSTEM).register_operator(self.operator_token)

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    def visitor(self, role: str) -> httpx.Client:
        """A client with a key of `role`; `nobody` has none, `operator` has the vault's own."""
        if role not in self._clients:
            token = {"nobody": "", "operator": self.operator_token}.get(role) or self._key(role)
            self._clients[role] = self.client(token if role != "nobody" else None)
        return self._clients[role]

    def client(self, token: str | None) -> httpx.Client:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=self.address, headers=headers, timeout=20, trust_env=False)

    def lasting(self, client: httpx.Client) -> httpx.Client:
        """A client that is closed with the house."""
        self._clients[f"lasting {next(_NUMBERS)}"] = client
        return client

    def key(self, *roles: str, name: str = "script") -> tuple[str, str]:
        """A new key: its id and its secret."""
        with transaction(self.engine) as session:
            key, token = Archive(session, OPERATOR).add_key(name, {Role(role) for role in roles})
            return key.id, token

    def _key(self, role: str) -> str:
        return "" if role == "nobody" else self.key(role)[1]

    def sequence(self, settings: Settings) -> None:
        """Give every event its place in the log, as the keeper does."""
        signer = open_signer(self.engine, settings.ledger_key, settings.ledger_name, settings.ledger_passphrase)
        while Sequencer(LogShelf(settings.ledger), signer).advance(self.engine):
            pass

    def url(self) -> str:
        """An address nobody has submitted yet."""
        return f"https://example.org/video/{next(_NUMBERS)}"

    def submitted(self, sensitivity: str = "restricted") -> tuple[str, str, str]:
        """A fresh item of the operator's: its id, its submission's and its capture's."""
        with transaction(self.engine) as session:
            entry = Archive(session, OPERATOR).submit(self.url(), note=None, sensitivity=Sensitivity(sensitivity))
            return entry.item.id, entry.submission.id, entry.submission.capture_id

    def captured(self, sensitivity: str = "restricted") -> Held:
        """An item whose capture has ended well and has been looked through."""
        item, submission, capture = self.submitted(sensitivity)
        number = next(_NUMBERS)
        original = self.blobs.put(io.BytesIO(PICTURE + str(number).encode()))
        frame = self.blobs.put(io.BytesIO(b"\xff\xd8 a picture " + str(number).encode()))
        raw = self.blobs.put(io.BytesIO(b'{"uploader": "' + str(number).encode() + b'"}'))
        shots = [
            {"start_s": 0.0, "end_s": 1.5, "transition": "start"} | _ticks(0, 15_000),
            {"start_s": 1.5, "end_s": 4.0, "transition": "cut"} | _ticks(15_000, 40_000),
        ]
        told = {"original": original.digest.hex, "time_s": 0.4, "pts": 4000, "time_base": "1/10000", "shot": 0}
        self.seal(
            capture,
            kept("original", FileRole.ORIGINAL, "video/mp4", original),
            kept("info", FileRole.CONTEXT, "application/json", raw, sealed=True),
            kept(
                "shots", FileRole.PRODUCT, "application/json", None, {"original": original.digest.hex, "shots": shots}
            ),
            kept("keyframe", FileRole.PRODUCT, "image/jpeg", frame, told),
        )
        return Held(item, submission, capture, original.digest.hex, frame.digest.hex, raw.digest.hex)

    def seal(self, capture: str, *kept: Kept, outcome: Outcome = Outcome.CAPTURED, name: str = "fetch") -> None:
        """End one capture as a worker would; one of a supplied file is in the queue called `media`."""
        now = clock.now()
        attempt = Attempt(outcome, "", now, now, "yt-dlp", "1", {}, {})
        step = StepKey("capture", "1", f"key of {capture}", ())
        with transaction(self.engine) as session:
            Archive(session, SYSTEM).seal_capture(self.claimed(capture, name), attempt, step, list(kept))

    def fail(self, capture: str, outcome: Outcome, sentence: str, name: str = "fetch") -> None:
        """End one capture without media; one of a supplied file is in the queue called `media`."""
        now = clock.now()
        held = self.claimed(capture, name)
        error = Rejected(sentence, code=outcome.value)
        with transaction(self.engine) as session:
            verdict = queue.judge(held.job, error, retry_base_s=1)
            Archive(session, SYSTEM).fail_step(held, error, verdict, Attempt(outcome, sentence, now, now), "1")

    def unanswered(self, capture: str) -> None:
        """End one capture as a worker does whose last try met silence."""
        now = clock.now()
        held = self.claimed(capture)
        with transaction(self.engine) as session:
            verdict = queue.Verdict(ErrorClass.UNREACHABLE, final=True, pause_s=0.0)
            error = Unavailable("The site did not answer.", code=Outcome.UNREACHABLE.value)
            attempt = Attempt(Outcome.UNREACHABLE, "The site did not answer.", now, now)
            Archive(session, SYSTEM).fail_step(held, error, verdict, attempt, "1")

    def claimed(self, capture: str, name: str = "fetch") -> queue.Held:
        """The capture's job in the queue of this name; jobs before it are left with a worker that never comes back."""
        while True:
            with transaction(self.engine) as session:
                held = queue.claim(session, queue=name, worker="test", lease_s=600)
            assert held is not None, f"no job for {capture}"
            if held.job.capture_id == capture:
                return held


def _ticks(start: int, end: int) -> dict[str, Any]:
    return {"start_pts": start, "end_pts": end, "time_base": "1/10000"}


def kept(
    kind: str,
    role: FileRole,
    media_type: str,
    blob: Blob | None,
    payload: Mapping[str, Any] | None = None,
    *,
    sealed: bool = False,
) -> Kept:
    if blob is None:
        return Kept(kind, role, media_type, payload or {}, sealed)
    return Kept(kind, role, media_type, payload or {}, sealed, blob.digest.hex, blob.sha512, blob.size_bytes)


def place(**changes: Any) -> dict[str, Any]:
    """An accepted place, as a reviewer sends it."""
    body = {
        "role": "camera", "lat": 48.1234567, "lon": 37.7654321, "radius_m": 30, "method": "landmark_match",
        "reasoning": "The water tower matches.", "confidence": "high", "status": "accepted",
    }  # fmt: skip
    return {"kind": "place", "body": body | changes, "citations": [{"target": "https://example.org/map"}]}


def recorded(earliest: str, latest: str) -> dict[str, Any]:
    """An accepted time of recording."""
    body = {
        "about": "capture", "earliest": earliest, "latest": latest, "method": "shadow",
        "reasoning": "The shadows.", "confidence": "moderate", "status": "accepted",
    }  # fmt: skip
    return {"kind": "time", "body": body, "citations": [{"target": "https://example.org/sun"}]}


def unit(name: str) -> dict[str, Any]:
    """An accepted unit."""
    body = {
        "name_as_written": name, "role": "speakers_belong_to", "basis": ["speech"],
        "reasoning": "They say so.", "confidence": "moderate", "status": "accepted",
    }  # fmt: skip
    return {"kind": "unit", "body": body, "citations": [{"target": "https://example.org/post"}]}


def content(summary: str, *tags: str) -> dict[str, Any]:
    """An accepted description."""
    return {"kind": "content", "body": {"summary": summary, "tags": list(tags), "status": "accepted"}}
