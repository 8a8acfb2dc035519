"""Which bytes a Range header asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.ranges import Part, Unsatisfiable, wanted_part


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-0", Part(0, 1)),
        ("bytes=0-99", Part(0, 100)),
        ("bytes=10-", Part(10, 100)),
        ("bytes=10-1000", Part(10, 100)),
        ("bytes=-10", Part(90, 100)),
        ("bytes=-1000", Part(0, 100)),
        ("bytes=99-", Part(99, 100)),
        (None, None),
        ("", None),
        ("bytes=-", None),
        ("bytes=5-2", None),
        ("bytes=0-1,5-6", None),
        ("lines=0-1", None),
        ("bytes=a-b", None),
        ("bytes=٣-", None),
        ("bytes=" + "9" * 4000 + "-", None),
    ],
)
def test_one_part_is_understood_and_everything_else_means_the_whole(header: str | None, part: Part | None) -> None:
    assert wanted_part(header, 100) == part


@pytest.mark.parametrize(
    ("header", "size"), [("bytes=100-", 100), ("bytes=200-300", 100), ("bytes=-0", 100), ("bytes=0-", 0)]
)
def test_a_part_outside_of_the_file_cannot_be_had(header: str, size: int) -> None:
    with pytest.raises(Unsatisfiable):
        wanted_part(header, size)


@given(st.integers(1, 10**9), st.data())
def test_every_part_inside_the_file_is_had_exactly(size: int, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, size - 1))
    end = data.draw(st.integers(start, size - 1))
    assert wanted_part(f"bytes={start}-{end}", size) == Part(start, end + 1)


@given(st.text(max_size=40), st.integers(0, 1000))
def test_no_header_leads_outside_of_the_file(header: str, size: int) -> None:
    try:
        part = wanted_part(header, size)
    except Unsatisfiable:
        return
    assert part is None or 0 <= part.start < part.end <= size
