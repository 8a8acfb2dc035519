"""Runs in a box without any network: shows a kept page again from its WACZ alone, and tells what is to be seen."""

import asyncio
import base64
import contextlib
import json
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import CDPSession, Error
from warcio.archiveiterator import ArchiveIterator

from workers.pages import looks
from workers.pages.engine import opened

_LOAD_S = 20.0
_SETTLE_S = 2.0
_LOOK_S = 6.0
_WIRE = frozenset({"content-length", "content-encoding", "transfer-encoding", "content-range", "accept-ranges"})


@dataclass(frozen=True, slots=True)
class Answer:
    """One archived response."""

    status: int
    headers: list[dict[str, str]]
    body: bytes


def answers(wacz: Path) -> dict[str, Answer]:
    """The archived responses by address; of several the first, as whole as it came."""
    known: dict[str, Answer] = {}
    with zipfile.ZipFile(wacz) as packed:
        for name in packed.namelist():
            if not name.startswith("archive/"):
                continue
            with packed.open(name) as stream:
                for record in ArchiveIterator(stream):
                    if record.rec_type != "response" or record.rec_headers.get_header("WARC-Truncated"):
                        continue
                    url = record.rec_headers.get_header("WARC-Target-URI")
                    headers = [
                        {"name": name, "value": text}
                        for name, text in record.http_headers.headers
                        if name.lower() not in _WIRE and not name.startswith("X-Archive-Orig-")
                    ]
                    answer = Answer(int(record.http_headers.get_statuscode()), headers, record.content_stream().read())
                    known.setdefault(url, answer)
    return known


class Replayer:
    """Answers every request of a page from what is kept; what is not kept fails as if the site were gone."""

    def __init__(self, session: CDPSession, known: Mapping[str, Answer]) -> None:
        self.answered = 0
        self.missed = 0
        self._session = session
        self._known = known
        self._by_path: dict[str, list[Answer]] = {}
        for url, answer in known.items():
            self._by_path.setdefault(_bare(url), []).append(answer)
        self._work: set[asyncio.Task[None]] = set()

    async def begin(self) -> None:
        self._session.on("Fetch.requestPaused", self._start)
        await self._session.send("Fetch.enable", {"patterns": [{"urlPattern": "*"}]})

    def _start(self, event: Mapping[str, Any]) -> None:
        task = asyncio.ensure_future(self._answer(event))
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def _answer(self, event: Mapping[str, Any]) -> None:
        found = self._find(event["request"]["url"])
        with contextlib.suppress(Error):  # the page has moved on
            if found is None:
                self.missed += 1
                await self._session.send(
                    "Fetch.failRequest", {"requestId": event["requestId"], "errorReason": "ConnectionFailed"}
                )
                return
            self.answered += 1
            status, headers, body = _ranged(found, event["request"]["headers"])
            await self._session.send(
                "Fetch.fulfillRequest",
                {
                    "requestId": event["requestId"],
                    "responseCode": status,
                    "responseHeaders": headers,
                    "body": base64.b64encode(body).decode(),
                },
            )

    def _find(self, url: str) -> Answer | None:
        """The response to this address; or to its only like, where scripts have put another number behind it."""
        exact = self._known.get(url.partition("#")[0])
        like = self._by_path.get(_bare(url), [])
        return exact or (like[0] if len(like) == 1 else None)


def _bare(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


def _ranged(found: Answer, asked: Mapping[str, str]) -> tuple[int, list[dict[str, str]], bytes]:
    """A kept body as a server that knows ranges gives it."""
    wanted = next((text for name, text in asked.items() if name.lower() == "range"), "")
    size = len(found.body)
    first, _, last = wanted.removeprefix("bytes=").partition("-")
    if found.status not in (200, 206) or not wanted.startswith("bytes=") or not first.isdecimal():
        status = 200 if found.status == 206 else found.status
        return status, [*found.headers, {"name": "Content-Length", "value": str(size)}], found.body
    start, end = int(first), min(int(last) if last.isdecimal() else size - 1, size - 1)
    if start > end:
        return 416, [{"name": "Content-Range", "value": f"bytes */{size}"}], b""
    span = [
        {"name": "Content-Range", "value": f"bytes {start}-{end}/{size}"},
        {"name": "Accept-Ranges", "value": "bytes"},
        {"name": "Content-Length", "value": str(end - start + 1)},
    ]
    return 206, [*found.headers, *span], found.body[start : end + 1]


async def look(asked: Mapping[str, Any]) -> dict[str, Any]:
    """1 read the archive, 2 open a fresh browser, 3 load the page from it, 4 look at it."""
    known = answers(Path(asked["archive"]))
    async with opened(asked["program"], proxy=None) as (browser, context, page):
        replayer = Replayer(await context.new_cdp_session(page), known)
        await replayer.begin()
        is_there = True
        try:
            async with asyncio.timeout(_LOAD_S):
                await page.goto(asked["url"], wait_until="load", timeout=_LOAD_S * 1000)
        except (Error, TimeoutError):
            is_there = replayer.answered > 0
        await asyncio.sleep(_SETTLE_S)
        words = await looks.text(page, _LOOK_S)
        media = await looks.media(page, _LOOK_S)
        shot = await looks.picture(page, Path("page.png"), asked["height"], _LOOK_S)
        with contextlib.suppress(Error, TimeoutError):
            async with asyncio.timeout(5):
                await browser.close()
        told = {
            "engine": f"Chromium {browser.version}",
            "is_there": is_there,
            "media": media,
            "answered": replayer.answered,
            "missed": replayer.missed,
            "picture": shot,
        }
    Path("page.txt").write_text(words, errors="replace")
    return told


def main() -> int:
    Path("told.json").write_text(json.dumps(asyncio.run(look(json.loads(sys.argv[1])))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
