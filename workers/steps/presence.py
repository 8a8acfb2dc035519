"""Whether the kept page shows what was captured, by another look at it without network."""

from collections.abc import Sequence
from dataclasses import dataclass

from storage.domain.steps import VERSIONS
from workers.pages.again import look_again
from workers.step import Context, Product


@dataclass(frozen=True, slots=True)
class Presence:
    """A capture that exists is not yet a capture that shows the content."""

    name: str = "presence"
    version: str = VERSIONS["presence"]
    needs: frozenset[str] = frozenset({"post", "page_archive", "page_capture"})
    makes: frozenset[str] = frozenset({"presence", "presence_picture"})
    queue: str = "media"

    def run(self, context: Context) -> Sequence[Product]:
        """One `presence` product: present, partial, wall or unknown, why, and by which engine; and its picture."""
        [post], [archive] = context.needed("post"), context.needed("page_archive")
        if archive.digest is None:
            raise ValueError("a page archive without bytes")
        [page] = context.needed("page_capture")
        wrote = str(page.payload.get("engine", "Chromium"))  # the only one that captures
        return look_again(context, context.open_local(archive.digest), post.payload, wrote)
