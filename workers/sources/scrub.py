"""What the tool wrote about a post, made fit to be read: no cookie, no header, no signed address, no path of ours."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from storage.domain.urls import canonical
from storage.errors import InvalidUrl
from workers.sources.record import plain

# Pages anybody can open: these keep their canonical spelling. Every other address keeps only its host, because sites
# sign media addresses in the path as well as in the query.
_PUBLIC_PAGES = frozenset(
    {
        *("webpage_url", "original_url", "uploader_url", "channel_url", "playlist_webpage_url", "artist_url"),
        *("album_url", "series_url", "location_url", "author_url"),
    }
)
_WITHHELD = frozenset(
    {
        *("cookies", "http_headers", "fragments", "downloader_options", "request_data", "hls_aes", "video_password"),
        *("_filename", "filename", "filepath", "infojson_filename", "requested_downloads", "_format_sort_fields"),
        *("extra_param_to_segment_url", "extra_param_to_key_url", "automatic_captions", "impersonate"),
    }
)
_ADDRESS = re.compile(r"(?:https?|wss?|rtmps?|data|file):\S+", re.IGNORECASE)
_OUR_PATH = re.compile(r"(?<![\w:/])/(?:box|tmp|home|root|var|usr|work|opt)/[^\s\"']*")
_TOKEN = re.compile(
    r"(?i)\b(token|sig|signature|key|auth|session|sid|password|hmac|expires?|policy)=[^&\s\"']+"
)  # fmt: skip


def scrubbed(written: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of yt-dlp's metadata for people: what opens a session or names our machine is gone, the rest stays.

    Free text (title, description) is the post's own and stays whole.
    """
    return {str(plain(name)): _value(name, value) for name, value in written.items() if not _is_withheld(name)}


def _is_withheld(name: str) -> bool:
    return name in _WITHHELD or name.startswith("__")


def _value(name: str, value: Any) -> Any:
    match value:
        case Mapping():
            return scrubbed(value)
        case list() | tuple():
            return [_value(name, one) for one in value]
        case str() if name in ("title", "fulltitle", "description", "alt_title"):
            return plain(value)
        case str():
            return plain(_text(name, value))
        case _:
            return plain(value)


def _text(name: str, text: str) -> str:
    if name in _PUBLIC_PAGES:
        try:
            return canonical(text)
        except InvalidUrl:
            return "withheld"
    text = _ADDRESS.sub(lambda address: _host_only(address[0]), text)
    return _TOKEN.sub(r"\1=withheld", _OUR_PATH.sub("withheld", text))


def _host_only(address: str) -> str:
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return "withheld"
    return f"{parts.scheme}://{host}/…" if host else f"{parts.scheme}:…"
