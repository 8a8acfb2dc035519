"""Cookies are read as browsers write them, narrowed to their site, and never quoted."""

from datetime import UTC, datetime

import pytest

from storage.domain import jar
from storage.errors import InvalidValue

SITE = "www.youtube.com"
FILE = (
    "# Netscape HTTP Cookie File\n# a note\n\n"
    ".youtube.com\tTRUE\t/\tTRUE\t1893456000\tSID\tabcdefgh\n"
    "#HttpOnly_.youtube.com\tTRUE\t/\tTRUE\t0\tHSID\thttp-only-value\n"
    "www.youtube.com\tFALSE\t/\tFALSE\t0\tlang\ten\n"
    ".google.com\tTRUE\t/\tTRUE\t0\tother\tof-another-site\n"
    ".com\tTRUE\t/\tTRUE\t0\twide\tof-everybody\n"
)


def test_only_cookies_that_the_site_would_be_sent_are_kept() -> None:
    read = jar.read(FILE, SITE)
    assert [line.split("\t")[5] for line in read.lines] == ["SID", "HSID", "lang"]
    assert jar.read(read.text, SITE) == read
    assert read.expires_at == datetime(2030, 1, 1, tzinfo=UTC)
    assert read.secrets == ("http-only-value", "abcdefgh")


def test_line_ends_of_windows_are_read() -> None:
    assert jar.read(FILE.replace("\n", "\r\n"), SITE) == jar.read(FILE, SITE)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "SID=abcdefgh; HSID=http-only-value",
        ".youtube.com TRUE / TRUE 0 SID abcdefgh",
        ".youtube.com\tTRUE\t/\tTRUE\tsoon\tSID\tabcdefgh",
        ".google.com\tTRUE\t/\tTRUE\t0\tSID\tabcdefgh",
        "x" * (jar.LARGEST_BYTES + 1),
    ],
)
def test_what_is_no_jar_of_the_site_is_refused_without_quoting_it(wrong: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        jar.read(wrong, SITE)
    assert "abcdefgh" not in str(refused.value)


def test_a_jar_shows_nothing_of_itself() -> None:
    assert "abcdefgh" not in repr(jar.read(FILE, SITE))
