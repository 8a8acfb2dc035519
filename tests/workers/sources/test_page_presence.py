"""A kept page, shown again without any network, tells whether the post is on it."""

from pathlib import Path

import pytest

from tests import site_pages
from tests.capturing import Desk, Exit
from tests.site import Site
from workers.pages import again, engine
from workers.sources import page
from workers.step import Product

pytestmark = pytest.mark.skipif(engine.find() is None, reason="no Chromium on this machine (apt install chromium)")
_LONG = pytest.mark.chaos

CASES = [
    pytest.param("/shown/plain", "present", None),
    pytest.param("/shown/script", "present", None, marks=_LONG),
    pytest.param("/shown/frame", "present", None, marks=_LONG),
    pytest.param("/shown/banner", "present", None, marks=_LONG),
    pytest.param("/shown/comments", "present", None, marks=_LONG),
    pytest.param("/shown/swapped", "partial", None),
    pytest.param("/shown/no-film", "partial", None, marks=_LONG),
    pytest.param("/walls/login", "wall", "login", marks=_LONG),
    pytest.param("/walls/consent", "wall", "consent", marks=_LONG),
    pytest.param("/walls/captcha", "wall", "captcha", marks=_LONG),
    pytest.param("/walls/age", "wall", "age"),
    pytest.param("/walls/removed", "wall", "removed", marks=_LONG),
]


@pytest.mark.parametrize(("path", "presence", "wall"), CASES)
def test_what_a_kept_page_shows_is_told_with_its_picture_and_nobody_is_asked(
    way_out: Exit, site: Site, tmp_path: Path, path: str, presence: str, wall: str | None
) -> None:
    captured = Desk(way_out, tmp_path / "captured")
    brought = {one.kind: one for one in page.visit(captured.context({}, wall_s=120.0), site.url(path))}
    archive = brought["page_archive"].path
    assert archive is not None
    asked = sum(site.hits.values())
    said = _look(Desk(way_out, tmp_path / "again"), archive, site.url(path))
    assert said["presence"].payload["presence"] == presence, said["presence"].payload
    assert said["presence"].payload.get("wall") == wall
    assert "Chromium" in said["presence"].payload["engine"]
    assert "same kind of browser" in said["presence"].payload["method"]
    picture = said["presence_picture"].path
    assert picture is not None
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert sum(site.hits.values()) == asked, "a replay asked the site"


def test_an_archive_that_cannot_be_read_is_unknown_and_no_error(way_out: Exit, site: Site, tmp_path: Path) -> None:
    broken = tmp_path / "broken.wacz"
    broken.write_bytes(b"PK\x03\x04 not an archive")
    said = _look(Desk(way_out, tmp_path / "again"), broken, site.url("/shown/plain"))
    assert set(said) == {"presence"}
    assert said["presence"].payload["presence"] == "unknown"


def _look(desk: Desk, archive: Path, url: str) -> dict[str, Product]:
    post = {"url": url, "description": site_pages.CAPTION, "uploader": site_pages.AUTHOR}
    return {one.kind: one for one in again.look_again(desk.context({}, wall_s=100.0), archive, post)}
