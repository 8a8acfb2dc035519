"""The program that fetches one file over HTTP inside a box: every hop noted, every byte as served, cut only by limits.

Runs as a script and imports nothing of ours. Its one argument is an order as JSON; it prints one JSON object a line:
`{"received_bytes": …}` while it works and `{"told": …}` at its end.
"""

import errno
import json
import re
import signal
import sys
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx

HOPS = 10
_REPORT_S = 0.5
_HEADERS = {"User-Agent": "Mozilla/5.0 (compatible; svidok)", "Accept": "*/*", "Accept-Encoding": "identity"}
_HEADER_LETTERS = 1024
_HEADERS_TOLD = 64
_LOOKS = 24
_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-\d{1,18}/(?:(\d{1,18})|\*)", re.ASCII)
# A file changed within the very second of its Last-Modified has the same one before and after (RFC 9110, 8.8.2.2).
_SETTLED = timedelta(seconds=60)


class _Refused(Exception):
    """A redirect that no client should follow; the text says why."""


class _Cut(Exception):
    """One of our limits was met; the text names it."""


@dataclass(slots=True)
class _Kept:
    """One run of bytes of one version of the file."""

    path: Path
    received: int = 0
    expected: int | None = None
    validator: str | None = None
    encoding: str | None = None


@dataclass(slots=True)
class Fetch:
    """One file being fetched; `told` is what is known so far."""

    url: str
    limit_bytes: int
    until: float
    tries: int
    idle_s: float
    window_s: float
    least_bytes_per_s: float
    told: dict[str, Any] = field(default_factory=lambda: {"hops": [], "tries": [], "ending": "unreachable"})
    _kept: list[_Kept] = field(default_factory=list)
    _reported: float = 0.0
    _received: int = 0
    _seen: deque[tuple[float, int]] = field(default_factory=lambda: deque([(time.monotonic(), 0)]))

    def run(self) -> Mapping[str, Any]:
        """Try, resume what broke off where the server can prove it is still the same file, and tell how it went."""
        with httpx.Client(headers=_HEADERS, timeout=httpx.Timeout(self.idle_s), follow_redirects=False) as client:
            for number in range(self.tries):
                resumed = self._resumable()
                began = {"at": _now(), "start": resumed.received if resumed else 0}
                try:
                    ending, said = self._try(client), ""
                except _Refused as refused:
                    ending, said = "refused", str(refused)
                except _Cut as cut:
                    ending, said = str(cut), ""
                except (httpx.TransportError, httpx.DecodingError) as error:
                    ending, said = "broken", f"{type(error).__name__}: {error}"
                finally:
                    signal.setitimer(signal.ITIMER_REAL, 0)
                self.told["tries"].append(began | {"ending": ending, "error": said[:_HEADER_LETTERS]})
                self.told["ending"] = ending
                if ending not in ("broken", "busy", "empty") or not self._pause(number):
                    break
        return self._conclude()

    def _pause(self, number: int) -> bool:
        """Wait before another try; False where there is no time or no try left."""
        pause = 0.5 * 2**number
        if number + 1 >= self.tries or time.monotonic() + pause >= self.until:
            return False
        time.sleep(pause)
        return True

    def _conclude(self) -> Mapping[str, Any]:
        best = max(self._kept, key=lambda kept: kept.received, default=None)
        if self.told["ending"] == "complete":
            best = self._kept[-1]
        if best is not None and best.received:
            self.told |= {
                "file": best.path.name,
                "received_bytes": best.received,
                "expected_bytes": best.expected,
                "encoding": best.encoding,
            }
        return self.told

    def _try(self, client: httpx.Client) -> str:
        """One request, through its redirects, to the end of its body."""
        url = self.url
        hops: list[dict[str, Any]] = []
        self.told["hops"] = hops
        for _ in range(HOPS + 1):
            # A head that drips is in time for the client's own patience again and again.
            signal.setitimer(signal.ITIMER_REAL, self._patience())
            with client.stream("GET", url, headers=self._range()) as answer:
                signal.setitimer(signal.ITIMER_REAL, 0)
                headers = list(answer.headers.multi_items())[:_HEADERS_TOLD]
                told_headers = [[name, text[:_HEADER_LETTERS]] for name, text in headers]
                hops.append({"url": url, "at": _now(), "status": answer.status_code, "headers": told_headers})
                if not answer.is_redirect:
                    return self._body(answer)
                url = self._next(answer)
        raise _Refused(f"more than {HOPS} redirects")

    def _patience(self) -> float:
        """Seconds until it must be clear that something comes."""
        return max(0.001, self._seen[0][0] + self.window_s - time.monotonic())

    def _next(self, answer: httpx.Response) -> str:
        try:
            target = answer.url.join(answer.headers["location"])
        except (httpx.InvalidURL, ValueError):
            raise _Refused("a redirect to something that is no address") from None
        if target.scheme not in ("http", "https"):
            raise _Refused(f"a redirect to {target.scheme}:")
        return str(target)

    def _resumable(self) -> _Kept | None:
        kept = self._kept[-1] if self._kept else None
        return kept if kept and kept.received and kept.validator and not kept.encoding else None

    def _range(self) -> dict[str, str]:
        kept = self._resumable()
        if kept is None or kept.validator is None:
            return {}
        return {"Range": f"bytes={kept.received}-", "If-Range": kept.validator}

    def _body(self, answer: httpx.Response) -> str:
        status = answer.status_code
        if status == 206 and (kept := self._resumable()):
            if not _continues(answer.headers, kept):
                kept.validator = None  # so that the next try starts afresh
                return "broken"
            ending = self._stream(answer, kept)
            # A server may send less of the rest than it was asked for (RFC 9110, 14.2): then that is asked for as well.
            return "broken" if ending == "complete" and kept.expected not in (None, kept.received) else ending
        if status == 416 and (kept := self._resumable()):
            kept.validator = None
            return "broken"
        if status >= 500 or status == 408:
            return "busy"
        if status != 200:
            return "answered"
        return self._stream(answer, self._afresh(answer))

    def _afresh(self, answer: httpx.Response) -> _Kept:
        headers = answer.headers
        length = headers.get("content-length", "")
        encoding = headers.get("content-encoding", "identity").lower()
        expected = int(length) if length.isdecimal() and encoding == "identity" else None
        kept = _Kept(
            Path(f"body.{len(self._kept)}"),
            expected=expected,
            validator=_strong_validator(headers),
            encoding=None if encoding == "identity" else encoding,
        )
        self._kept.append(kept)
        if expected is not None and expected > self.limit_bytes:
            self.told["announced_bytes"] = expected
            raise _Cut("size")
        return kept

    def _stream(self, answer: httpx.Response, kept: _Kept) -> str:
        # Asked not to, some servers compress all the same: then the file is what comes out, under the same limit.
        chunks = answer.iter_bytes() if kept.encoding else answer.iter_raw()
        with kept.path.open("ab") as sink:
            for chunk in self._in_time(chunks):
                room = self.limit_bytes - kept.received
                sink.write(chunk[:room])
                kept.received += len(chunk[:room])
                self._received += len(chunk)
                if len(chunk) > room:
                    raise _Cut("size")
                self._look_at_clock(kept)
        return "complete" if kept.received else "empty"

    def _in_time(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Chunks, each within one window: compressed nothing may come for ever without a single one."""
        while True:
            signal.setitimer(signal.ITIMER_REAL, self.window_s)
            chunk = next(chunks, None)
            signal.setitimer(signal.ITIMER_REAL, 0)
            if chunk is None:
                return
            yield chunk

    def _look_at_clock(self, kept: _Kept) -> None:
        now = time.monotonic()
        if now > self.until:
            raise _Cut("time")
        self._look_at_pace(now)
        if now - self._reported > _REPORT_S:
            self._reported = now
            _print({"received_bytes": kept.received, "expected_bytes": kept.expected})

    def _look_at_pace(self, now: float) -> None:
        if now - self._seen[-1][0] >= self.window_s / _LOOKS:
            self._seen.append((now, self._received))
        while len(self._seen) > 1 and now - self._seen[1][0] >= self.window_s:
            self._seen.popleft()
        since, had = self._seen[0]
        if now - since >= self.window_s and self._received - had < self.least_bytes_per_s * self.window_s:
            raise _Cut("slow")


def _strong_validator(headers: Mapping[str, str]) -> str | None:
    """What says byte for byte which version of the file this is, fit for `If-Range`; None where nothing does.

    A weak entity tag is for what reads the same, and a date is none where a tag stands beside it, or where the file may
    have changed once more within that second. Source: RFC 9110, sections 8.8.2.2 and 13.1.5.
    """
    if "etag" in headers:
        return headers["etag"] if headers["etag"].startswith('"') else None
    changed, answered = (_moment(headers.get(name, "")) for name in ("last-modified", "date"))
    settled = changed is not None and answered is not None and answered - changed >= _SETTLED
    return headers["last-modified"] if settled else None


def _moment(said: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(said)
    except (ValueError, OverflowError):  # a number beyond counting is no date either
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _continues(headers: Mapping[str, str], kept: _Kept) -> bool:
    """Whether a part begins where the kept one ends, and nothing in its head speaks of another version."""
    match = _CONTENT_RANGE.fullmatch(headers.get("content-range", ""))
    if match is None or int(match[1]) != kept.received:
        return False
    is_as_long = match[2] is None or kept.expected in (None, int(match[2]))
    return is_as_long and headers.get("etag", kept.validator) == kept.validator


def _too_slow(*_: object) -> None:
    raise _Cut("slow")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _print(line: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def main() -> int:
    """Exit code 0 when there is something to tell, whatever it is; 28 when the disk is full."""
    order = json.loads(sys.argv[1])
    fetch = Fetch(
        url=order["url"],
        limit_bytes=order["limit_bytes"],
        until=time.monotonic() + order["wall_s"],
        tries=order["tries"],
        idle_s=order["idle_s"],
        window_s=order["window_s"],
        least_bytes_per_s=order["least_bytes_per_s"],
    )
    signal.signal(signal.SIGALRM, _too_slow)
    try:
        told = fetch.run()
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return errno.ENOSPC
        raise
    _print({"told": told})
    return 0


if __name__ == "__main__":
    sys.exit(main())
