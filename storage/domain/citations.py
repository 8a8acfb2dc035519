"""Citations: what an assertion points at, down to the seconds and the region it means."""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from storage.domain import urls
from storage.errors import InvalidUrl, Unfit

MEDIA_FRAGMENTS: Literal["http://www.w3.org/TR/media-frags/"] = "http://www.w3.org/TR/media-frags/"
_SECONDS = re.compile(r"\d{1,10}(?:\.\d{0,12})?", re.ASCII)
_CLOCK = re.compile(r"(?:(\d{1,4}):)?([0-5]\d):([0-5]\d(?:\.\d{0,12})?)", re.ASCII)
_PERCENT = re.compile(r"\d{1,3}(?:\.\d{1,12})?", re.ASCII)
_FILE = re.compile(r"(?:sha256:)?([0-9a-f]{64})")
_REPORT = re.compile(r"rep_[0-9a-z]{26}")


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """Seconds of normal play time, exact; half-open, `end_s` None means to the end of the media.

    They are presentation times of the file's own picture; of one that begins before zero, since its first frame.
    """

    start_s: Decimal
    end_s: Decimal | None = None

    def __post_init__(self) -> None:
        if self.end_s is not None and not self.start_s < self.end_s:
            start, end = str(self.start_s), str(self.end_s)
            raise Unfit(f"a time span starts before it ends, not {start} to {end}", "span_order", start=start, end=end)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `10`, `10,20.5`, `,20` or `npt:0:01:02.5,`. Raises: ValueError.

        Source: Media Fragments URI 1.0, section 4.2.1 (normal play time).
        """
        start, comma, end = text.removeprefix("npt:").partition(",")
        if not start and not end:
            raise Unfit("t= names a start, an end or both", "span_without_ends")
        return cls(_npt(start) if start else Decimal(0), _npt(end) if comma and end else None)

    def __str__(self) -> str:
        return f"t={_plain(self.start_s)}" + ("" if self.end_s is None else f",{_plain(self.end_s)}")


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle in percent of the frame as shown, exact; it lies inside the frame and is not empty."""

    x: Decimal
    y: Decimal
    width: Decimal
    height: Decimal

    def __post_init__(self) -> None:
        if self.width <= 0 or self.height <= 0:
            raise Unfit("a region has a width and a height above zero", "region_empty")
        if self.x + self.width > 100 or self.y + self.height > 100:
            sentence = "a region lies inside the frame: x + w and y + h are at most 100 percent"
            raise Unfit(sentence, "region_outside")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `percent:x,y,w,h`; decimals are taken although the standard's grammar has whole numbers only.

        Pixels are refused: they mean nothing without the size of the frame they were counted in.
        Raises: ValueError. Source: Media Fragments URI 1.0, section 4.2.2.
        """
        parts = text.removeprefix("percent:").split(",")
        if not text.startswith("percent:") or len(parts) != 4 or not all(_PERCENT.fullmatch(part) for part in parts):
            raise Unfit(f"a region is written xywh=percent:x,y,w,h, not {text[:60]!r}", "region_form")
        return cls(*map(Decimal, parts))

    def __str__(self) -> str:
        return "xywh=percent:" + ",".join(map(_plain, (self.x, self.y, self.width, self.height)))


@dataclass(frozen=True, slots=True)
class Fragment:
    """Which part of a file is meant: a span of time, a region, or a region during a span."""

    time: TimeSpan | None = None
    region: Region | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `t=…`, `xywh=percent:…` or both joined by `&`. Raises: ValueError."""
        found: dict[str, str] = {}
        for pair in text.removeprefix("#").split("&"):
            name, equals, value = pair.partition("=")
            if name not in ("t", "xywh") or not equals or name in found:
                sentence = f"a selector is t= or xywh=percent:, each at most once, not {text[:80]!r}"
                raise Unfit(sentence, "selector_form")
            found[name] = value
        time, region = found.get("t"), found.get("xywh")
        return cls(
            None if time is None else TimeSpan.parse(time),
            None if region is None else Region.parse(region),
        )

    def __str__(self) -> str:
        return "&".join(str(part) for part in (self.time, self.region) if part is not None)


class FragmentSelector(BaseModel):
    """A W3C fragment selector whose value is a media fragment, kept in its shortest spelling."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    type: Literal["FragmentSelector"] = "FragmentSelector"
    conforms_to: Literal["http://www.w3.org/TR/media-frags/"] = Field(MEDIA_FRAGMENTS, alias="conformsTo")
    value: str = Field(max_length=200, description="`t=start,end` in seconds, `xywh=percent:x,y,w,h`, or both with `&`")

    @field_validator("value")
    @classmethod
    def _shortest(cls, value: str) -> str:
        return str(Fragment.parse(value))

    @property
    def fragment(self) -> Fragment:
        return Fragment.parse(self.value)


class TargetKind(StrEnum):
    """What a citation points at."""

    FILE = "file"
    REPORT = "report"
    URL = "url"


def _read_target(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    if digits := _FILE.fullmatch(text):
        return f"sha256:{digits[1]}"
    if _REPORT.fullmatch(text):
        return text
    return _web_address(text)


def _web_address(text: str) -> str:
    try:
        return urls.check(text)
    except InvalidUrl as wrong:
        sentence = f"a target is a file's sha256, a report's id or a web address. {wrong.sentence}"
        raise Unfit(sentence, "target_form") from wrong


def _read_selector(selector: Any) -> Any:
    return {"value": selector} if isinstance(selector, str) else selector


class Citation(BaseModel):
    """One pointer: `target` is a file's SHA-256, a report's id or a web address; `selector` the part of it meant.

    Whether a file belongs to the item is not checked here but where items are known.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    target: Annotated[str, BeforeValidator(_read_target), Field(max_length=2048)]
    selector: Annotated[FragmentSelector | None, BeforeValidator(_read_selector)] = None

    @property
    def kind(self) -> TargetKind:
        if self.target.startswith("sha256:"):
            return TargetKind.FILE
        return TargetKind.REPORT if _REPORT.fullmatch(self.target) else TargetKind.URL

    @property
    def sha256(self) -> str | None:
        """The 64 hex digits of a cited file, or None for another kind of target."""
        return self.target.removeprefix("sha256:") if self.kind is TargetKind.FILE else None


def _npt(text: str) -> Decimal:
    text = text.removesuffix("s")
    if _SECONDS.fullmatch(text):
        return Decimal(text)
    if clock := _CLOCK.fullmatch(text):
        hours, minutes, seconds = clock.groups()
        return Decimal(hours or 0) * 3600 + Decimal(minutes) * 60 + Decimal(seconds)
    raise Unfit(f"not a normal play time: {text[:40]!r}", "play_time_form")


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
