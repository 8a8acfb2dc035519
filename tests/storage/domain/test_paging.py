"""Cursors: they lead on, they do not lie, and a damaged one is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.domain.paging import Page, cursor_after, read_page
from storage.errors import BadQuery

words = st.text(st.characters(categories=("L", "N", "P")), max_size=30)


def test_without_parameters_the_first_page_has_fifty_rows() -> None:
    assert read_page("items", limit=None, cursor=None) == Page(50)


@given(words, words)
def test_a_cursor_leads_to_the_row_it_was_made_from(query: str, row: str) -> None:
    cursor = cursor_after(query, [row])
    assert read_page(query, limit="500", cursor=cursor) == Page(500, (row,))


def test_a_cursor_of_another_question_is_refused() -> None:
    cursor = cursor_after("records?q=one", ["rec_1"])
    with pytest.raises(BadQuery, match="another question"):
        read_page("records?q=two", limit=None, cursor=cursor)


@pytest.mark.parametrize("limit", ["0", "501", "-1", "1.5", "ten", "", "٣", "1" * 5000])
def test_a_limit_out_of_range_is_refused(limit: str) -> None:
    with pytest.raises(BadQuery, match=r"^limit"):
        read_page("items", limit=limit, cursor=None)


@given(st.text(max_size=80) | st.binary(max_size=40).map(lambda raw: raw.hex()))
def test_a_damaged_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(BadQuery):
        read_page("items", limit=None, cursor=cursor)


def test_a_cursor_of_deep_or_wrong_json_is_refused() -> None:
    for wrong in ("eyJhIjoxfQ", "W1tbW1tbW1tbW10", "WzEsMl0", "W10", "A" * 10_000):
        with pytest.raises(BadQuery):
            read_page("items", limit=None, cursor=wrong)
