"""Plain files over HTTP, from a real site through the real proxy into a real box: every row of bad input there is."""

from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

import pytest

from storage.domain.vocab import FileRole, Outcome
from storage.errors import ArchiveError, Rejected, Throttled, Unavailable
from storage.integrity.canonical import canonical
from storage.integrity.digest import Digest
from tests.capturing import Desk
from tests.site import Site
from tests.workers.sources.conftest import Attempts
from workers.sources import fetching
from workers.sources.base import Fetched
from workers.sources.direct import Direct


def bring(desk: Desk, url: str, **narrower: Any) -> Fetched:
    fetched = Direct().fetch(desk.context({"url": url}, **narrower))
    canonical(fetched.collection)
    canonical(fetched.identity)
    return fetched


def fail(desk: Desk, url: str, **narrower: Any) -> ArchiveError:
    with pytest.raises(ArchiveError) as failed:
        bring(desk, url, **narrower)
    return well_told(failed.value)


def well_told(failed: Fetched | ArchiveError) -> ArchiveError:
    assert isinstance(failed, ArchiveError), failed
    assert failed.sentence.endswith(".") or "begins with" in failed.sentence
    assert failed.detail["tool"]
    canonical(failed.detail)
    return failed


@pytest.fixture(scope="module")
def failures(attempts: Attempts) -> Mapping[str, Future[Fetched | ArchiveError]]:
    return attempts(bring)


def bytes_of(fetched: Fetched) -> bytes:
    [original] = [product for product in fetched.products if product.role is FileRole.ORIGINAL]
    assert original.path is not None
    return original.path.read_bytes()


def test_it_claims_addresses_that_end_like_media_files() -> None:
    direct = Direct()
    claimed = (
        "http://a.example/v.mp4",
        "http://a.example/V.MP4?x=1#t",
        "https://a.example/a/b.m4a",
        "http://a.example/s.ts",
    )
    for url in claimed:
        assert direct.claims({"url": url}), url
    for url in ("http://a.example/", "http://a.example/v.m3u8", "http://a.example/v?f=.mp4", "http://mp4.example/mp4"):
        assert not direct.claims({"url": url}), url
    assert not direct.claims({"upload": {}})


def test_a_file_comes_byte_for_byte_with_its_headers_and_a_record(site: Site, desk: Desk) -> None:
    fetched = bring(desk, site.url("/direct.mp4"))
    assert fetched.outcome is Outcome.CAPTURED
    assert Digest.of(bytes_of(fetched)) == Digest.of(site.media.direct)
    [original] = fetched.products
    assert original.media_type == "video/mp4"
    assert original.payload["as_served"]
    assert original.payload["headers"]["etag"]
    record = fetched.collection
    assert record["responses"][0]["status"] == 200
    assert abs(record["clock"]["ours_ahead_s"]) < 30
    assert record["connections"][0]["address"] == "127.0.0.1"
    assert record["software"]["httpx"] == fetched.tool_version
    assert record["started_at"] < record["ended_at"]


def test_every_redirect_is_noted_and_all_its_addresses_lead_to_the_post(site: Site, desk: Desk) -> None:
    fetched = bring(desk, site.url("/moved.mp4"))
    assert fetched.outcome is Outcome.CAPTURED
    assert [hop["status"] for hop in fetched.collection["responses"]] == [302, 302, 200]
    assert fetched.collection["final_url"] == site.url("/direct.mp4")
    assert fetched.identity["addresses"] == [site.url(p) for p in ("/moved.mp4", "/moved-again.mp4", "/direct.mp4")]


