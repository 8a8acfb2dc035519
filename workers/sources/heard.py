"""What yt-dlp says while it works: progress for the people who wait, answers of servers for the record, and errors."""

import json
import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any
from urllib.parse import urljoin

from storage.domain import clock
from workers.sources.arguments import PROGRESS
from workers.sources.record import clock_check, without_query

_SENT = re.compile(r"""send: b['"]([A-Z]+) (\S+) HTTP/1\.[01]\\r\\n(.*)""")
_HOST = re.compile(r"(?i)(?:^|\\r\\n)host: ([^\\]+)")
_REPLY = re.compile(r"""reply: ['"]HTTP/1\.[01] (\d{3})""")
_CLIENT = re.compile(r'director: Sending request via "(\w+)"')
_SHOWN_HEADERS = frozenset(
    {
        *("date", "location", "content-type", "content-length", "content-encoding", "last-modified", "etag"),
        *("server", "retry-after"),
    }
)
_ANSWERS = 60
_FILES = 64
_LINES = 400
_LINE_LETTERS = 1000
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(slots=True)
class Heard:
    """Listens line by line; what was said can be asked for at the end.

    `fragments`: of how many each file is to be joined, by its name.
    """

    report: Callable[[Mapping[str, Any]], None]
    answers: list[dict[str, Any]] = field(default_factory=list)
    answered: int = 0
    clients: set[str] = field(default_factory=set)
    clock: dict[str, Any] = field(default_factory=lambda: clock_check(None))
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=_LINES))
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    merges: list[str] = field(default_factory=list)
    by_ffmpeg: bool = False
    led_to: list[str] = field(default_factory=list)
    fragments: dict[str, int] = field(default_factory=dict)
    _asked: str = ""
    _current: dict[str, Any] | None = None

    def out(self, line: str) -> None:
        """One line of standard output."""
        if line.startswith(PROGRESS):
            self._progress(line.removeprefix(PROGRESS))
        elif match := _SENT.match(line):
            self._ask(*match.groups())
        elif match := _REPLY.match(line):
            self._answer(int(match[1]))
        elif line.startswith("header: "):
            self._header(line.removeprefix("header: "))
        elif match := _CLIENT.match(line):
            self.clients.add(match[1])
        elif not line.startswith(("director: ", "requests: ")):
            self.lines.append(line.strip()[:_LINE_LETTERS])

    def err(self, printed: str) -> None:
        """All of standard error, at the end."""
        for line in printed.splitlines():
            if line.startswith("ERROR: "):
                self.errors.append(line.removeprefix("ERROR: ")[:_LINE_LETTERS])
            elif line.startswith("WARNING: "):
                self.warnings.append(without_query(line.removeprefix("WARNING: "))[:_LINE_LETTERS])
            elif line.startswith("[debug] ffmpeg command line: "):
                _, _, options = line.removeprefix("[debug] ffmpeg command line: ").partition(" ")
                self.merges.append(f"ffmpeg {options}"[:_LINE_LETTERS])
            elif line.startswith("[debug] Invoking ffmpeg downloader"):
                self.by_ffmpeg = True

    def says(self, phrase: str) -> bool:
        """Whether yt-dlp's own output held `phrase`."""
        return any(phrase in line for line in self.lines)

    @property
    def redirects(self) -> list[str]:
        """Where the first request was sent on to, in order, as a record may show it; `led_to` has it whole."""
        return [without_query(url) for url in self.led_to]

    @property
    def final_url(self) -> str:
        """Where the first answer that was no redirect came from."""
        return next((str(answer["url"]) for answer in self.answers if answer["status"] not in _REDIRECTS), "")

    def _progress(self, text: str) -> None:
        try:
            told = json.loads(text)
        except ValueError:
            return
        if isinstance(told, dict):
            name, count = told.get("file"), told.get("fragments")
            if isinstance(name, str) and isinstance(count, int) and len(self.fragments) < _FILES:
                self.fragments[PurePath(name).name] = count
            self.report({name: number for name, number in told.items() if isinstance(number, int | float)})

    def _ask(self, method: str, target: str, rest: str) -> None:
        host = _HOST.search(rest)
        address = target if "://" in target else f"https://{host[1] if host else ''}{target}"
        # A CONNECT is between us and the egress proxy, which keeps its own record.
        self._asked = "" if method == "CONNECT" else address
        self._current = None

    def _answer(self, status: int) -> None:
        self._current = None
        if not self._asked:
            return
        self.answered += 1
        self._current = {"url": without_query(self._asked), "at": clock.rfc3339(clock.now()), "status": status}
        self._current["headers"] = {}
        if len(self.answers) < _ANSWERS:
            self.answers.append(self._current)

    def _header(self, text: str) -> None:
        name, _, value = text.partition(":")
        name, value = name.strip().lower(), value.strip()
        if self._current is None or name not in _SHOWN_HEADERS:
            return
        redirected = self._current["status"] in _REDIRECTS and len(self.led_to) == self.answered - 1
        if name == "location" and redirected and len(self.led_to) < _ANSWERS:
            self.led_to.append(urljoin(self._asked, value))
        if name == "date" and "server" not in self.clock:
            self.clock = clock_check(value)
        self._current["headers"][name] = without_query(value)[:_LINE_LETTERS]
