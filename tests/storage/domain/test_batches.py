"""Lists of addresses as spreadsheets, mail and hostile people write them."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.domain.batches import MOST_LINES, read
from storage.domain.vocab import Sensitivity
from storage.errors import InvalidValue, TooLarge

URL = "https://example.org/video"


def _table(*lines: str) -> bytes:
    return "\n".join(lines).encode()


@pytest.mark.parametrize("comma", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_table_is_read_however_a_spreadsheet_writes_it(comma: str, end: str, mark: str) -> None:
    rows = [("URL", "Note", "sensitivity"), (f"{URL}/1", "Звернення", "public"), (f"{URL}/2", "", "")]
    batch = read(end.join(comma.join(row) for row in rows).encode(mark))
    assert batch.wrong == []
    assert [(one.url, one.note, one.sensitivity) for one in batch.wanted] == [
        (f"{URL}/1", "Звернення", Sensitivity.PUBLIC),
        (f"{URL}/2", None, Sensitivity.RESTRICTED),
    ]


def test_a_bare_list_needs_no_heading_and_parts_no_address() -> None:
    batch = read(_table("", f"{URL}?a=1;b=2,3", "", f"  {URL}/2  "))
    assert [(one.line, one.url) for one in batch.wanted] == [(2, f"{URL}?a=1;b=2,3"), (4, f"{URL}/2")]


def test_what_is_wrong_is_told_by_line_and_column() -> None:
    batch = read(_table(
        "url,note,sensitivity", "ftp://example.org/x,,", ",only a note,", f"{URL}/1,,cosmic", f'{URL}/2,"two',
        'lines",', f"{URL}/3,a,public,more", "javascript:alert(1),,wrong",
    ))  # fmt: skip
    assert [(one.line, one.column) for one in batch.wrong] == [
        (2, "url"), (3, "url"), (4, "sensitivity"), (7, None), (8, "url"), (8, "sensitivity"),
    ]  # fmt: skip
    assert [one.reason.code for one in batch.wrong] == [
        "url_scheme", "line_without_url", "no_such_choice", "cells_surplus", "url_scheme", "no_such_choice",
    ]  # fmt: skip
    assert batch.wrong[3].reason.values == {"cells": 4, "columns": 3}
    assert [(one.line, one.note) for one in batch.wanted] == [(5, "two\nlines")]


def test_lines_that_say_the_same_are_taken_once_and_others_of_one_address_all() -> None:
    batch = read(_table("url,note", f"{URL},a", f"{URL}?utm_source=x,a", f"{URL},b"))
    assert batch.repeats == {3: 2, 4: 2}
    assert [one.line for one in batch.distinct] == [2, 4]


@pytest.mark.parametrize("formula", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0"])
def test_what_looks_like_a_formula_is_text_in_a_note_and_no_address(formula: str) -> None:
    kept = read(_table("url;note", f"{URL};{formula}"))
    assert [one.note for one in kept.wanted] == [formula]
    assert [one.column for one in read(_table("url", formula)).wrong] == ["url"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\n \r\n", "empty"),
        (codecs.BOM_UTF8, "empty"),
        (b"url,note\n\xff\xfe,x", "Line 2 is not UTF-8"),
        ("url,note\nЗвернення,x".encode("cp1251"), "Line 2 is not UTF-8"),
        (b"PK\x03\x04\x00\x00", "not a table of text"),
        (b"note,sensitivity\na,b", "names the columns"),
        (b"url,notes\nhttps://example.org/,b", "Did you mean note?"),
        (b"url,url\na,b", "more than once"),
        (b'url,note\nhttps://example.org/,"open', "begins in line 2"),
        (b'url,note\nhttps://example.org/,"a"b', "begins in line 2"),
        (b"url,note\nhttps://example.org/," + b"a" * 200_000, "begins in line 2"),
    ],
)
def test_what_is_no_table_is_refused_with_what_to_do(content: bytes, says: str) -> None:
    with pytest.raises(InvalidValue, match=says):
        read(content)


def test_more_than_is_taken_at_once_is_refused() -> None:
    lines = [f"{URL}/{number}" for number in range(MOST_LINES + 1)]
    assert len(read(_table(*lines[:-1])).wanted) == MOST_LINES
    with pytest.raises(TooLarge, match="1,000 lines"):
        read(_table(*lines))
    with pytest.raises(TooLarge, match="10 MiB"):
        read(b"u" * ((10 << 20) + 1))


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_whatever_bytes_come_it_is_read_or_refused(content: bytes) -> None:
    try:
        batch = read(content)
    except (InvalidValue, TooLarge):
        pass
    else:
        lines = content.count(b"\n") + content.count(b"\r") + content.count(b"\x0b") + 50
        assert all(0 < one.line <= lines for one in [*batch.wanted, *batch.wrong])


@pytest.mark.parametrize("line", ["https://example.org/1,sealed", "https://example.org/1; Sealed ;note", '"x",public'])
def test_a_line_that_says_for_whom_it_is_without_columns_is_refused(line: str) -> None:
    with pytest.raises(InvalidValue, match="names the columns"):
        read(f"https://example.org/0\n{line}\n".encode())


@pytest.mark.parametrize("order", [("restricted", "sealed"), ("sealed", "restricted")])
def test_an_address_that_one_line_seals_is_sealed_in_every_other(order: tuple[str, str]) -> None:
    rows = "".join(f"https://example.org/1,{sensitivity}\n" for sensitivity in order)
    batch = read(f"url,sensitivity\n{rows}https://example.org/2,\n".encode())
    assert [one.sensitivity.value for one in batch.wanted] == ["sealed", "sealed", "restricted"]
    assert [one.sensitivity.value for one in batch.distinct] == ["sealed", "restricted"]