@pytest.mark.parametrize(
    ("path", "code", "kind"),
    [
        ("/status/404.mp4", "removed", Rejected),
        ("/status/410.mp4", "removed", Rejected),
        ("/status/401.mp4", "login_required", Rejected),
        ("/status/403.mp4", "login_required", Rejected),
        ("/status/451.mp4", "geo_blocked", Rejected),
        ("/status/429.mp4", "rate_limited", Throttled),
        ("/status/500.mp4", "unreachable", Unavailable),
        ("/empty.mp4", "unreachable", Unavailable),
        ("/short-tail.mp4", "unreachable", Unavailable),
        ("/round.mp4", "unreachable", Unavailable),
        ("/playlist.mp4", "not_media", Rejected),
        ("/concat.mp4", "not_media", Rejected),
        ("/script.mp4", "not_media", Rejected),
        ("/huge.mp4", "too_large", Rejected),
        ("/years.mkv", "too_large", Rejected),
        ("/streams.ts", "too_large", Rejected),
        ("/large.mp4", "too_large", Rejected),
        ("/to-inside.mp4", "blocked_address", Rejected),
        ("/to-metadata.mp4", "blocked_address", Rejected),
        ("/to-file.mp4", "blocked_address", Rejected),
    ],
)
def test_bad_input_gets_its_outcome(
    site: Site, failures: Mapping[str, Future[Fetched | ArchiveError]], path: str, code: str, kind: type[ArchiveError]
) -> None:
    failed = well_told(failures[path].result())
    assert (failed.code, type(failed)) == (code, kind)
    assert failed.detail["collection"]["responses"] or code == "unreachable"
    assert not site.inside_hits


def test_the_response_of_a_failed_attempt_is_kept(site: Site, desk: Desk) -> None:
    failed = fail(desk, site.url("/status/429.mp4"))
    [response] = failed.detail["collection"]["responses"]
    assert response["status"] == 429
    assert response["headers"]["retry-after"] == "30"
    assert failed.detail["retry_after_s"] == 30


def test_an_address_inside_is_refused_before_anything_is_asked(site: Site, desk: Desk) -> None:
    failed = fail(desk, f"{site.inside}/secret.mp4")
    assert failed.code == "blocked_address"
    assert failed.detail["collection"]["refused"][0]["port"] == site.inside_port
    assert not site.inside_hits


