"""The page that a captured post stands on, loaded by a browser after the media are safe."""

from collections.abc import Sequence
from dataclasses import dataclass

from workers.sources.page import visit
from workers.step import Context, Product


@dataclass(frozen=True, slots=True)
class Page:
    """Needs what the post calls itself, which only a capture from a page makes; ends in words, never in failure."""

    name: str = "page"
    version: str = "1"
    needs: frozenset[str] = frozenset({"post"})
    makes: frozenset[str] = frozenset({"page_capture", "page_archive", "page_html", "page_text", "page_picture"})
    queue: str = "fetch"

    def run(self, context: Context) -> Sequence[Product]:
        """A `page_capture` product that tells how it went, and the files where there are any."""
        [post] = context.needed("post")
        return visit(context, str(post.payload["url"]))
