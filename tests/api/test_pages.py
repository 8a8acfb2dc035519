"""The pages before anybody can log in: no inline script, no other site, and the token never leaves the fragment."""

import re

import httpx
import pytest

from api.main import create_app
from api.pages import FOLDER, PAGES
from storage.settings import Settings
from tests.api.house import House, served


@pytest.mark.parametrize("address", PAGES)
def test_each_page_is_served_as_what_it_is_and_may_load_only_from_here(house: House, address: str) -> None:
    answer = house.visitor("nobody").get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == PAGES[address].media_type
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_the_page_holds_no_inline_script_or_style_and_names_no_other_site() -> None:
    page = (FOLDER / "setup.html").read_text()
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    assert "<style" not in page
    assert re.findall(r"\s(style|on\w+)=", page) == []
    assert re.findall(r"(?:href|src)=\"(?!/)[^\"]*\"", page) == []


def test_every_name_the_script_looks_up_is_on_the_page() -> None:
    page, script = (FOLDER / "setup.html").read_text(), (FOLDER / "setup.js").read_text()
    named = set(re.findall(r'getElementById\("([^"]+)"\)', script))
    assert named
    assert named <= set(re.findall(r'\sid="([^"]+)"', page))


def test_the_token_is_read_from_the_fragment_and_taken_out_of_the_address() -> None:
    script = (FOLDER / "setup.js").read_text()
    assert "location.hash" in script
    assert "history.replaceState" in script


def test_an_installation_that_is_less_safe_says_so_on_every_page(api_settings: Settings) -> None:
    less_safe = api_settings.model_copy(update={"egress_allow": "127.0.0.1:9<b>", "unsafe_no_sandbox": True})
    with served(create_app(less_safe)) as address:
        for page in ("/", "/setup"):
            text = httpx.get(f"{address}{page}", trust_env=False).text
            assert "exceptions here: 127.0.0.1:9&lt;b&gt;." in text
            assert "without a sandbox" in text


def test_a_safe_installation_has_nothing_to_say(house: House) -> None:
    assert "notice" not in house.visitor("nobody").get("/").text
