"""What stands around a captured video: its subtitles and the comments below it, asked for after the media are safe."""

from collections.abc import Sequence
from dataclasses import dataclass

from workers.sources.surroundings import surroundings
from workers.step import Context, Product


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Needs what the post calls itself, as yt-dlp captured it from there; ends in words, never in failure."""

    name: str = "surroundings"
    version: str = "1"
    needs: frozenset[str] = frozenset({"post", "info_json_scrubbed"})
    makes: frozenset[str] = frozenset({"surroundings", "subtitles_human", "subtitles_automatic", "comments"})
    queue: str = "fetch"

    def run(self, context: Context) -> Sequence[Product]:
        """A `surroundings` product that tells how it went, and the tracks and comments where there are any."""
        [post] = context.needed("post")
        return surroundings(context, str(post.payload["url"]))
