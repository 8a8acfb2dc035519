"""A picture differs little from itself moved, and much from another."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.media.pictures import scene
from workers.analysis.similarity import HEIGHT, WIDTH, Small, differences, pair_differences, relit


def small(seed: int, down: int = 0, right: int = 0) -> Small:
    picture = scene(seed, (WIDTH + 16, HEIGHT + 16), moving=False)(0)[8 + down :, 8 + right :][:HEIGHT, :WIDTH]
    return np.ascontiguousarray(picture.transpose(2, 0, 1))[None]


def by_hand(first: Small, second: Small, reach: int) -> float:
    """The definition, written as loops."""
    total = 0.0
    padded = np.pad(second[0].astype(int), reach, "edge")
    for top in range(0, HEIGHT, 8):
        for left in range(0, WIDTH, 8):
            block = first[0, top : top + 8, left : left + 8].astype(int)
            best = min(
                np.abs(block - padded[top + y : top + y + 8, left + x : left + x + 8]).mean()
                for y in range(2 * reach + 1)
                for x in range(2 * reach + 1)
            )
            colour = sum(
                abs(first[p, top : top + 8, left : left + 8].mean() - second[p, top : top + 8, left : left + 8].mean())
                for p in (1, 2)
            )
            total += min(best + colour, 60)
    return float(total / 32)


@given(seeds=st.tuples(st.integers(0, 50), st.integers(0, 50)), reach=st.integers(0, 8))
@settings(max_examples=15, deadline=None)
def test_the_fast_difference_is_the_one_defined(seeds: tuple[int, int], reach: int) -> None:
    first, second = small(seeds[0]), small(seeds[1])
    assert float(differences(first, second, reach)[0]) == pytest.approx(by_hand(first[0], second[0], reach), abs=1.0)


@given(seed=st.integers(0, 500), down=st.integers(-3, 3), right=st.integers(-3, 3))
@settings(max_examples=30, deadline=None)
def test_a_moved_picture_is_nearer_than_another_one(seed: int, down: int, right: int) -> None:
    still = small(seed)
    moved, other = differences(
        np.concatenate([still, still]), np.concatenate([small(seed, down, right), small(seed + 1)]), 4
    )
    assert moved < other


@given(seed=st.integers(0, 500), gain=st.floats(0.5, 0.95))
@settings(max_examples=30, deadline=None)
def test_less_light_is_known_as_such(seed: int, gain: float) -> None:
    before = small(seed)[0]
    darker = before.copy()
    darker[0] = before[0] * gain
    darker[1:] = (before[1:].astype(float) - 128) * gain + 128
    assume(darker[0].std() >= 6)  # a flat picture has nothing to be compared by
    difference = float(differences(before[None], darker[None], 0)[0])
    assert float(differences(before[None], relit(darker, before)[None], 8)[0]) < max(0.45 * difference, 4)
    other = small(seed + 1)[0]
    apart, lit = pair_differences([(before, other), (before, relit(other, before))], 8)
    assert lit > 0.45 * apart
