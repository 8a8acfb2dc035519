"""The order of steps follows from what they need and make, and is checked before any work."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.integrity.digest import Digest
from workers.step import Context, Made, Product, Unordered, key_of, order, ready
from workers.steps import STEPS
from workers.steps.capture import CAPTURE


@dataclass(frozen=True)
class Paper:
    """A step on paper: it has needs and makes, and is never run."""

    name: str
    needs: frozenset[str]
    makes: frozenset[str]
    version: str = "1"
    queue: str = "media"

    def run(self, context: Context) -> Sequence[Product]:
        raise AssertionError


def paper(name: str, needs: str = "", makes: str = "") -> Paper:
    return Paper(name, frozenset(needs.split()), frozenset(makes.split()))


@given(st.permutations([paper("a", "", "x"), paper("b", "x", "y"), paper("c", "x y", "z"), paper("d", "z", "w")]))
def test_every_step_comes_after_those_that_make_what_it_needs(steps: list[Paper]) -> None:
    assert [step.name for step in order(steps)] == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([paper("a", "x")], "which no step makes"),
        ([paper("a", "", "x"), paper("b", "", "x")], "made by both"),
        ([paper("a", "y", "x"), paper("b", "x", "y")], "wait for each other"),
        ([paper("a", "", "x"), paper("a", "x", "y")], "share a name"),
    ],
)
def test_steps_without_an_order_are_refused_with_the_reason(steps: list[Paper], said: str) -> None:
    with pytest.raises(Unordered, match=said):
        order(steps)


def test_the_steps_we_have_are_in_order() -> None:
    assert next(iter(order((CAPTURE, *STEPS)))) is CAPTURE


def test_a_step_is_ready_when_all_it_needs_is_made() -> None:
    steps = [paper("b", "x", "y"), paper("c", "x y", "z")]
    assert [step.name for step in ready(steps, {"x"})] == ["b"]
    assert [step.name for step in ready(steps, {"x", "y"})] == ["b", "c"]
    assert ready(steps, set()) == []


made = st.builds(
    lambda kind, content: Made(kind, Digest.of(content), "video/mp4", {}), st.sampled_from("xy"), st.binary(max_size=4)
)


@given(st.lists(made, max_size=4), st.randoms())
def test_work_is_named_by_its_inputs_whatever_their_order(inputs: list[Made], chance: object) -> None:
    shuffled = list(inputs)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    step = paper("b", "x", "y")
    assert key_of(step, inputs) == key_of(step, shuffled)


def test_another_version_parameter_or_input_is_other_work() -> None:
    step, newer = paper("b", "x", "y"), Paper("b", frozenset("x"), frozenset("y"), version="2")
    one, other = Made("x", Digest.of(b"1"), "", {}), Made("x", Digest.of(b"2"), "", {})
    keys = {
        key_of(step, [one]).key,
        key_of(newer, [one]).key,
        key_of(step, [other]).key,
        key_of(step, [one], {"rate": 2}).key,
        key_of(step, [one, other]).key,
    }
    assert len(keys) == 5
