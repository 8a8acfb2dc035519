"""Public Telegram posts through their embed page. The pages are drawn by us: Telegram itself is asked by no test."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.domain.vocab import FileRole, Outcome
from storage.errors import ArchiveError
from storage.integrity.canonical import canonical
from storage.integrity.digest import Digest
from tests.capturing import Desk
from tests.site import Site
from workers.sources import SOURCES
from workers.sources.base import Fetched
from workers.sources.telegram import Telegram
from workers.sources.telegram_post import read_post


def bring(site: Site, desk: Desk, number: int) -> Fetched:
    """One post of the channel, at a site that stands where Telegram does."""
    source, request = Telegram(base=site.url("")), {"url": site.url(f"/appeals/{number}")}
    assert source.claims(request)
    fetched = source.fetch(desk.context(request))
    for document in (fetched.collection, fetched.identity, *(product.payload for product in fetched.products)):
        canonical(document)
    return fetched


def digest(path: Path | None) -> Digest:
    assert path is not None
    return Digest.of(path.read_bytes())


def test_an_album_is_captured_with_all_its_media_and_what_it_says(site: Site, desk: Desk) -> None:
    fetched = bring(site, desk, 101)
    assert fetched.outcome is Outcome.CAPTURED
    kept = {(product.kind, product.role): product for product in fetched.products}
    originals = [digest(product.path) for product in fetched.products if product.kind == "original"]
    assert originals == [Digest.of(site.media.direct), Digest.of((site.media.folder / "other.mp4").read_bytes())]
    photo = kept["photo", FileRole.CONTEXT]
    assert (photo.media_type, digest(photo.path)) == (
        "image/jpeg", Digest.of((site.media.folder / "thumb.jpg").read_bytes()),
    )  # fmt: skip
    assert kept["page", FileRole.CONTEXT].sealed
    said = fetched.identity
    assert said["description"] == "Звернення\nмобілізованих <1439>"
    assert (said["platform"], said["post_id"], said["account"]) == ("Telegram", "appeals/101", "appeals")
    assert (said["channel"], said["views_as_shown"], said["is_edited"]) == ("Звернення & appeals", "12.3K", True)
    assert (said["timestamp"], said["forwarded_from"]) == ("2023-02-25T08:15:00+00:00", "Source channel")
    # Every member of the album leads to this post; a stranger's address on the page does not.
    assert said["addresses"] == [
        site.url("/appeals/101"), site.url("/appeals/101?single"), site.url("/appeals/102?single"),
        site.url("/appeals/103?single"),
    ]  # fmt: skip
    assert site.asked[-1].path != "/appeals/101"
    assert {asked.path for asked in site.asked} >= {"/appeals/101?embed=1", "/direct.mp4", "/other.mp4"}
    assert not site.inside_hits


def test_a_part_that_telegram_keeps_back_is_told_and_the_rest_is_kept(site: Site, desk: Desk) -> None:
    fetched = bring(site, desk, 111)
    assert fetched.outcome is Outcome.PARTIAL
    assert "too large for its web page" in fetched.sentence
    assert fetched.collection["post"]["kept_back"] == "Media is too big"


def test_a_video_that_breaks_off_leaves_the_others(site: Site, desk: Desk) -> None:
    fetched = bring(site, desk, 117)
    assert fetched.outcome is Outcome.PARTIAL
    assert digest(fetched.products[0].path) == Digest.of(site.media.direct)


def test_a_post_of_pictures_alone_is_kept_as_its_originals(site: Site, desk: Desk) -> None:
    fetched = bring(site, desk, 112)
    assert (fetched.outcome, fetched.identity["description"]) == (Outcome.CAPTURED, "A picture")
    assert "no video" in fetched.sentence
    [photo] = [product for product in fetched.products if product.role is FileRole.ORIGINAL]
    assert (photo.kind, photo.media_type) == ("photo", "image/jpeg")
    assert digest(photo.path) == Digest.of((site.media.folder / "thumb.jpg").read_bytes())


@pytest.mark.parametrize(
    ("number", "outcome", "says"),
    [
        (110, Outcome.LOGIN_REQUIRED, "in its own program only"),
        (113, Outcome.NOT_MEDIA, "no video, no sound and no picture"),
        (114, Outcome.REMOVED, "Post not found"),
        (115, Outcome.BLOCKED_ADDRESS, ""),
        (116, Outcome.REMOVED, ""),
    ],
)
def test_bad_posts_get_their_outcome(site: Site, desk: Desk, number: int, outcome: Outcome, says: str) -> None:
    with pytest.raises(ArchiveError) as failed:
        bring(site, desk, number)
    assert failed.value.code == outcome.value
    assert says in failed.value.sentence
    assert failed.value.sentence.endswith(".")
    canonical(failed.value.detail)
    assert not site.inside_hits


def test_a_page_that_shows_no_post_is_read_as_any_page_is(site: Site, desk: Desk) -> None:
    fetched = bring(site, desk, 118)
    assert (fetched.tool, fetched.outcome) == ("yt-dlp", Outcome.CAPTURED)
    assert fetched.collection["handed_over"]["final_url"].startswith(site.url("/appeals/118"))


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("https://t.me/appeals/101", "telegram"),
        ("https://t.me/s/Appeals/101?single", "telegram"),
        ("https://telegram.me/appeals/101", "telegram"),
        ("https://t.me/c/1234567/101", "telegram"),
        ("https://t.me/1234567/101", "yt-dlp"),
        ("https://t.me/c/name/101", "yt-dlp"),
        ("https://t.me/appeals/101?comment=5", "yt-dlp"),
        ("https://t.me/appeals", "yt-dlp"),
        ("https://t.me/+invitation", "yt-dlp"),
        ("https://t.me.example.org/appeals/101", "yt-dlp"),
        ("https://example.org/https://t.me/appeals/101", "yt-dlp"),
    ],
)
def test_posts_of_public_channels_are_telegrams_and_nothing_else_is(url: str, source: str) -> None:
    assert next(one for one in SOURCES if one.claims({"url": url})).name == source


@given(st.text(max_size=2000) | st.text(alphabet="<>/=\"' abdiv", max_size=2000))
def test_whatever_a_page_holds_it_is_read(page: str) -> None:
    post = read_post(page + '<div class="tgme_widget_message"><video src="x">')
    assert len(post.media) <= 20


def test_a_page_of_nothing_but_open_elements_is_read_in_time() -> None:
    page = '<div class="tgme_widget_message js-message_text">x' * 5000 + "<!--" * 10_000
    assert len(read_post(page).part("text") or "") <= 20_000
