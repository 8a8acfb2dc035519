"""Addresses that name a media file: fetched byte for byte, every hop and header noted."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from storage.domain.vocab import FileRole, Outcome
from workers.sources import fetching, outcomes
from workers.sources.base import Fetched
from workers.sources.fetching import Answer, Order
from workers.sources.glimpse import Glimpse, look
from workers.sources.record import Record, addresses, clock_check, headers_told, plain, without_query
from workers.sources.ytdlp import YtDlp
from workers.step import Context, Product

_SUFFIXES = frozenset(
    {
        *(".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi", ".3gp", ".3g2", ".mpg", ".mpeg", ".ts", ".m2ts", ".mts"),
        *(".flv", ".wmv", ".ogv", ".mp3", ".m4a", ".aac", ".wav", ".opus", ".flac", ".oga", ".ogg", ".amr", ".wma"),
    }
)
_PATH = re.compile(r"https?://[^/?#]*(/[^?#]*)", re.IGNORECASE)
_HTML = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_HEAD_BYTES = 2048
_WALL_SHARE = 0.9

_CUT: Mapping[str, tuple[Outcome, str]] = {
    "size": (Outcome.TOO_LARGE, "It is larger than the archive accepts."),
    "time": (Outcome.UNREACHABLE, "It came so slowly that the time allowed ran out."),
    "slow": (Outcome.UNREACHABLE, "It came so slowly that the archive stopped waiting for the rest."),
    "broken": (Outcome.UNREACHABLE, "The connection broke off before the whole file had come."),
    "busy": (Outcome.UNREACHABLE, "The site answers that it cannot serve this now."),
    "empty": (Outcome.UNREACHABLE, "The site sent an empty file: not one byte."),
    "unreachable": (Outcome.UNREACHABLE, "The site could not be reached."),
    "crashed": (Outcome.TOOL_FAILED, ""),
}


@dataclass(frozen=True, slots=True)
class Direct:
    """Plain HTTP for plain files; an address that turns out to be a page is handed to `pages`."""

    pages: YtDlp = field(default_factory=YtDlp)
    name: str = "direct"

    def claims(self, request: Mapping[str, Any]) -> bool:
        """Whether the path ends like a media file's."""
        path = _PATH.match(str(request.get("url", "")))
        return path is not None and Path(path[1]).suffix.lower() in _SUFFIXES

    def fetch(self, context: Context) -> Fetched:
        """1 fetch, 2 note how it went, 3 blocked or refused, 4 a page instead, 5 look at it, 6 whole or in part."""
        url = str(context.request["url"])
        record = Record(context, url, "httpx", version("httpx"))
        limits = context.sandbox.limits
        order = Order(url, limits.file_bytes, limits.wall_s * _WALL_SHARE)
        answer = fetching.get(order, context.scratch / "direct", context.sandbox, record.ticket, context.report)
        note_answer(record, answer)
        check_answer(record, answer)
        file = answer.file
        if file is None:
            outcome, sentence = _CUT.get(_whose(record, answer), (Outcome.TOOL_FAILED, ""))
            raise record.failed(outcome, sentence)
        if answer.ending == "complete" and _is_page(file):
            file.unlink()
            return self.pages.fetch(context, earlier=record.collection())
        return _brought(record, answer, file, look(file, context.scratch, context.sandbox))


def note_answer(record: Record, answer: Answer) -> None:
    """Write down how a fetch went: every hop, header and try, and the clock."""
    urls = [str(hop["url"]) for hop in answer.hops]
    record.facts |= {
        "redirects": [without_query(url) for url in urls[1:]],
        "final_url": without_query(urls[-1]) if urls else None,
        "responses": [
            {
                "url": without_query(str(hop["url"])),
                "at": hop["at"],
                "status": hop["status"],
                "headers": headers_told(hop["headers"]),
            }
            for hop in answer.hops
        ],
        "tries": [dict(one) for one in answer.tries],
        "clock": clock_check(answer.header("date")),
        "impersonation": None,
    }
    record.identity |= {"addresses": addresses(record.url, *urls)}


def check_answer(record: Record, answer: Answer) -> None:
    """Raise where the policy refused the way, or the site said something else than a file."""
    if answer.ending != "complete" and record.ticket.refused():
        raise record.blocked()
    if answer.ending == "refused":
        follows_on = any("redirect to" in str(one.get("error")) for one in answer.tries)
        raise record.failed(
            Outcome.BLOCKED_ADDRESS if follows_on else Outcome.UNREACHABLE,
            "This address leads to something that is no web address."
            if follows_on
            else "The address leads in a circle.",
        )
    if answer.ending == "answered":
        after = answer.header("retry-after") or ""
        outcome = outcomes.of_status(answer.status or 0) or Outcome.TOOL_FAILED
        raise record.failed(outcome, retry_after_s=float(after) if after.isdecimal() else None)


def _whose(record: Record, answer: Answer) -> str:
    """How the last try ended: what our own way out answers for a site that was never reached is not the site's word."""
    ways = record.ticket.connections()
    return "unreachable" if answer.ending == "busy" and ways and "failed" in ways[-1] else answer.ending


def _brought(record: Record, answer: Answer, file: Path, glimpse: Glimpse) -> Fetched:
    whole = answer.ending == "complete"
    outcome, reason = (Outcome.CAPTURED, "") if whole else _CUT[answer.ending]
    if not glimpse.decodes:
        seen = Outcome.TOO_LARGE if glimpse.code == "too_large" else Outcome.NOT_MEDIA
        whole_or_too_large = whole or seen is Outcome.TOO_LARGE
        raise record.failed(seen if whole_or_too_large else outcome, glimpse.sentence if whole_or_too_large else reason)
    received = file.stat().st_size
    sentence = outcomes.SENTENCES[Outcome.CAPTURED]
    if not whole:
        of = f" of {answer.expected_bytes:,}" if answer.expected_bytes else ""
        sentence = f"{reason} {received:,}{of} bytes were kept."
    elif not glimpse.has_video:
        sentence = "There is sound and no picture at this address; the sound was captured."
    payload = {
        "as_served": answer.encoding is None,
        "content_encoding": answer.encoding,
        "is_whole": whole,
        "expected_bytes": answer.expected_bytes,
        "headers": headers_told(answer.hops[-1]["headers"]) if answer.hops else {},
        "has_video": glimpse.has_video,
        "has_audio": glimpse.has_audio,
    }
    original = Product("original", glimpse.media_type, file, payload=plain(payload), role=FileRole.ORIGINAL)
    return Fetched(
        outcome=Outcome.CAPTURED if whole else Outcome.PARTIAL,
        sentence=sentence,
        products=[original],
        tool=record.tool,
        tool_version=record.tool_version,
        collection=record.collection(),
        identity=plain(record.identity),
    )


def _is_page(file: Path) -> bool:
    with file.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    return _HTML.match(head.removeprefix(_BYTE_ORDER_MARK)) is not None
