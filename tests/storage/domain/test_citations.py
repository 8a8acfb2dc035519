"""Citations: targets of three kinds, and selectors that read back exactly."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from storage.domain.citations import Citation, Fragment, Region, TargetKind, TimeSpan

DIGEST = "a" * 64

hundredths = st.integers(0, 10_000)
time_spans = st.builds(
    lambda start, length: TimeSpan(start, None if length is None else start + length),
    st.decimals(0, 99_999, places=6),
    st.none() | st.decimals("0.000001", 99_999, places=6),
)
regions = st.builds(
    lambda x, y, w, h: Region(Decimal(x) / 100, Decimal(y) / 100, Decimal(w) / 100, Decimal(h) / 100),
    st.integers(0, 5000), st.integers(0, 5000), st.integers(1, 5000), st.integers(1, 5000),
)  # fmt: skip


@given(st.builds(Fragment, time_spans, st.none()) | st.builds(Fragment, st.none() | time_spans, regions))
def test_a_fragment_reads_back_exactly(fragment: Fragment) -> None:
    assert Fragment.parse(str(fragment)) == fragment


@given(st.integers(0, 4 * 10**15), st.integers(1, 10**12))
def test_times_to_the_microsecond_are_kept_as_written_also_where_a_clip_counts_from_1970(
    start: int, length: int
) -> None:
    first, end = (Decimal(micros) / 10**6 for micros in (start, start + length))
    citation = Citation.model_validate({"target": DIGEST, "selector": f"t={first:f},{end:f}"})
    assert citation.selector is not None
    span = citation.selector.fragment.time
    assert span == TimeSpan(first, end)
    assert Citation.model_validate(citation.model_dump(by_alias=True)) == citation


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("t=10", TimeSpan(Decimal(10))),
        ("t=10,", TimeSpan(Decimal(10))),
        ("t=,20.5", TimeSpan(Decimal(0), Decimal("20.5"))),
        ("t=npt:0:01:02.5,1:02:03", TimeSpan(Decimal("62.5"), Decimal(3723))),
        ("t=01:30,02:00", TimeSpan(Decimal(90), Decimal(120))),
        ("#t=0.1", TimeSpan(Decimal("0.1"))),
    ],
)
def test_normal_play_time_is_read_as_the_standard_writes_it(written: str, meant: TimeSpan) -> None:
    assert Fragment.parse(written).time == meant


@pytest.mark.parametrize(
    "written",
    ["", "t=", "t=,", "t=5,5", "t=9,3", "t=-1", "t=1e3", "t=inf", "t=nan", "t=1,2,3", "t=smpte:00:00:01", "t=1&t=2",
     "xywh=1,2,3,4", "xywh=pixel:1,2,3,4", "xywh=percent:1,2,3", "xywh=percent:0,0,0,10", "xywh=percent:60,0,50,10",
     "xywh=percent:-1,0,5,5", "track=audio", "t", "t=٣"],
)  # fmt: skip
def test_a_selector_that_means_nothing_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Fragment.parse(written)


def test_a_file_may_be_cited_with_or_without_the_name_of_the_algorithm() -> None:
    for target in (DIGEST, f"sha256:{DIGEST}"):
        citation = Citation.model_validate({"target": target, "selector": "t=1.50,2&xywh=percent:10,10,20.0,20"})
        assert citation.kind is TargetKind.FILE
        assert citation.sha256 == DIGEST
        assert citation.selector is not None
        assert citation.selector.value == "t=1.5,2&xywh=percent:10,10,20,20"


def test_a_selector_may_be_the_whole_object_of_the_web_annotation_model() -> None:
    selector = {"type": "FragmentSelector", "conformsTo": "http://www.w3.org/TR/media-frags/", "value": "t=1,2"}
    citation = Citation.model_validate({"target": DIGEST, "selector": selector})
    assert citation.model_dump(mode="json", by_alias=True)["selector"] == selector


@pytest.mark.parametrize(
    ("target", "kind"),
    [("https://example.org/map?x=1", TargetKind.URL), ("rep_01jd00000000000000000000ab", TargetKind.REPORT)],
)
def test_the_kind_of_a_target_shows_in_its_form(target: str, kind: TargetKind) -> None:
    citation = Citation.model_validate({"target": target})
    assert citation.kind is kind
    assert citation.sha256 is None


@pytest.mark.parametrize(
    "target",
    ["", "file", "javascript:alert(1)", "ftp://example.org/x", "https://user:pw@example.org/", "https://", 7, None,
     "sha256:ABC", "A" * 64, "https://example.org/a\nb", "https://example.org/" + "x" * 2048],
)  # fmt: skip
def test_other_targets_are_refused(target: object) -> None:
    with pytest.raises(ValidationError):
        Citation.model_validate({"target": target})


def test_unknown_fields_of_a_citation_are_refused() -> None:
    with pytest.raises(ValidationError):
        Citation.model_validate({"target": DIGEST, "page": 3})
