"""Moves by hand: what the table lets through, and that side states lead back to where an item was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.domain import workflow
from storage.domain.vocab import Workflow
from storage.domain.workflow import SIDE_STATES

ROAD = sorted(set(Workflow) - SIDE_STATES - {Workflow.WITHDRAWN})


@pytest.mark.parametrize(
    ("current", "came_from", "wanted", "allowed"),
    [
        ("intake", None, "triaged", True),
        ("triaged", None, "intake", True),
        ("intake", None, "intake", False),
        ("intake", None, "published", False),
        ("intake", None, "concluded", False),
        ("triaged", None, "claims_set", False),
        ("published", None, "needs_help", True),
        ("published", None, "intake", False),
        ("needs_help", "triaged", "triaged", True),
        ("needs_help", "triaged", "intake", False),
        ("needs_help", "triaged", "on_hold", True),
        ("needs_help", "triaged", "needs_help", False),
        ("duplicate", "published", "published", True),
        ("out_of_scope", None, "intake", False),
        ("withdrawn", None, "needs_help", False),
        ("intake", None, "withdrawn", False),
    ],
)
def test_the_table_lets_through_exactly_what_it_names(
    current: str, came_from: str | None, wanted: str, allowed: bool
) -> None:
    before = Workflow(came_from) if came_from else None
    assert workflow.is_allowed(Workflow(current), before, Workflow(wanted)) is allowed


@given(st.sampled_from(ROAD), st.lists(st.sampled_from(sorted(SIDE_STATES)), min_size=1, max_size=6))
def test_however_long_an_item_is_aside_it_comes_back_to_where_it_was(start: Workflow, aside: list[Workflow]) -> None:
    current: Workflow = start
    came_from: Workflow | None = None
    for wanted in aside:
        if wanted is current:
            assert not workflow.is_allowed(current, came_from, wanted)
            continue
        assert workflow.is_allowed(current, came_from, wanted)
        came_from = workflow.back_from(current, came_from, wanted)
        current = wanted
    assert came_from is start
    assert workflow.moves(current, came_from) - SIDE_STATES == {start}
    assert workflow.back_from(current, came_from, start) is None


@given(st.sampled_from(sorted(Workflow)), st.sampled_from([None, *ROAD]), st.sampled_from(sorted(Workflow)))
def test_no_move_leads_nowhere_or_into_what_only_other_deeds_reach(
    current: Workflow, came_from: Workflow | None, wanted: Workflow
) -> None:
    if workflow.is_allowed(current, came_from, wanted):
        assert wanted is not current
        assert wanted is not Workflow.WITHDRAWN
        assert wanted in {*SIDE_STATES, Workflow.INTAKE, Workflow.TRIAGED} or wanted is came_from
    assert workflow.needs_reason(wanted) is (wanted in SIDE_STATES)
