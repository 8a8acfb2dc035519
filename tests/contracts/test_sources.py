"""What every source promises, asked of each of them: one good request and one bad one, in a real box."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from storage.domain.vocab import FileRole, Outcome
from storage.errors import ArchiveError
from storage.integrity.canonical import canonical
from storage.integrity.digest import Digest
from tests.capturing import Desk, Exit, egress
from tests.site import Media, Site
from workers.sources import SOURCES
from workers.sources.base import Fetched, Source
from workers.sources.telegram import Telegram
from workers.step import Context
from workers.steps.capture import ATTEMPT, CAPTURE

_WITH_MEDIA = {Outcome.CAPTURED, Outcome.PARTIAL}


@pytest.fixture(scope="module")
def way_out(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exit]:
    with egress(tmp_path_factory.mktemp("egress"), site.address) as out:
        yield out


@pytest.fixture
def desk(way_out: Exit, tmp_path: Path) -> Desk:
    return Desk(way_out, tmp_path)


def _supplied(desk: Desk, file: Path) -> Mapping[str, Any]:
    digest = Digest.of(file.read_bytes())
    desk.files[digest] = file
    told = {"sha256": digest.hex, "size_bytes": file.stat().st_size, "name": "../../from a phone.mp4\0"}
    return {"upload": told, "supplied_by": "person-1"}


def _requests(source: Source, desk: Desk, site: Site) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """A request that the source answers with media, and one that it cannot."""
    media: Media = site.media
    match source.name:
        case "upload":
            return _supplied(desk, media.folder / "direct.mp4"), _supplied(desk, media.folder / "thumb.jpg")
        case "direct":
            return {"url": site.url("/direct.mp4")}, {"url": site.url("/status/404.mp4")}
        case "yt-dlp":
            return {"url": site.url("/hls/index.m3u8")}, {"url": site.url("/status/404")}
        case "telegram":
            return {"url": site.url("/appeals/101")}, {"url": site.url("/appeals/110")}
        case other:
            raise LookupError(f"say here what {other} answers and what it cannot")


def _here(source: Source, site: Site) -> Source:
    """The source as it is, but for one that knows its site by name: there ours stands for it."""
    return replace(source, base=site.url("")) if isinstance(source, Telegram) else source


def _check_record(tool: Any, version: Any, collection: Any, identity: Any, context: Context) -> None:
    assert tool
    assert version
    canonical(collection)
    canonical(identity)
    assert collection["started_at"] <= collection["ended_at"]
    assert collection["software"]
    written = json.dumps([collection, identity])
    assert context.ticket is not None
    assert context.ticket.token not in written
    assert str(context.scratch) not in written


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_what_is_brought_is_whole_plain_files_with_a_record(source: Source, site: Site, desk: Desk) -> None:
    source = _here(source, site)
    good, _ = _requests(source, desk, site)
    assert source.claims(good)
    context = desk.context(good)
    fetched = source.fetch(context)
    assert isinstance(fetched, Fetched)
    assert fetched.outcome in _WITH_MEDIA
    assert fetched.sentence.endswith(".")
    _check_record(fetched.tool, fetched.tool_version, fetched.collection, fetched.identity, context)
    originals = [product for product in fetched.products if product.role is FileRole.ORIGINAL]
    assert originals
    for product in fetched.products:
        canonical(product.payload)
        assert product.kind in CAPTURE.makes
        assert (product.kind == "original") == (product.role is FileRole.ORIGINAL)
        assert product.path is None or (product.path.is_file() and not product.path.is_symlink())
        assert product.path is None or product.path.resolve().is_relative_to(context.scratch.resolve())
    for original in originals:
        assert original.path is not None or original.digest is not None
        assert original.media_type.startswith(("video/", "audio/"))
        assert isinstance(original.payload["as_served"], bool)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_what_cannot_be_brought_is_an_outcome_with_a_record(source: Source, site: Site, desk: Desk) -> None:
    source = _here(source, site)
    _, bad = _requests(source, desk, site)
    assert source.claims(bad)
    context = desk.context(bad)
    with pytest.raises(ArchiveError) as failed:
        source.fetch(context)
    error = failed.value
    assert Outcome(error.code) not in _WITH_MEDIA
    assert set(error.detail) >= {"tool", "tool_version", "identity", "collection"}
    detail = error.detail
    _check_record(detail["tool"], detail["tool_version"], detail["collection"], detail["identity"], context)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_claims_answers_any_request_without_an_error(source: Source) -> None:
    for url in ("", "http://", "https://[::1", "https://a.example/" + "a" * 5000, "\0", "ftp://a.example/b.mp4"):
        assert source.claims({"url": url}) in (True, False)
    assert source.claims({}) is False


def test_every_request_finds_a_source_and_every_source_has_its_own_name() -> None:
    assert len({source.name for source in SOURCES}) == len(SOURCES)
    first = {
        "https://example.org/v.mp4": "direct",
        "https://example.org/v": "yt-dlp",
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ": "yt-dlp",
        "https://t.me/channel/101": "telegram",
    }
    for url, name in first.items():
        assert next(source.name for source in SOURCES if source.claims({"url": url})) == name
    assert next(source.name for source in SOURCES if source.claims({"upload": {}})) == "upload"


def test_a_supplied_file_is_never_said_to_be_captured_from_the_web(site: Site, desk: Desk) -> None:
    products = CAPTURE.run(desk.context(_supplied(desk, site.media.folder / "direct.mp4")))
    *originals, attempt = products
    assert [product.kind for product in originals] == ["original"]
    assert attempt.kind == ATTEMPT
    assert attempt.payload["tool"] == "upload"
    assert attempt.payload["collection"]["supplied_by"] == "person-1"
    assert attempt.payload["collection"]["declared_name"] == "../../from a phone.mp4\ufffd"
    assert "supplied by" in attempt.payload["sentence"]
    assert not attempt.payload["collection"]["connections"]
