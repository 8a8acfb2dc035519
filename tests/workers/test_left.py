"""What a browser left: words that tell where the archive stands are found however a wall prints them."""

from pathlib import Path

import pytest

from workers.pages.left import shows_address


def shown(folder: Path, words: str) -> bool:
    path = folder / "page.txt"
    path.write_text(words)
    return shows_address(path)


@pytest.mark.parametrize(
    "words",
    [
        "Your IP: 91.198.174.192",
        "Your IP:91.198.174.192",
        "91.198.174.192: blocked",
        "seen from 91.198.174.192:51234.",
        "IP...91.198.174.192...",
        "IP91.198.174.192",
        "IP:2a02:ec80:300:ed1a::1",
        "ID:2a02:ec80:300:ed1a::1",
        "2a02:ec80:300:ed1a::1: blocked",
        "[2a02:ec80:300:ed1a::1]:443",
        "client=2a02:ec80:300:ed1a:0:0:0:1.",
    ],
)
def test_a_public_address_is_seen_whatever_stands_around_it(tmp_path: Path, words: str) -> None:
    assert shown(tmp_path, words)


@pytest.mark.parametrize(
    "words", ["at 12:45:07 on 2024-05-01", "192.168.1.7 and 127.0.0.1", "std::vector, 1.2.3", "00:1b:44:11:3a:b7", ""]
)
def test_times_versions_and_private_addresses_are_none(tmp_path: Path, words: str) -> None:
    assert not shown(tmp_path, words)


def test_words_that_cannot_be_read_count_as_if_they_showed_one(tmp_path: Path) -> None:
    assert shows_address(tmp_path / "page.txt")
