"""The few pages a browser needs before there is anybody to log in: plain files, no inline script, no other site."""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Response

from api.strict import StrictRoute
from storage.errors import NotFound

FOLDER = Path(__file__).parent.parent / "frontend"

_BANNER_PLACE = b"<!-- notices -->"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


@dataclass(frozen=True, slots=True)
class Page:
    """One file and how it is served."""

    file: str
    media_type: str


PAGES = {
    "/": Page("setup.html", "text/html; charset=utf-8"),
    "/setup": Page("setup.html", "text/html; charset=utf-8"),
    "/setup.js": Page("setup.js", "text/javascript; charset=utf-8"),
    "/setup.css": Page("setup.css", "text/css; charset=utf-8"),
}


def router(told: Sequence[str], folder: Path = FOLDER) -> APIRouter:
    """A router that serves the pages from `folder`, each under its own address and nothing else.

    `told` stands at the top of every page.
    """
    banner = "".join(f'<p class="notice" role="status">{html.escape(notice)}</p>' for notice in told)
    made = APIRouter(route_class=StrictRoute, include_in_schema=False)
    for address, page in PAGES.items():
        made.add_api_route(address, _server(folder / page.file, page.media_type, banner.encode()), methods=["GET"])
    return made


def _server(path: Path, media_type: str, banner: bytes) -> Callable[[], Response]:
    def serve() -> Response:
        try:
            content = path.read_bytes().replace(_BANNER_PLACE, banner)
        except FileNotFoundError:
            raise NotFound("This installation comes without its pages; the API is at /api/v1.") from None
        headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"}
        return Response(content, media_type=media_type, headers=headers)

    return serve
