"""Channels and playlists: what they list is told to choose from, bounded, and nothing of it is fetched."""

import pytest

from storage.domain.vocab import Outcome
from storage.errors import ArchiveError
from storage.integrity.canonical import canonical
from tests.capturing import Desk
from tests.site import Site
from workers.sources.listing import Listing
from workers.sources.ytdlp import YtDlp


def fail(desk: Desk, url: str) -> ArchiveError:
    with pytest.raises(ArchiveError) as failed:
        YtDlp().fetch(desk.context({"url": url}))
    canonical(failed.value.detail)
    return failed.value


def test_a_channel_is_told_entry_by_entry_and_none_of_its_videos_is_fetched(site: Site, desk: Desk) -> None:
    error = fail(desk, site.url("/channel.rss"))
    assert error.code == Outcome.UNSUPPORTED.value
    assert error.sentence == "This address lists more than 8 videos. Choose which of them to submit."
    listing = error.detail["collection"]["listing"]
    assert (listing["title"], listing["count"], listing["more"]) == ("A channel", 16, False)
    assert [entry["url"] for entry in listing["entries"]] == [
        *(site.url(f"/post?n={number}") for number in range(12)),
        f"{site.inside}/secret.mp4",
    ]
    assert listing["entries"][1] == {
        "url": site.url("/post?n=1"),
        "title": "Appeal 1",
        "published_at": "2023-02-02T10:00:00Z",
        "duration_s": None,
    }
    assert site.hits["/direct.mp4"] == 0
    assert not site.inside_hits


def test_a_long_channel_is_cut_and_says_so(site: Site, desk: Desk) -> None:
    listing = fail(desk, site.url("/long-channel.rss")).detail["collection"]["listing"]
    assert (len(listing["entries"]), listing["more"], listing["count"]) == (200, True, 230)
    assert all(len(entry["title"]) <= 200 for entry in listing["entries"])
    assert len(canonical(listing)) < 200_000


def test_a_page_of_many_videos_without_addresses_of_their_own_lists_nothing(site: Site, desk: Desk) -> None:
    assert "listing" not in fail(desk, site.url("/many")).detail["collection"]


@pytest.mark.parametrize(
    "line",
    [
        "svidok-entry [1]", "svidok-entry {", 'svidok-entry {"url": 5}', 'svidok-entry {"_type": "url", "url": "file:///etc/passwd"}',
        'svidok-entry {"_type": "url", "url": "https://example.org/list"}', 'svidok-entry {"url": "https://a.example/"}',
        "svidok-entry " + "[" * 100_000, "anything else",
    ],
)  # fmt: skip
def test_what_a_hostile_site_makes_the_tool_print_is_passed_over(line: str) -> None:
    listing = Listing("https://example.org/list#again")
    listing.hear(line)
    assert listing.entries == []


def test_odd_values_of_an_entry_are_left_out() -> None:
    listing = Listing("https://example.org/list")
    listing.hear(
        'svidok-entry {"_type": "url", "url": "https://example.org/1",'
        ' "title": "a\\u202eb\\u0000 \\n c", "timestamp": 1e300,'
        ' "duration": -1, "playlist_count": true}'
    )
    listing.hear('svidok-entry {"_type": "url", "url": "https://example.org/2", "upload_date": "20230229"}')
    first, second = listing.entries
    assert (first["title"], first["published_at"], first["duration_s"], listing.count) == ("ab c", None, None, None)
    assert second["published_at"] is None
