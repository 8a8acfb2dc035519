"""A kept page, shown again without any network by another engine than captured it, tells whether the post is on it."""

from collections.abc import Collection, Mapping
from pathlib import Path

import pytest

from tests import kept_page, site_pages
from tests.capturing import Desk, Exit
from tests.site import Site
from workers.pages import again, chromium, engines, firefox
from workers.sources import page
from workers.step import Product

pytestmark = [
    pytest.mark.skipif(chromium.find() is None, reason="no Chromium on this machine (apt install chromium)"),
    pytest.mark.skipif(
        firefox.find() is None, reason="no Firefox here that plays H.264 (apt install firefox-esr libavcodec-extra)"
    ),
]
_AT = "https://site.example"
_CASES = [
    ("/shown/script", "present", None),
    ("/shown/frame", "present", None),
    ("/shown/banner", "present", None),
    ("/shown/comments", "present", None),
    ("/shown/swapped", "partial", None),
    ("/shown/no-film", "partial", None),
    ("/walls/login", "wall", "login"),
    ("/walls/consent", "wall", "consent"),
    ("/walls/captcha", "wall", "captcha"),
    ("/walls/age", "wall", "age"),
    ("/walls/removed", "wall", "removed"),
]


@pytest.fixture(scope="module")
def plain(way_out: Exit, site: Site, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Product]:
    """One good page, captured once."""
    return _captured(way_out, site.url("/shown/plain"), tmp_path_factory.mktemp("plain"))


def test_the_engine_that_looks_is_not_the_one_that_captured_and_nobody_is_asked(
    plain: Mapping[str, Product], way_out: Exit, site: Site, tmp_path: Path
) -> None:
    asked = sum(site.hits.values())
    said = _look(way_out, tmp_path, plain, site.url("/shown/plain"))
    told = said["presence"].payload
    assert told["presence"] == "present", told
    assert told["engine"].startswith("Firefox ")
    assert told["wrote"] == plain["page_capture"].payload["engine"]
    assert told["wrote"].startswith("Chromium ")
    assert told["is_other_engine"] is True
    assert "another kind of browser" in told["method"]
    assert _picture(said).startswith(b"\x89PNG")
    assert sum(site.hits.values()) == asked, "a replay asked the site"


def test_where_no_other_engine_is_or_runs_the_same_one_looks_and_says_so(
    plain: Mapping[str, Product], way_out: Exit, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firefox, "find", lambda: Path("/usr/bin/false"))  # as a stub that only says where to get it
    told = _look(way_out, tmp_path, plain, site.url("/shown/plain"))["presence"].payload
    assert told["presence"] == "present", told
    assert told["engine"].startswith("Chromium ")
    assert told["is_other_engine"] is False
    assert "same kind of browser" in told["method"]
    assert "no other could be used" in told["method"]


def test_without_any_engine_nobody_has_looked(way_out: Exit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "in_order", lambda wrote: [])
    [said] = again.look_again(Desk(way_out, tmp_path).context({}), tmp_path / "none", {"url": _AT}, "Chromium 1")
    assert said.payload["presence"] == "unknown"
    assert "no browser on this machine" in said.payload["sentence"]


@pytest.mark.parametrize(("path", "presence", "wall"), _CASES)
def test_what_a_kept_page_shows_is_told_with_its_picture(
    way_out: Exit, site: Site, tmp_path: Path, path: str, presence: str, wall: str | None
) -> None:
    html = {**site_pages.shown(_AT), **site_pages.walls()}[path].encode()
    given = {_AT + path: (200, kept_page.HTML, html), f"{_AT}/direct.mp4": (200, kept_page.FILM, site.media.direct)}
    said = _look(way_out, tmp_path, _kept(tmp_path, given), _AT + path)
    assert said["presence"].payload["presence"] == presence, said["presence"].payload
    assert said["presence"].payload["wall"] == wall
    assert said["presence"].payload["engine"].startswith("Firefox ")
    assert _picture(said).startswith(b"\x89PNG")


