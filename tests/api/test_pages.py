"""The workbench's own files: a strict policy, a nonce of each answer's own, and nothing beside what was built."""

import gzip
import html
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from api.main import create_app
from api.pages import Pages
from storage.settings import Settings
from tests.api.house import API, House, served

PAGE = (
    '<!doctype html><meta name="style-nonce" content="__STYLE_NONCE__">'
    '<script type="module" src="/assets/a-1.js"></script>'
)
SCRIPT = "export const words = 'свідок';\n" * 100
SECRET = "not to be shown"
NAVIGATION = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a build leaves, and beside it what nobody is to see."""
    top = tmp_path_factory.mktemp("frontend")
    (top / "secret.txt").write_text(SECRET)
    dist = top / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text(PAGE)
    (dist / "mark.svg").write_text("<svg/>")
    (dist / "assets" / "a-1.js").write_text(SCRIPT)
    (dist / "assets" / "plex-2.woff2").write_bytes(b"wOF2" + bytes(range(256)))
    (dist / "assets" / "link.js").symlink_to(top / "secret.txt")
    return dist


@pytest.fixture(scope="module")
def built(api_settings: Settings, dist: Path) -> Iterator[httpx.Client]:
    """The archive with these files as its pages."""
    app = create_app(api_settings)
    _replace(app, Pages((), folders=(dist.parent / "ui", dist)))
    with served(app) as address, httpx.Client(base_url=address, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def unbuilt(api_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    app = create_app(api_settings)
    _replace(app, Pages(["Less safe <b>here</b>."], folders=(tmp_path_factory.mktemp("empty"),)))
    with served(app) as address, httpx.Client(base_url=address, trust_env=False) as client:
        yield client


def _replace(app: FastAPI, pages: Pages) -> None:
    assert isinstance(app.router.routes[-1], Pages)
    app.router.routes[-1] = pages


@pytest.mark.parametrize("path", ["/", "/setup", "/login", "/items/itm_01abc", "/explore?q=tank", "/a.b/c"])
def test_every_address_of_the_workbench_is_the_one_page(built: httpx.Client, path: str) -> None:
    answer = built.get(path, headers=NAVIGATION)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert 'src="/assets/a-1.js"' in answer.text


def test_a_page_may_load_only_from_here_and_runs_nothing_inline(built: httpx.Client) -> None:
    headers = built.get("/").headers
    policy = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == policy["worker-src"] == policy["form-action"] == "'self'"
    assert not re.search(r"unsafe|http|\*|script-src[^;]*(data|blob|nonce)", headers["content-security-policy"])
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"


def test_the_nonce_of_styles_is_in_page_and_policy_and_never_the_same(built: httpx.Client) -> None:
    met = set()
    for _ in range(3):
        answer = built.get("/", headers=NAVIGATION)
        found = re.search(r'name="style-nonce" content="([\w-]{22})"', answer.text)
        assert found
        assert f"style-src 'self' 'nonce-{found[1]}'" in answer.headers["content-security-policy"]
        met.add(found[1])
    assert len(met) == 3


def test_what_is_named_by_its_content_is_kept_for_ever_and_the_rest_is_asked_for(built: httpx.Client) -> None:
    script = built.get("/assets/a-1.js")
    assert script.text == SCRIPT
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert script.headers["content-type"].startswith("text/javascript")
    assert built.get("/assets/plex-2.woff2").headers["content-type"] == "font/woff2"
    mark = built.get("/mark.svg")
    assert mark.headers["cache-control"] == "no-cache"
    assert mark.headers["content-type"].startswith("image/svg+xml")
    again = built.get("/mark.svg", headers={"If-None-Match": mark.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_texts_are_squeezed_for_whoever_understands_it(built: httpx.Client) -> None:
    with built.stream("GET", "/assets/a-1.js", headers={"Accept-Encoding": "gzip, br"}) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        assert gzip.decompress(b"".join(answer.iter_raw())).decode() == SCRIPT
    assert "content-encoding" not in built.get("/assets/a-1.js", headers={"Accept-Encoding": "identity"}).headers
    assert "content-encoding" not in built.get("/assets/plex-2.woff2").headers


@pytest.mark.parametrize(
    "path",
    ["/assets/../../secret.txt", "/assets/%2e%2e/%2e%2e/secret.txt", "/..%2fsecret.txt", "/assets/..%5c..%5csecret.txt",
     "/../secret.txt", "//secret.txt", "/assets/link.js", "/assets/", "/assets/gone.js", "/index.html%00.js"],
)  # fmt: skip
def test_nothing_beside_what_was_built_is_ever_read(built: httpx.Client, path: str) -> None:
    for headers in (NAVIGATION, {"Accept": "*/*"}):
        answer = built.send(
            built.build_request("GET", httpx.URL(built.base_url, raw_path=path.encode()), headers=headers)
        )
        assert SECRET not in answer.text
        if path.startswith("/assets/") and ".." not in path and "%" not in path:
            assert answer.status_code == 404


@pytest.mark.parametrize("path", [f"{API}/nothing", "/api/", "/map/nothing.json"])
def test_what_the_api_does_not_know_is_no_page(built: httpx.Client, path: str) -> None:
    answer = built.get(path, headers=NAVIGATION)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_program_that_asks_for_no_page_gets_none_and_a_post_neither(built: httpx.Client) -> None:
    assert built.get("/somewhere", headers={"Accept": "application/json"}).status_code == 404
    assert built.post("/somewhere", headers=NAVIGATION).status_code == 404


def test_without_its_pages_the_archive_says_what_builds_them_and_answers(unbuilt: httpx.Client) -> None:
    for path in ("/", "/setup", "/items"):
        answer = unbuilt.get(path, headers=NAVIGATION)
        assert (answer.status_code, "make setup" in answer.text) == (200, True)
        assert html.escape("Less safe <b>here</b>.") in answer.text
        assert re.findall(r"<script|<style|\sstyle=|\son\w+=", answer.text) == []
    assert unbuilt.get(f"{API}/instance").status_code == 200


def test_an_installation_that_is_less_safe_says_so(api_settings: Settings) -> None:
    less_safe = api_settings.model_copy(update={"egress_allow": "127.0.0.1:9", "unsafe_no_sandbox": True})
    with served(create_app(less_safe)) as address:
        instance = httpx.get(f"{address}{API}/instance", trust_env=False).json()
    told = instance["notices"]
    assert [one["code"] for one in instance["warnings"]] == ["egress_exceptions", "no_sandbox"]
    assert [one["sentence"] for one in instance["warnings"]] == told
    assert "exceptions here: 127.0.0.1:9." in told[0]
    assert "without a sandbox" in told[1]


def test_a_safe_installation_has_nothing_to_say(house: House) -> None:
    told = house.visitor("nobody").get(f"{API}/instance").json()
    assert told["notices"] == []
    assert (told["name"], told["sessions_allowed"], told["languages"]) == ("Svidok", True, ["en", "uk", "ru"])
