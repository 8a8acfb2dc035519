"""Dates that need not be whole."""

from datetime import date

import pytest

from storage.domain.edtf import Extent, parse


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2014", date(2014, 1, 1), date(2014, 12, 31)),
        ("2014-02", date(2014, 2, 1), date(2014, 2, 28)),
        ("2016-02-29", date(2016, 2, 29), date(2016, 2, 29)),
        ("201X", date(2010, 1, 1), date(2019, 12, 31)),
        ("19XX", date(1900, 1, 1), date(1999, 12, 31)),
        ("2014-XX", date(2014, 1, 1), date(2014, 12, 31)),
        ("2014-XX-XX", date(2014, 1, 1), date(2014, 12, 31)),
        ("2014-03-XX", date(2014, 3, 1), date(2014, 3, 31)),
        ("2014-21", date(2014, 3, 1), date(2014, 5, 31)),
        ("2014-24", date(2014, 12, 1), date(2014, 12, 31)),
        ("2014-03~", date(2014, 3, 1), date(2014, 3, 31)),
        ("2014?", date(2014, 1, 1), date(2014, 12, 31)),
    ],
)
def test_a_date_means_all_the_days_it_may_mean(text: str, first: date, last: date) -> None:
    assert parse(text) == Extent(first, last)


@pytest.mark.parametrize(
    "text",
    [
        "", "14", "2014-13", "2014-00", "2014-02-29", "2014-3", "2014/2015", "..", "20X4", "201X-03", "2014-XX-01",
        "2014-21-01", "0000", "18.03.2014", "2014-03-18T00:00:00Z", "2014??", "２０１４", "2014\n",
    ],
)  # fmt: skip
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"date|day|month|year"):
        parse(text)
