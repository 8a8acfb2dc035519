"""What a platform calls a post: its ids, its account, its words, and the addresses that lead to it."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from workers.sources.record import addresses

# Extractors that read any page: the ids they make up name nothing outside the page.
_NAMELESS = frozenset({"Generic", "HTML5MediaEmbed", "GenericIE"})
_AS_WRITTEN = (
    *("extractor", "extractor_key", "id", "display_id", "title", "description", "uploader", "uploader_id"),
    *("uploader_url", "channel", "channel_id", "channel_url", "upload_date", "timestamp", "modified_timestamp"),
    *("duration", "live_status", "was_live", "availability", "age_limit", "view_count", "like_count", "repost_count"),
    *("release_timestamp", "comment_count", "location", "tags", "playlist_id", "playlist_count", "webpage_url"),
)  # fmt: skip


def identity_of(about: Mapping[str, Any], url: str, redirects: Sequence[str]) -> dict[str, Any]:
    """Identity as the tool found it; counts are as of the moment of capture.

    `platform`, `post_id` and `account` are there only where the platform gives ids, and where the post is the address
    that was asked for: a page that shows another site's video is not that video's post.
    """
    chain = [url, *redirects]
    written = {name: about[name] for name in _AS_WRITTEN if about.get(name) not in (None, "", [])}
    if not written:
        return {}
    page = str(about.get("webpage_url") or "")
    own = bool(page) and _sites(page) <= _sites(*chain)
    told = {**written, "addresses": addresses(*chain, page if own else None)}
    if own and about.get("extractor_key") not in _NAMELESS:
        several = (about.get("n_entries") or 1) > 1
        told |= {
            "platform": about.get("extractor_key"),
            "post_id": str(about.get("playlist_id") if several and about.get("playlist_id") else about.get("id")),
            "account": about.get("uploader_id") or about.get("channel_id") or about.get("uploader"),
        }
    return told


def post_of(url: str, asked_at: str, identity: Mapping[str, Any]) -> dict[str, Any]:
    """What a page that shows this post should show: its words and its author; named apart by the moment of asking."""
    names = ("title", "description", "uploader", "uploader_id", "channel", "channel_id")
    return {"url": url, "asked_at": asked_at, **{name: identity[name] for name in names if name in identity}}


def picture_of(about: Mapping[str, Any]) -> str:
    """The address of the picture a post shows before it plays, or nothing."""
    url = str(about.get("thumbnail") or "")
    return url if urlsplit(url).scheme in ("http", "https") else ""


def _sites(*urls: str) -> set[str]:
    """The sites that addresses lie on: near enough to tell a platform's mobile pages from another site."""
    hosts = [(urlsplit(url).hostname or "").split(".") for url in addresses(*urls)]
    return {".".join(labels[-3 if _is_second_level(labels) else -2 :]) for labels in hosts}


def _is_second_level(labels: Sequence[str]) -> bool:
    """Whether a name ends like co.uk or com.ua, where anybody may have the label before."""
    return len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= 3
