"""The workbench's own files: one page for all of its addresses, no inline script, no other site."""

import gzip
import html
import mimetypes
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from storage.integrity.digest import Digest

# In an installed package, and in a checkout.
FOLDERS = (Path(__file__).parent / "ui", Path(__file__).parent.parent / "frontend" / "dist")

_PAGE = "index.html"
_NONCE_PLACE = b"__STYLE_NONCE__"
_FOR_EVER = "public, max-age=31536000, immutable"
_NOT_PAGES = ("/api/", "/assets/", "/map/")
_SQUEEZED = ("text/", "application/json", "application/javascript", "application/manifest+json", "image/svg+xml")
_TYPES = {".js": "text/javascript", ".webmanifest": "application/manifest+json", ".woff2": "font/woff2"}
# A page that works by itself is saved and opened from a disk; opened here it would be one more page of this server's.
_SAVED = {"verifier.html": "svidok-verifier.html"}
# Styles: a component library makes a few while it runs, and says the nonce. Everything comes from here alone.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_UNBUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Svidok</title>
{notices}<h1>Svidok</h1>
<p>This installation runs without its pages. In a checkout <code>make setup</code> builds them; then start it again.
<p>The archive answers: its API is described at <a href="/api/v1/openapi.json">/api/v1/openapi.json</a>.</p>
</html>
"""


@dataclass(frozen=True)
class Shown:
    """One file as it is sent; read once, at the start, so that a page and its scripts always belong together."""

    content: bytes
    media_type: str
    caching: str
    saved_as: str | None = None

    @cached_property
    def etag(self) -> str:
        return f'"{Digest.of(self.content)}"'

    @cached_property
    def squeezed(self) -> bytes | None:
        """The content as gzip, where that is worth it."""
        return gzip.compress(self.content, mtime=0) if self.media_type.startswith(_SQUEEZED) else None

    def answer(self, asked: Headers) -> Response:
        headers = {"Cache-Control": self.caching, "ETag": self.etag, "Vary": "Accept-Encoding"}
        if self.saved_as:
            headers["Content-Disposition"] = f'attachment; filename="{self.saved_as}"'
        if self.etag in asked.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if self.squeezed is not None and "gzip" in asked.get("accept-encoding", ""):
            return Response(self.squeezed, headers={**headers, "Content-Encoding": "gzip"}, media_type=self.media_type)
        return Response(self.content, headers=headers, media_type=self.media_type)


class Pages(BaseRoute):
    """Answers every navigation with the one page, and the names of its files with these files; nothing else is read.

    Passes over whatever is not a page, so that the API says itself what it does not know. Comes last.
    """

    def __init__(self, told: Sequence[str], *, folders: Sequence[Path] = FOLDERS) -> None:
        folder = next((folder for folder in folders if (folder / _PAGE).is_file()), None)
        self._files = dict(_files(folder)) if folder is not None else {}
        page = self._files.pop(f"/{_PAGE}", None)
        self._page = page.content if page is not None else _unbuilt(told)

    def matches(self, scope: Scope) -> tuple[Match, Mapping[str, object]]:  # type: ignore[override]
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            return Match.NONE, {}
        is_ours = scope["path"] in self._files or self._is_navigation(scope)
        return (Match.FULL if is_ours else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        file = self._files.get(scope["path"])
        response = file.answer(Headers(scope=scope)) if file is not None else self._navigated()
        await response(scope, receive, send)

    def _is_navigation(self, scope: Scope) -> bool:
        path = scope["path"]
        accepted = Headers(scope=scope).get("accept", "*/*")
        return not path.startswith(_NOT_PAGES) and ("text/html" in accepted or path in ("/", "/setup"))

    def _navigated(self) -> Response:
        """The page, with a nonce of its own for the few styles that its components make while it runs."""
        nonce = secrets.token_urlsafe(16)
        content = self._page.replace(_NONCE_PLACE, nonce.encode())
        headers = {"Content-Security-Policy": _POLICY.format(nonce=nonce), "Cache-Control": "no-cache"}
        return Response(content, headers=headers, media_type="text/html")


def _files(folder: Path) -> Iterator[tuple[str, Shown]]:
    """Every plain file under `folder` by its address. What the build names by content may be kept for ever."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        name = path.relative_to(folder).as_posix()
        media_type = _TYPES.get(path.suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        caching = _FOR_EVER if name.startswith("assets/") else "no-cache"
        yield f"/{name}", Shown(path.read_bytes(), media_type, caching, _SAVED.get(name))


def _unbuilt(told: Sequence[str]) -> bytes:
    notices = "".join(f'<p class="notice" role="status">{html.escape(notice)}</p>\n' for notice in told)
    return _UNBUILT.format(notices=notices).encode()
