"""Dates that need not be whole: the part of EDTF that a register of units can use, levels 0 and 1."""

import calendar
import re
from dataclasses import dataclass
from datetime import date

from storage.errors import Unfit

_FORM = re.compile(
    r"(?P<year>\d{4}|\d{3}X|\d{2}XX)(-(?P<month>\d\d|XX)(-(?P<day>\d\d|XX))?)?(?P<doubt>[?~%])?", re.ASCII
)
_SEASONS = {21: (3, 5), 22: (6, 8), 23: (9, 11), 24: (12, 12)}


@dataclass(frozen=True, slots=True)
class Extent:
    """The first and the last day a date may mean."""

    first: date
    last: date


def parse(text: str) -> Extent:
    """Read `2014`, `2014-03`, `2014-03-18`, `201X`, `2014-XX`, `2014-03-XX`, a season (`2014-21`), each with ?, ~ or %.

    What is in doubt (`?`, `~`, `%`) widens nothing: it says how sure the writer was, not how long the time is.
    Raises: ValueError for anything else, and for days that do not exist.
    Source: ISO 8601-2:2019, annex A; Library of Congress, Extended Date/Time Format, levels 0 and 1.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        sentence = f"a date is written as 2014, 2014-03, 2014-03-18 or 201X, with ? if unsure, not {text[:40]!r}"
        raise Unfit(sentence, "date_form")
    year, month, day = found["year"], found["month"], found["day"]
    if "X" in year and month is not None:
        raise Unfit(f"a year that is not known has no month: {text!r}", "month_of_no_year")
    if month == "XX" and day not in (None, "XX"):
        raise Unfit(f"a month that is not known has no day: {text!r}", "day_of_no_month")
    first_year, last_year = int(year.replace("X", "0")), int(year.replace("X", "9"))
    if first_year < 1:
        raise Unfit(f"there is no year {first_year}", "no_such_date")
    if month is None or month == "XX":
        return Extent(date(first_year, 1, 1), date(last_year, 12, 31))
    if int(month) in _SEASONS:
        if day is not None:
            raise Unfit(f"a season has no day: {text!r}", "day_of_season")
        return _months(first_year, *_SEASONS[int(month)])
    if not 1 <= int(month) <= 12:
        raise Unfit(f"there is no month {month}: {text!r}", "no_such_date")
    if day is None or day == "XX":
        return _months(first_year, int(month), int(month))
    try:
        exact = date(first_year, int(month), int(day))
    except ValueError:
        raise Unfit(f"there is no such day: {text!r}", "no_such_date") from None
    return Extent(exact, exact)


def _months(year: int, first: int, last: int) -> Extent:
    return Extent(date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1]))
