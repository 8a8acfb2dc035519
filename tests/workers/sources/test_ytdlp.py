"""Pages, posts and streams through the real yt-dlp, from a real site through the real proxy into a real box."""

import json
from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from storage.domain.vocab import FileRole, Outcome
from storage.errors import ArchiveError, Unavailable
from storage.integrity.canonical import canonical
from storage.integrity.digest import Digest
from tests.capturing import Desk, Exit
from tests.site import Site
from tests.workers.sources.conftest import Attempts
from tests.workers.stack import patience
from workers.sources import pace
from workers.sources.base import Fetched
from workers.sources.gathered import Stream, missing_fragments
from workers.sources.ytdlp import YtDlp
from workers.step import Context, Product


def bring(desk: Desk, url: str, **narrower: Any) -> Fetched:
    fetched = YtDlp().fetch(desk.context({"url": url}, **narrower))
    for document in (fetched.collection, fetched.identity, *(product.payload for product in fetched.products)):
        canonical(document)
    return fetched


def fail(desk: Desk, url: str, **narrower: Any) -> ArchiveError:
    with pytest.raises(ArchiveError) as failed:
        bring(desk, url, **narrower)
    return well_told(failed.value)


def well_told(failed: Fetched | ArchiveError) -> ArchiveError:
    assert isinstance(failed, ArchiveError), failed
    assert failed.sentence.endswith(".")
    canonical(failed.detail)
    return failed


@pytest.fixture(scope="module")
def failures(attempts: Attempts) -> Mapping[str, Future[Fetched | ArchiveError]]:
    return attempts(bring)


def of_kind(fetched: Fetched, kind: str) -> list[Product]:
    return [product for product in fetched.products if product.kind == kind]


def content(product: Product) -> bytes:
    assert product.path is not None
    return product.path.read_bytes()


def test_a_post_is_captured_with_everything_that_belongs_to_it(site: Site, desk: Desk) -> None:
    fetched = bring(desk, site.url("/moved-post"))
    assert fetched.outcome is Outcome.CAPTURED
    [original] = of_kind(fetched, "original")
    assert original.role is FileRole.ORIGINAL
    assert Digest.of(content(original)) == Digest.of(site.media.direct)
    [raw], [public] = of_kind(fetched, "info_json"), of_kind(fetched, "info_json_scrubbed")
    assert raw.sealed
    assert not public.sealed
    assert "http_headers" in json.loads(content(raw))
    assert "http_headers" not in content(public).decode()
    assert site.url("/direct.mp4") not in content(public).decode()
    [page], [picture] = of_kind(fetched, "page"), of_kind(fetched, "thumbnail")
    assert page.sealed
    assert b"Street after the strike" in content(page)
    assert content(picture) == (site.media.folder / "thumb.jpg").read_bytes()
    record = fetched.collection
    assert record["redirects"] == [site.url("/post")]
    assert record["final_url"] == site.url("/post")
    assert [one["status"] for one in record["responses"]][:2] == [302, 200]
    assert abs(record["clock"]["ours_ahead_s"]) < 30
    assert record["formats"]["taken"] == ["0"]
    assert record["argv"][-1] == site.url("/moved-post")
    assert fetched.identity["addresses"] == [site.url("/moved-post"), site.url("/post")]
    assert fetched.identity["title"].startswith("Street after the strike")


@pytest.fixture(scope="module")
def separate(site: Site, way_out: Exit, tmp_path_factory: pytest.TempPathFactory) -> tuple[Context, Fetched]:
    """A post whose picture and sound come apart, captured once."""
    desk = Desk(way_out, tmp_path_factory.mktemp("separate"))
    context = desk.context({"url": site.url("/dash/manifest.mpd")})
    return context, YtDlp().fetch(context)


def test_no_record_holds_the_ticket_or_a_folder_of_ours(separate: tuple[Context, Fetched]) -> None:
    context, fetched = separate
    assert context.ticket is not None
    told = [fetched.collection, fetched.identity, *(product.payload for product in fetched.products)]
    written = json.dumps(told) + content(of_kind(fetched, "info_json_scrubbed")[0]).decode()
    for secret in (context.ticket.token, str(context.scratch), "site-packages"):
        assert secret not in written


def test_separate_streams_are_originals_and_their_merge_a_product_with_its_command(
    site: Site, separate: tuple[Context, Fetched]
) -> None:
    _, fetched = separate
    originals, [merged] = of_kind(fetched, "original"), of_kind(fetched, "merged")
    assert {(one.payload["has_video"], one.payload["has_audio"]) for one in originals} == {(True, False), (False, True)}
    dash = site.media.folder / "dash"
    for number, original in enumerate(originals):
        pieces = [dash / f"init-stream{number}.m4s", *sorted(dash.glob(f"chunk-stream{number}-*.m4s"))]
        assert content(original) == b"".join(piece.read_bytes() for piece in pieces)
        listed = json.loads(content(of_kind(fetched, "fragments")[number]))
        assert listed["is_concatenation"]
        assert listed["sha256"] == Digest.of(content(original)).hex
        assert [one["sha256"] for one in listed["fragments"]] == [Digest.of(one.read_bytes()).hex for one in pieces]
    assert merged.role is FileRole.PRODUCT
    assert merged.payload["command"].startswith("ffmpeg -y")
    assert "-c copy" in merged.payload["command"]
    assert merged.payload["from_sha256"] == [Digest.of(content(one)).hex for one in originals]


