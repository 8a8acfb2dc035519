"""What people may write into a field, of whatever form: words, moments and numbers, checked in one way everywhere."""

import re
import unicodedata
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer

from storage.domain.clock import rfc3339
from storage.errors import Unfit

_FIRST_YEAR, _LAST_YEAR = 1800, 2199
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def _writable(text: str) -> str:
    for letter in text:
        if unicodedata.category(letter) in ("Cc", "Cs") and letter not in "\n\t":
            point = f"U+{ord(letter):04X}"
            raise Unfit(f"the text holds a control character ({point})", "control_character", character=point)
    return text.strip()


def _moment(text: Any) -> datetime:
    if isinstance(text, datetime):
        moment = text
    elif isinstance(text, str) and _RFC3339.fullmatch(text):
        moment = datetime.fromisoformat(text.upper())
    else:
        sentence = "a time is written as RFC 3339 with its zone, such as 2023-02-25T15:20:00+03:00"
        raise Unfit(sentence, "moment_form")
    if moment.tzinfo is None:
        raise Unfit("a time without a zone names no moment", "moment_without_zone")
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        sentence = f"a year lies between {_FIRST_YEAR} and {_LAST_YEAR}, not {moment.year}"
        raise Unfit(sentence, "year_outside", first=_FIRST_YEAR, last=_LAST_YEAR)
    return moment.astimezone(UTC)


Line = Annotated[str, AfterValidator(_writable), Field(min_length=1, max_length=300)]
Paragraph = Annotated[str, AfterValidator(_writable), Field(max_length=10_000)]
Statement = Annotated[Paragraph, Field(min_length=1)]
Moment = Annotated[
    datetime,
    BeforeValidator(_moment, json_schema_input_type=str),
    PlainSerializer(rfc3339, return_type=str, when_used="json"),
]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Probability = Annotated[Number, Field(ge=0, le=1)]
Bearing = Annotated[Number, Field(ge=0, lt=360)]
AngleError = Annotated[Number, Field(ge=0, le=180)]
