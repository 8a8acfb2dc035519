"""A list of addresses by the command: checked, taken whole, followed, and the same list when it is handed in again."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.site import Site
from tests.whole import House, open_house


@pytest.fixture(scope="module")
def house(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(site, tmp_path_factory.mktemp("listed") / "vault") as house:
        yield house


def test_a_list_is_handed_in_and_followed_to_its_end(house: House, site: Site, tmp_path: Path) -> None:
    table = tmp_path / "links.csv"
    table.write_text(f"url;note\n{site.url('/direct.mp4?list')};Вокзал\n{site.url('/gone-post?list')};\n", "utf-8-sig")
    told = json.loads(house.svidok("ingest", "--from", str(table), "--wait", "--json", expect=4))
    assert [(line["line"], line["receipt"]["outcome"]) for line in told["lines"]] == [(2, "captured"), (3, "removed")]
    assert (told["captured"], told["settled"]) == (1, 2)
    again = json.loads(house.svidok("ingest", "--from", str(table), "--json"))
    assert again["batch"] == told["batch"]
    assert "1 of 2 preserved" in house.svidok("ingest", "--from", str(table))


def test_a_list_with_a_wrong_line_is_wrong_usage_and_nothing_is_handed_in(house: House, tmp_path: Path) -> None:
    table = tmp_path / "wrong.csv"
    table.write_text("url\nhttps://example.org/never-asked-for\nno address\n")
    before = house.get("/submissions")["count"]["value"]
    house.svidok("ingest", "--from", str(table), expect=2)
    house.svidok("ingest", "--from", str(tmp_path / "nowhere.csv"), expect=2)
    house.svidok("ingest", expect=2)
    house.svidok("ingest", "https://example.org/", "--from", str(table), expect=2)
    assert house.get("/submissions")["count"]["value"] == before
