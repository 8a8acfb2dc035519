"""Cookies of one account at one site, as browsers export them: read, narrowed to the site, and written again.

Source: the Netscape file format as curl's documentation describes it ("HTTP Cookies").
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from storage.errors import InvalidValue

LARGEST_BYTES = 256 << 10
_HEAD = "# Netscape HTTP Cookie File\n"
_HTTP_ONLY = "#HttpOnly_"
_SHORTEST_SECRET = 6


@dataclass(frozen=True, slots=True)
class Jar:
    """The cookies that a site's host would be sent; `lines` in the form yt-dlp reads. Never shown, never logged."""

    lines: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Jar({len(self.lines)} cookies)"

    @property
    def text(self) -> str:
        """The whole file."""
        return _HEAD + "".join(f"{line}\n" for line in self.lines)

    @property
    def count(self) -> int:
        return len(self.lines)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Values that must stand nowhere else; very short ones (`1`, `en`) are no secrets, and stand everywhere."""
        values = {line.split("\t")[6] for line in self.lines}
        return tuple(sorted((one for one in values if len(one) >= _SHORTEST_SECRET), key=len, reverse=True))

    @property
    def expires_at(self) -> datetime | None:
        """When the last of them that has an end ends; None where all end with the browser's session."""
        ends = [int(line.split("\t")[4]) for line in self.lines]
        latest = max(ends, default=0)
        return datetime.fromtimestamp(min(latest, 253402300799), UTC) if latest else None


def read(text: str, site: str) -> Jar:
    """The cookies in `text` that `site` would be sent; those of other sites are left out, and never kept.

    Raises: InvalidValue for what is no such file, or holds nothing for this site. It never quotes what it read.
    """
    if len(text.encode("utf-8", "replace")) > LARGEST_BYTES:
        raise InvalidValue(f"A file of cookies is no larger than {LARGEST_BYTES >> 10} KiB; export those of one site.")
    lines = []
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        told = line.removeprefix(_HTTP_ONLY)
        if not told.strip() or told.startswith("#"):
            continue
        fields = told.split("\t")
        if len(fields) != 7 or not fields[5] or "\0" in told or not fields[4].lstrip("-").split(".")[0].isdecimal():
            raise InvalidValue(
                f"Line {number} is no cookie in Netscape form: seven fields with tabs between them. "
                "Export the file with a browser extension that writes cookies.txt."
            )
        if _is_sent_to(fields[0], site):
            end = max(0, int(fields[4].split(".")[0]))
            lines.append("\t".join([*fields[:4], str(end), *fields[5:]]))
    if not lines:
        raise InvalidValue(f"None of these cookies belongs to {site}; export them while you look at {site}.")
    return Jar(tuple(lines))


def _is_sent_to(domain: str, site: str) -> bool:
    """RFC 6265, section 5.1.3."""
    domain = domain.lstrip(".").lower()
    return bool(domain) and (site == domain or (site.endswith(f".{domain}") and "." in domain))