def test_a_stream_in_segments_is_the_segments_joined(site: Site, desk: Desk) -> None:
    fetched = bring(desk, site.url("/hls/index.m3u8"))
    assert fetched.outcome is Outcome.CAPTURED
    [original] = of_kind(fetched, "original")
    segments = sorted((site.media.folder / "hls").glob("*.ts"))
    assert content(original) == b"".join(segment.read_bytes() for segment in segments)
    assert original.payload["fragments"] == len(segments)
    assert original.media_type == "video/mp2t"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/status/404", "removed"),
        ("/status/401", "login_required"),
        ("/wall-redirect", "login_required"),
        ("/gone-post", "removed"),
        ("/article", "not_media"),
        ("/many", "unsupported"),
        ("/to-inside", "blocked_address"),
        ("/half-inside.m3u8", "blocked_address"),
        ("/inside-variant.m3u8", "blocked_address"),
        ("/inside-key.m3u8", "blocked_address"),
        ("/inside.mpd", "blocked_address"),
        ("/post-inside-media", "blocked_address"),
        ("/post-gone-media", "removed"),
    ],
)
def test_bad_input_gets_its_outcome(
    site: Site, failures: Mapping[str, Future[Fetched | ArchiveError]], path: str, code: str
) -> None:
    failed = well_told(failures[path].result())
    assert failed.code == code
    assert failed.detail["collection"]["argv"]
    assert not site.inside_hits


@pytest.mark.fault
def test_e8_a_picture_at_an_inside_host_is_refused_and_the_video_kept(site: Site, desk: Desk) -> None:
    fetched = bring(desk, site.url("/post-inside-thumb"))
    assert fetched.outcome is Outcome.CAPTURED
    assert of_kind(fetched, "original")
    assert not of_kind(fetched, "thumbnail")
    assert fetched.collection["refused"][0]["port"] == site.inside_port
    assert not site.inside_hits


def test_a_stream_with_a_missing_segment_is_a_part_and_never_called_whole(site: Site, desk: Desk) -> None:
    fetched = bring(desk, site.url("/missing-segment.m3u8"))
    assert fetched.outcome is Outcome.PARTIAL
    [original] = of_kind(fetched, "original")
    assert not original.payload["is_whole"]
    assert content(original) == site.media.transport
    assert original.payload["fragments_missing"] == {"missing": 1, "expected": 2, "is_at_end": True}


def test_of_fragments_that_are_missing_in_between_nobody_knows_the_place(tmp_path: Path) -> None:
    pieces = tuple(tmp_path / f"media.1.mp4.part-Frag{number}" for number in (1, 2, 5))
    stream = Stream(tmp_path / "media.1.mp4.part", 1, None, False, pieces)
    told = missing_fragments(stream, 6)
    assert told is not None
    assert (told.missing, told.is_at_end) == (3, False)
    assert missing_fragments(stream, 3) is None
    assert missing_fragments(stream, 10**9) is None


def test_a_post_with_two_videos_gives_two_originals(site: Site, desk: Desk) -> None:
    fetched = bring(desk, site.url("/two"))
    assert [product.payload["entry"] for product in of_kind(fetched, "original")] == [1, 2]


def test_a_file_beyond_the_limit_is_too_large_although_the_tool_calls_that_success(site: Site, desk: Desk) -> None:
    failed = fail(desk, site.url("/post"), file_bytes=50_000)
    assert failed.code == "too_large"
    assert failed.detail["collection"]["ended"]["code"] == 0


@pytest.mark.fault
def test_e13_a_video_that_drips_is_given_up_long_before_the_clock_and_kept_where_it_decodes(
    site: Site, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "WINDOW_S", 4.0)
    fetched = bring(desk, site.url("/post-drip"))
    assert fetched.outcome is Outcome.PARTIAL
    assert "slowly" in fetched.sentence
    [original] = of_kind(fetched, "original")
    assert not original.payload["is_whole"]


@pytest.mark.fault
def test_e13_a_page_that_never_ends_its_first_line_holds_nobody_up(
    site: Site, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "WINDOW_S", 3.0)
    failed = fail(desk, site.url("/drip-page"))
    assert (failed.code, type(failed)) == ("unreachable", Unavailable)
    assert "slowly" in failed.sentence


@pytest.mark.fault
def test_e13_a_live_stream_is_cut_by_the_clock_and_kept_where_it_decodes(site: Site, desk: Desk) -> None:
    fetched = bring(desk, site.url("/live.m3u8"), wall_s=patience(8.0))
    assert fetched.outcome is Outcome.PARTIAL
    [original] = of_kind(fetched, "original")
    assert not original.payload["as_served"]
    assert "seconds" in fetched.sentence


@pytest.mark.fault
def test_e16_a_hostile_title_reaches_no_path_and_no_option(site: Site, desk: Desk) -> None:
    fetched = bring(desk, site.url("/hostile"))
    assert fetched.outcome is Outcome.CAPTURED
    scratch = desk.folder / "scratch"
    names = {path.name for path in scratch.rglob("*") if path.is_file()}
    allowed = {"media.1.mp4", "media.1.info.json", "scrubbed-1.json", "page-1", "connections.json"}
    assert names == allowed
    assert not [path for path in desk.folder.iterdir() if path != scratch]
    assert not list(Path("/tmp").glob("pwned*"))
    assert "../../../x" in fetched.identity["title"]
