"""The program that asks for what stands around a video, inside a box: its subtitles, then what people wrote below it.

Runs as a script and imports nothing of ours. Its one argument is an order as JSON (`argv` for yt-dlp, the address last,
and the ceilings). It leaves `track.N` files, `comments.jsonl` (one comment a line, as the site gave it), and
`told.json`, written anew at each stage, so that whatever ends it leaves what is known.
"""

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yt_dlp
from yt_dlp.extractor.common import InfoExtractor

_CHATS = frozenset({"live_chat", "rechat", "danmaku", "comments"})
_WHY_LETTERS = 300
_KINDS = ("human", "automatic")
_LATER = "__svidok_comments"
_CUT = "It did not come to an end."


class _Enough(Exception):
    """One of our ceilings was met; the text names it."""


@dataclass(frozen=True, slots=True)
class Order:
    """The command for yt-dlp and how far to go: tracks, bytes of each, seconds for them; comments, bytes, seconds."""

    argv: list[str]
    tracks: int
    track_bytes: int
    tracks_bytes: int
    tracks_s: float
    comments: int
    comments_bytes: int
    comments_s: float


@dataclass(slots=True)
class Surround:
    """One visit; `told` is what is known so far."""

    order: Order
    told: dict[str, Any] = field(
        default_factory=lambda: {
            "error": None,
            "extractor": None,
            "tracks": {"offered": dict.fromkeys(_KINDS, 0), "ceilings": [], "brought": []},
            "comments": {"state": "failed", "kept": 0, "announced": None, "why": _CUT},
        }
    )
    _until: float = 0.0
    _most: int = 0
    _came: bool = False

    def run(self) -> None:
        """Ask for the post, bring its tracks, then its comments; whatever fails is told and holds up nothing else."""
        self._tell()
        options = yt_dlp.parse_options(self.order.argv)
        with yt_dlp.YoutubeDL({**options.ydl_opts, "progress_hooks": [self._watch]}) as tool:
            try:
                info = _first(tool.extract_info(options.urls[0], download=False) or {})
            except Exception as error:  # noqa: BLE001 - whatever a site breaks is told
                self.told["error"] = _why(error)
                self._tell()
                return
            self.told["extractor"] = str(info.get("extractor_key"))
            self._tracks(tool, info)
            self._tell()
            self._comments(info)
            self._tell()

    def _tracks(self, tool: yt_dlp.YoutubeDL, info: Mapping[str, Any]) -> None:
        told = self.told["tracks"]
        offered = {"human": _languages(info.get("subtitles")), "automatic": _languages(info.get("automatic_captions"))}
        told["offered"] = {kind: len(offered[kind]) for kind in _KINDS}
        chosen = [(kind, *one) for kind in _KINDS for one in _original(kind, offered[kind])]
        if len(chosen) > self.order.tracks:
            told["ceilings"].append("tracks")
        self._until, left = time.monotonic() + self.order.tracks_s, self.order.tracks_bytes
        for number, (kind, language, form) in enumerate(chosen[: self.order.tracks], start=1):
            self._most = min(self.order.track_bytes, left)
            file = Path(f"track.{number}")
            track = {
                "file": file.name,
                "kind": kind,
                "language": str(language)[:80],
                "format": str(form.get("ext"))[:20],
                "name": str(form.get("name") or "")[:200],
                "why": None,
            }
            try:
                self._bring(tool, info, form, file)
                left -= file.stat().st_size
            except _Enough as ceiling:
                track |= {"file": None, "why": str(ceiling)}
                if str(ceiling) not in told["ceilings"]:
                    told["ceilings"].append(str(ceiling))
            except Exception as error:  # noqa: BLE001 - whatever a site breaks is told
                track |= {"file": None, "why": _why(error)}
            told["brought"].append(track)
            self._tell()

    def _bring(self, tool: yt_dlp.YoutubeDL, info: Mapping[str, Any], form: Mapping[str, Any], file: Path) -> None:
        if time.monotonic() > self._until:
            raise _Enough("seconds")
        if form.get("data") is not None:
            data = str(form["data"]).encode(errors="replace")
            if len(data) > self._most:
                raise _Enough("bytes")
            file.write_bytes(data)
            return
        # What `dl` answers is no use here: for subtitles in segments yt-dlp says nothing, whether they came or not.
        self._came = False
        tool.dl(file.name, {"http_headers": info.get("http_headers"), **form}, subtitle=True)
        if not self._came or not file.is_file():
            raise ValueError("it did not come")
        if file.stat().st_size > self._most:
            raise _Enough("bytes")

    def _watch(self, progress: Mapping[str, Any]) -> None:
        self._came = progress.get("status") == "finished"
        if (progress.get("downloaded_bytes") or 0) > self._most:
            raise _Enough("bytes")
        if time.monotonic() > self._until:
            raise _Enough("seconds")

    def _comments(self, info: dict[str, Any]) -> None:
        told = self.told["comments"]
        told["announced"] = _count(info.get("comment_count"))
        listed: Iterable[Any] | None = info.get(_LATER, info.get("comments"))
        if listed is None:
            told |= {"state": "not_offered", "why": None}
            return
        try:
            self._write(listed, told)
            told |= {"state": "complete", "why": None}
        except _Enough as ceiling:
            told |= {"state": "ceiling", "why": str(ceiling)}
        except InfoExtractor.CommentsDisabled:
            told |= {"state": "not_offered", "why": None}
        except Exception as error:  # noqa: BLE001 - whatever a site breaks is told
            told["why"] = _why(error)

    def _write(self, listed: Iterable[Any], told: dict[str, Any]) -> None:
        until, size = time.monotonic() + self.order.comments_s, 0
        with Path("comments.jsonl").open("wb") as file:
            for comment in listed:
                if not isinstance(comment, Mapping):
                    continue
                line = json.dumps(comment, default=str).encode() + b"\n"
                if told["kept"] >= self.order.comments:
                    raise _Enough("comments")
                if size + len(line) > self.order.comments_bytes:
                    raise _Enough("bytes")
                file.write(line)
                file.flush()
                told["kept"] += 1
                size += len(line)
                if time.monotonic() > until:
                    raise _Enough("seconds")

    def _tell(self) -> None:
        Path("told.new").write_text(json.dumps(self.told))
        Path("told.new").replace("told.json")


