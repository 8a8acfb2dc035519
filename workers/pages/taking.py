"""Takes down what a page loads, between network and page, within ceilings; a page that hangs cannot hold it up."""

import asyncio
import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import CDPSession, Error

from workers.pages.warc import Exchange, Writer

_CHUNK_BYTES = 1 << 20
_AT_ONCE = 6
_REFUSED = "Egress-"
_TOLD = 50
# A request is seen twice, and one that is refused once: so many times the ceiling comes from no page that means well.
_FLOOD = 4


@dataclass(frozen=True, slots=True)
class Ceilings:
    """How much one page may load; every ceiling that is met is told."""

    requests: int
    body_bytes: int
    all_bytes: int
    body_s: float


@dataclass(slots=True)
class Taken:
    """What has come so far: the last HTML document as received, counts, and which ceilings were met."""

    document: bytes = b""
    status: int | None = None
    requests: int = 0
    kept_bytes: int = 0
    answers: int = 0
    met: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    cut: list[str] = field(default_factory=list)
    moved_at: float = field(default_factory=monotonic)


class Taking:
    """Stands between the network and one page (Chrome DevTools Protocol, domain Fetch).

    `flooded` is called where the page goes on asking far beyond the ceiling: it must end the browser, or memory ends.
    """

    def __init__(
        self,
        session: CDPSession,
        writer: Writer,
        ceilings: Ceilings,
        login: tuple[str, str],
        flooded: Callable[[], None],
    ) -> None:
        self.taken = Taken()
        self._flooded = flooded
        self._seen = 0
        self._session = session
        self._writer = writer
        self._ceilings = ceilings
        self._login = login
        self._main_frame = ""
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._work: set[asyncio.Task[None]] = set()

    async def begin(self) -> None:
        """From now on nothing passes unseen."""
        tree = await self._session.send("Page.getFrameTree")
        self._main_frame = tree["frameTree"]["frame"]["id"]
        self._session.on("Fetch.requestPaused", lambda event: self._start(self._pass(event), event))
        self._session.on("Fetch.authRequired", lambda event: self._start(self._log_in(event), event))
        stages = [{"urlPattern": "*", "requestStage": stage} for stage in ("Request", "Response")]
        await self._session.send("Fetch.enable", {"patterns": stages, "handleAuthRequests": True})

    @property
    def is_busy(self) -> bool:
        return bool(self._work)

    async def end(self) -> None:
        """Stop writing; what is still under way is dropped."""
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        self._writer.close()

    def _start(self, work: Any, event: Mapping[str, Any]) -> None:
        self._seen += 1
        if self._seen > _FLOOD * self._ceilings.requests:
            work.close()
            self.taken.met.add("requests")
            return self._flooded()
        task = asyncio.ensure_future(self._guard(work, event))
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def _guard(self, work: Any, event: Mapping[str, Any]) -> None:
        try:
            await work
        except Error:  # the page has moved on: this request is nobody's any more
            return

    async def _log_in(self, event: Mapping[str, Any]) -> None:
        """Our own proxy gets the ticket; no site gets anything."""
        name, word = self._login
        ours = event["authChallenge"].get("source") == "Proxy"
        answer = {"response": "ProvideCredentials", "username": name, "password": word}
        await self._session.send(
            "Fetch.continueWithAuth",
            {
                "requestId": event["requestId"],
                "authChallengeResponse": answer if ours else {"response": "CancelAuth"},
            },
        )

    async def _pass(self, event: Mapping[str, Any]) -> None:
        if "responseStatusCode" not in event and "responseErrorReason" not in event:
            return await self._ask(event)
        if "responseErrorReason" in event:
            return await self._go_on(event)
        host = urlsplit(event["request"]["url"]).hostname or ""
        if str(event.get("responseStatusText", "")).startswith(_REFUSED):
            self._note_refused(host, event["responseStatusText"])
            return await self._fail(event, "AccessDenied")
        if 300 <= event["responseStatusCode"] < 400 and _header(event, "location"):
            self._write(event, b"", None)
            return await self._go_on(event)
        async with self._room:
            body, truncated = await self._body(event)
            self._write(event, body, truncated)
            if truncated:
                return await self._fail(event, "Aborted")
            await self._hand_on(event, body)

    async def _ask(self, event: Mapping[str, Any]) -> None:
        taken = self.taken
        taken.requests += 1
        if urlsplit(event["request"]["url"]).scheme not in ("http", "https"):
            return await self._fail(event, "AccessDenied")
        if taken.requests > self._ceilings.requests:
            taken.met.add("requests")
        if taken.kept_bytes >= self._ceilings.all_bytes:
            taken.met.add("bytes")
        if taken.met & {"requests", "bytes"}:
            return await self._fail(event, "BlockedByClient")
        taken.moved_at = monotonic()
        await self._go_on(event)

    async def _body(self, event: Mapping[str, Any]) -> tuple[bytes, str | None]:
        """The body, and why it is not whole."""
        opened = await self._session.send("Fetch.takeResponseBodyAsStream", {"requestId": event["requestId"]})
        body = bytearray()
        most = min(self._ceilings.body_bytes, self._ceilings.all_bytes - self.taken.kept_bytes)
        try:
            async with asyncio.timeout(self._ceilings.body_s):
                while True:
                    piece = await self._session.send("IO.read", {"handle": opened["stream"], "size": _CHUNK_BYTES})
                    data = piece["data"]
                    body += base64.b64decode(data) if piece.get("base64Encoded") else data.encode()
                    if len(body) > most:
                        return bytes(body[: max(0, most)]), "length"
                    if piece.get("eof"):
                        return bytes(body), None
        except TimeoutError:
            return bytes(body), "time"

    def _write(self, event: Mapping[str, Any], body: bytes, truncated: str | None) -> None:
        request, taken = event["request"], self.taken
        taken.answers += 1
        taken.kept_bytes += len(body)
        taken.moved_at = monotonic()
        if truncated:
            taken.met.add(f"body {truncated}")
            taken.cut = [*taken.cut, urlsplit(request["url"]).hostname or ""][:_TOLD]
        if event["resourceType"] == "Document" and event["frameId"] == self._main_frame:
            taken.status = event["responseStatusCode"]
            if "html" in (_header(event, "content-type") or "html").lower():  # a download is no page
                taken.document = body or taken.document
        self._writer.write(
            Exchange(
                url=request["url"],
                method=request["method"],
                asked=list(request["headers"].items()),
                status=event["responseStatusCode"],
                answered=[(one["name"], one["value"]) for one in event.get("responseHeaders", ())],
                body=body,
                at=datetime.now(UTC),
                truncated=truncated,
            )
        )

    async def _hand_on(self, event: Mapping[str, Any], body: bytes) -> None:
        """Give the page the very bytes that were written down."""
        wire = ("content-encoding", "content-length", "transfer-encoding")
        headers = [one for one in event.get("responseHeaders", ()) if one["name"].lower() not in wire]
        await self._session.send(
            "Fetch.fulfillRequest",
            {
                "requestId": event["requestId"],
                "responseCode": event["responseStatusCode"],
                "responseHeaders": [*headers, {"name": "Content-Length", "value": str(len(body))}],
                "body": base64.b64encode(body).decode(),
            },
        )

    async def _go_on(self, event: Mapping[str, Any]) -> None:
        await self._session.send("Fetch.continueRequest", {"requestId": event["requestId"]})

    async def _fail(self, event: Mapping[str, Any], reason: str) -> None:
        await self._session.send("Fetch.failRequest", {"requestId": event["requestId"], "errorReason": reason})

    def _note_refused(self, host: str, words: str) -> None:
        if len(self.taken.refused) < _TOLD:
            self.taken.refused[host] = words.removeprefix(_REFUSED)


def _header(event: Mapping[str, Any], name: str) -> str | None:
    return next((one["value"] for one in event.get("responseHeaders", ()) if one["name"].lower() == name), None)
