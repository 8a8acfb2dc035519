"""A picture differs little from itself moved, and much from another."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.media.pictures import scene
from workers.analysis.similarity import HEIGHT, WIDTH, Small, differences, pair_differences, relit, tints_of


def small(seed: int, down: int = 0, right: int = 0) -> Small:
    picture = scene(seed, (WIDTH + 16, HEIGHT + 16), moving=False)(0)[8 + down :, 8 + right :][:HEIGHT, :WIDTH]
    return np.ascontiguousarray(picture.transpose(2, 0, 1))[None]


def by_hand(first: Small, second: Small, reach: int) -> float:
    """The definition, written as loops: luma at half the size, each block of it where it fits best."""
    total = 0.0
    steps = reach // 2
    before, after = (one[0].reshape(HEIGHT // 2, 2, WIDTH // 2, 2).mean((1, 3)) for one in (first, second))
    padded = np.pad(after, steps, "edge")
    for top in range(0, HEIGHT // 2, 4):
        for left in range(0, WIDTH // 2, 4):
            block = before[top : top + 4, left : left + 4]
            best = min(
                np.abs(block - padded[top + y : top + y + 4, left + x : left + x + 4]).mean()
                for y in range(2 * steps + 1)
                for x in range(2 * steps + 1)
            )
            rows, columns = slice(2 * top, 2 * top + 8), slice(2 * left, 2 * left + 8)
            colour = sum(abs(first[p, rows, columns].mean() - second[p, rows, columns].mean()) for p in (1, 2))
            total += min(best + colour, 60)
    return float(total / 32)


@given(seeds=st.tuples(st.integers(0, 50), st.integers(0, 50)), steps=st.integers(0, 4))
@settings(max_examples=15, deadline=None)
def test_the_fast_difference_is_the_one_defined(seeds: tuple[int, int], steps: int) -> None:
    first, second = small(seeds[0]), small(seeds[1])
    by_definition = by_hand(first[0], second[0], 2 * steps)
    assert float(differences(first, second, 2 * steps)[0]) == pytest.approx(by_definition, abs=1.0)


@pytest.mark.parametrize("reach", [0, 2, 4, 8])
def test_many_pictures_differ_as_each_pair_does_alone(reach: int) -> None:
    first, second = (np.concatenate([small(seed) for seed in range(start, start + 40)]) for start in (0, 1))
    each = [float(differences(one[None], other[None], reach)[0]) for one, other in zip(first, second, strict=True)]
    assert differences(first, second, reach).tolist() == each
    tints = tints_of(first), tints_of(second)
    assert differences(first, second, reach, tints).tolist() == each


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