def _first(info: Mapping[str, Any]) -> dict[str, Any]:
    """The post itself, or the first of several in it."""
    entries = info.get("entries")
    return dict(next((one for one in entries if one), {})) if entries is not None else dict(info)


def _languages(listed: Any) -> dict[str, Mapping[str, Any]]:
    """One form of each language: WebVTT where there is some, else what the tool thinks best. Chats are no subtitles."""
    found: dict[str, Mapping[str, Any]] = {}
    for language, forms in listed.items() if isinstance(listed, Mapping) else ():
        usable = [form for form in forms or () if isinstance(form, Mapping)]
        if usable and language not in _CHATS:
            found[str(language)] = next((form for form in reversed(usable) if form.get("ext") == "vtt"), usable[-1])
    return found


def _original(kind: str, offered: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What was heard in the video. A site that marks it lists machine translations of it beside: these stay out."""
    marked = [language for language in offered if language.endswith("-orig")] if kind == "automatic" else []
    for language in marked or offered:
        yield language, offered[language]


def _count(number: Any) -> int | None:
    return number if isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 2**53 else None


def _why(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:_WHY_LETTERS]


def _lazily(self: InfoExtractor, *args: Any, **kwargs: Any) -> Callable[[], Mapping[str, Any]] | None:
    """In place of yt-dlp's own, which takes all there are before it gives any: here they come one by one, and last."""
    return (lambda: {_LATER: self._get_comments(*args, **kwargs)}) if self.get_param("getcomments") else None


if __name__ == "__main__":
    InfoExtractor.extract_comments = _lazily
    Surround(Order(**json.loads(sys.argv[1]))).run()
