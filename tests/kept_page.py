"""Archives of chosen answers, as a site could have given them when its page was captured."""

import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from workers.pages.warc import Exchange, Writer

Given = tuple[int, Sequence[tuple[str, str]], bytes]
HTML = [("Content-Type", "text/html; charset=utf-8")]
FILM = [("Content-Type", "video/mp4")]


def archive(path: Path, given: Mapping[str, Given]) -> Path:
    """A WACZ file at `path` with one response for each address; nothing in it but what a replay needs."""
    warc = path.with_suffix(".warc.gz")
    writer = Writer(warc, "tests", {})
    for url, (status, headers, body) in given.items():
        writer.write(Exchange(url, "GET", [], status, list(headers), body, datetime.now(UTC), None))
    writer.close()
    with zipfile.ZipFile(path, "w") as packed:
        packed.write(warc, "archive/data.warc.gz")
    return path