def test_a_file_that_always_breaks_off_is_kept_as_far_as_it_plays(site: Site, desk: Desk) -> None:
    before = site.hits["/short.mp4"]
    fetched = bring(desk, site.url("/short.mp4"))
    assert fetched.outcome is Outcome.PARTIAL
    assert site.hits["/short.mp4"] - before == 3
    assert bytes_of(fetched) == site.media.faststart[: len(site.media.faststart) * 2 // 3]
    assert not fetched.products[0].payload["is_whole"]
    assert f"{len(site.media.faststart):,}" in fetched.sentence


def test_a_broken_download_is_resumed_where_the_server_proves_it_is_the_same_file(site: Site, desk: Desk) -> None:
    fetched = bring(desk, site.url("/flaky.mp4"))
    assert fetched.outcome is Outcome.CAPTURED
    assert bytes_of(fetched) == site.media.direct
    assert [one["start"] for one in fetched.collection["tries"]] == [0, len(site.media.direct) // 2]


def test_halves_of_two_versions_are_never_joined(site: Site, desk: Desk) -> None:
    fetched = bring(desk, site.url("/changing.mp4"))
    assert fetched.outcome is Outcome.CAPTURED
    assert bytes_of(fetched) == site.media.faststart


@pytest.mark.parametrize("path", ["/rewritten-now.mp4", "/rewritten-alike.mp4"])
def test_halves_are_not_joined_on_the_word_of_a_weak_validator(site: Site, desk: Desk, path: str) -> None:
    """A date of this very second, and an entity tag that says no more than that both read alike."""
    fetched = bring(desk, site.url(path))
    assert fetched.outcome is Outcome.CAPTURED
    assert bytes_of(fetched) == site.media.faststart


def test_a_rest_that_comes_in_pieces_is_asked_for_until_all_of_it_is_here(site: Site, desk: Desk) -> None:
    """What a server sends of a range may be less than was asked for; it is no whole file then."""
    fetched = bring(desk, site.url("/sparing.mp4"))
    assert fetched.outcome is Outcome.CAPTURED
    assert bytes_of(fetched) == site.media.direct


def test_a_date_beyond_counting_costs_no_file(site: Site, desk: Desk) -> None:
    fetched = bring(desk, site.url("/undated.mp4"))
    assert fetched.outcome is Outcome.CAPTURED
    assert bytes_of(fetched) == site.media.direct


@pytest.mark.fault
def test_e13_an_endless_body_is_cut_and_kept_where_it_decodes(site: Site, desk: Desk) -> None:
    fetched = bring(desk, site.url("/endless.ts"), file_bytes=2_000_000)
    assert fetched.outcome is Outcome.PARTIAL
    assert len(bytes_of(fetched)) == 2_000_000
    assert "larger than" in fetched.sentence


@pytest.mark.fault
@pytest.mark.parametrize("path", ["/endless.mp4", "/bomb.mp4"])
def test_e13_endless_noise_and_a_bomb_are_too_large(site: Site, desk: Desk, path: str) -> None:
    assert fail(desk, site.url(path), file_bytes=2_000_000).code == "too_large"


@pytest.mark.fault
def test_e13_a_slow_drip_is_cut_long_before_the_clock_and_kept_where_it_decodes(
    site: Site, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "WINDOW_S", 1.0)
    fetched = bring(desk, site.url("/drip.mp4"))
    assert fetched.outcome is Outcome.PARTIAL
    assert "slowly" in fetched.sentence
    assert len(bytes_of(fetched)) >= len(site.media.faststart) * 2 // 3
    assert [hop["status"] for hop in fetched.collection["responses"]] == [200]


@pytest.mark.fault
@pytest.mark.parametrize("path", ["/slow.mp4?rate=500", "/drip-head.mp4", "/drip-nothing.mp4"])
def test_e13_what_comes_too_slowly_to_decode_is_unreachable_and_holds_nobody_up(
    site: Site, desk: Desk, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(fetching, "WINDOW_S", 1.0)
    failed = fail(desk, site.url(path))
    assert (failed.code, type(failed)) == ("unreachable", Unavailable)
    assert "slowly" in failed.sentence
    assert len(failed.detail["collection"]["tries"]) == 1


def test_a_slow_download_that_ends_in_time_reports_its_progress(site: Site, desk: Desk) -> None:
    assert bring(desk, site.url("/slow.mp4?rate=120000")).outcome is Outcome.CAPTURED
    received = [report["received_bytes"] for report in desk.reports]
    assert len(received) >= 2
    assert received == sorted(received)


@pytest.mark.parametrize("path", ["/damaged.mp4", "/truncated.mp4"])
def test_a_damaged_file_that_still_has_pictures_is_captured(site: Site, desk: Desk, path: str) -> None:
    assert bring(desk, site.url(path)).outcome is Outcome.CAPTURED


def test_sound_alone_is_captured_and_said_to_be_sound(site: Site, desk: Desk) -> None:
    fetched = bring(desk, site.url("/audio.m4a"))
    assert fetched.outcome is Outcome.CAPTURED
    assert "no picture" in fetched.sentence
    assert fetched.products[0].media_type == "audio/mp4"


def test_a_file_sent_compressed_is_unpacked_and_said_to_be_unpacked(site: Site, desk: Desk) -> None:
    fetched = bring(desk, site.url("/zipped.mp4"))
    assert bytes_of(fetched) == site.media.direct
    assert fetched.products[0].payload["content_encoding"] == "gzip"
    assert not fetched.products[0].payload["as_served"]


def test_a_page_that_is_named_like_a_file_is_handed_to_the_tool_for_pages(site: Site, desk: Desk) -> None:
    failed = fail(desk, site.url("/article.mp4"))
    assert failed.code == "not_media"
    assert failed.detail["tool"] == "yt-dlp"
    assert failed.detail["collection"]["handed_over"]["responses"][0]["status"] == 200


@pytest.mark.fault
def test_e21_without_the_egress_proxy_a_fetch_is_tried_again_later(site: Site, desk: Desk) -> None:
    context = desk.context({"url": site.url("/direct.mp4")})
    assert context.ticket is not None
    gone = type(context.ticket)(context.ticket.token, desk.folder / "gone.sock", context.ticket.log)
    alone = type(context)(**{name: getattr(context, name) for name in context.__slots__} | {"ticket": gone})
    before = site.hits["/direct.mp4"]
    with pytest.raises(Unavailable):
        Direct().fetch(alone)
    assert site.hits["/direct.mp4"] == before


def test_a_name_that_leads_nowhere_is_not_said_to_have_answered(desk: Desk) -> None:
    with pytest.raises(Unavailable) as failed:
        Direct().fetch(desk.context({"url": "http://nosuch.invalid/a.mp4"}))
    assert failed.value.code == "unreachable"
    assert "answers" not in failed.value.sentence
