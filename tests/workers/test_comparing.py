"""A turn of comparing ends in time, says who was not reached, and passes nobody over."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from storage.domain.matches import MATCH, Compared
from storage.errors import LeaseLost
from storage.integrity.digest import Digest
from tests.capturing import LIMITS
from tests.workers.copies.test_prints import made
from workers.comparing import Comparison, compare
from workers.copies.known import Known, Relatives
from workers.copies.prints import Prints
from workers.sandbox import Sandbox
from workers.step import Context, Made
from workers.steps.match import Matching

OWN = made(list(range(0, 4000, 500)), seed=1, original="a" * 64)


def other(number: int, prints: Callable[[], Prints | None] | None = None) -> Known:
    """A copy of `OWN` in another item."""
    return Known(f"itm_{number}", f"{number:064x}", f"mark {number}", prints or copy)


def copy() -> Prints:
    return replace(OWN, header=OWN.header.model_copy(update={"original": "b" * 64}))


def slow(lasts_s: float) -> Callable[[], Prints]:
    def read() -> Prints:
        time.sleep(lasts_s)
        return copy()

    return read


def context(folder: Path, known: Sequence[Known], before: Compared | None = None, wall_s: float = 60.0) -> Context:
    path = folder / "prints"
    path.write_bytes(OWN.encode())
    return Context(
        inputs=[Made("fingerprints", Digest.of(OWN.encode()), "application/octet-stream", {})],
        scratch=folder,
        sandbox=Sandbox(replace(LIMITS, wall_s=wall_s)),
        open_local=lambda _: path,
        report=lambda _: None,
        relatives=lambda _: Relatives(known, before or Compared()),
    )


def turn(folder: Path, known: Sequence[Known], lasts_s: float, before: Compared | None = None) -> Comparison:
    return compare(context(folder, known, before), MATCH, OWN, lasts_s)


def named(comparison: Comparison) -> list[str]:
    return [product.payload["other_item"] for product in comparison.found]


def test_when_the_time_is_over_what_was_found_is_kept_and_the_rest_is_named_in_order(tmp_path: Path) -> None:
    ended = turn(tmp_path, [other(1), other(2, slow(1.5)), other(3), other(4)], 1.0)
    assert named(ended) == ["itm_1"]
    assert [one.item for one in ended.left] == ["itm_2", "itm_3", "itm_4"]
    assert ended.compared == Compared(compared=1, left=3)


def test_one_that_has_a_whole_turn_and_does_not_end_is_given_up_and_said(tmp_path: Path) -> None:
    before = Compared(compared=1, left=3)
    ended = turn(tmp_path, [other(2, slow(0.6)), other(3), other(4)], 0.4, before)
    assert ended.compared == Compared(compared=1, given_up=1, left=2)
    assert [one.item for one in ended.left] == ["itm_3", "itm_4"]


def test_what_cannot_be_read_is_counted_and_stops_nobody(tmp_path: Path) -> None:
    ended = turn(tmp_path, [other(1, lambda: None), other(2)], 60.0)
    assert named(ended) == ["itm_2"]
    assert ended.compared == Compared(compared=1, unreadable=1)


def test_a_comparison_is_ended_in_the_middle_when_the_work_is_no_longer_ours(tmp_path: Path) -> None:
    told = []

    def lost(_: object) -> None:
        told.append(1)
        if len(told) == 3:
            raise LeaseLost("cancelled")

    long = replace(context(tmp_path, [other(1)]), report=lost)
    with pytest.raises(LeaseLost):
        compare(long, MATCH, OWN, 60.0)


def test_the_step_ends_at_the_wall_clock_of_an_analysis_and_lists_the_marks_of_those_left(tmp_path: Path) -> None:
    known = [other(1), other(2, slow(1.5)), other(3)]
    found, told = Matching().run(context(tmp_path, known, wall_s=1.0))
    assert (found.kind, found.payload["other_item"]) == ("match", "itm_1")
    assert told.kind == "comparison"
    assert (told.payload["compared"], told.payload["left"]) == (1, 2)
    assert told.path is not None
    assert json.loads(told.path.read_text()) == {"left": ["mark 2", "mark 3"]}
    [_, _, _, told] = Matching().run(context(tmp_path, [other(1), other(2), other(3)]))
    assert (told.path, told.payload["left"]) == (None, 0)