def test_a_film_is_seen_to_play_over_redirects_and_ranges(way_out: Exit, site: Site, tmp_path: Path) -> None:
    body = f"<h1>{site_pages.CAPTION}</h1><video src='/film?signed=2' muted autoplay></video>"
    given = {
        "http://site.example/short": (302, [("Location", f"{_AT}/post")], b""),
        f"{_AT}/post": (200, kept_page.HTML, body.encode()),
        f"{_AT}/film?signed=1": (206, [*kept_page.FILM, ("Content-Range", "bytes 0-1/2")], site.media.direct),
    }
    told = _look(way_out, tmp_path, _kept(tmp_path, given), "http://site.example/short")["presence"].payload
    assert told["presence"] == "present", told
    assert told["missed"] <= 1, "only the picture of the tab is not kept"


@pytest.mark.parametrize("traps", [site_pages.TRAPS.keys() - {"hangs"}, ["hangs"]], ids=["all at once", "hangs"])
def test_no_kept_page_holds_the_engine_for_ever_or_is_believed_when_it_lies(
    way_out: Exit, tmp_path: Path, traps: Collection[str]
) -> None:
    kept = _kept(tmp_path, site_pages.trapped(_AT, sorted(traps)))
    told = _look(way_out, tmp_path, kept, f"{_AT}/")["presence"].payload
    assert told["presence"] == "unknown", told
    assert told["engine"].startswith("Firefox")


@pytest.mark.parametrize(
    "script",
    [
        'for (let n = 0; ; n++) fetch("/flood?" + n).catch(() => 0);',
        "const held = []; for (;;) held.push(new Uint8Array(1 << 24).fill(1));",
    ],
    ids=["asks without end", "fills the memory"],
)
def test_a_kept_page_that_drowns_the_engine_is_unknown_and_no_fault(way_out: Exit, tmp_path: Path, script: str) -> None:
    html = f"<body><h1>{site_pages.CAPTION}</h1><script>{script}</script></body>".encode()
    kept = _kept(tmp_path, {f"{_AT}/": (200, kept_page.HTML, html)})
    told = _look(way_out, tmp_path, kept, f"{_AT}/")["presence"].payload
    assert told["presence"] == "unknown", told
    assert told["engine"].startswith("Firefox")
    assert told["sentence"]


def test_an_archive_that_cannot_be_read_is_unknown_and_no_error(way_out: Exit, tmp_path: Path) -> None:
    broken = tmp_path / "broken.wacz"
    broken.write_bytes(b"PK\x03\x04 not an archive")
    said = _look(way_out, tmp_path, _captured_elsewhere(broken), _AT)
    assert set(said) == {"presence"}
    assert said["presence"].payload["presence"] == "unknown"


def _look(way_out: Exit, folder: Path, captured: Mapping[str, Product], url: str) -> dict[str, Product]:
    archive = captured["page_archive"].path
    assert archive is not None
    wrote = captured["page_capture"].payload["engine"]
    post = {"url": url, "description": site_pages.CAPTION, "uploader": site_pages.AUTHOR}
    context = Desk(way_out, folder).context({}, wall_s=150.0)
    return {one.kind: one for one in again.look_again(context, archive, post, wrote)}


def _kept(folder: Path, given: Mapping[str, kept_page.Given]) -> Mapping[str, Product]:
    return _captured_elsewhere(kept_page.archive(folder / "page.wacz", given))


def _captured_elsewhere(archive: Path) -> Mapping[str, Product]:
    wrote = Product("page_capture", payload={"engine": "Chromium 1"})
    return {"page_archive": Product("page_archive", path=archive), "page_capture": wrote}


def _picture(said: Mapping[str, Product]) -> bytes:
    path = said["presence_picture"].path
    assert path is not None
    return path.read_bytes()


def _captured(way_out: Exit, url: str, folder: Path) -> dict[str, Product]:
    desk = Desk(way_out, folder / "captured")
    return {one.kind: one for one in page.visit(desk.context({}, wall_s=120.0), url)}
