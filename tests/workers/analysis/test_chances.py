"""What was learned of boundaries is there for everything that is measured of them."""

import numpy as np
import pytest

from tests.media.pictures import scene
from workers.analysis import cuts, gradual
from workers.analysis.chances import Chances, Table
from workers.analysis.history import History, Lags
from workers.analysis.similarity import HEIGHT, WIDTH
from workers.analysis.weights import CUT, GRADUAL


@pytest.mark.parametrize(("table", "names"), [(CUT, cuts.NAMES), (GRADUAL, gradual.NAMES)])
def test_every_measure_has_its_weights(table: Table, names: tuple[str, ...]) -> None:
    assert set(table.measures) == set(names)
    for _, spread, weights in table.measures.values():
        assert spread > 0
        assert len(weights) == len(table.shifts) == len(table.votes)


def test_a_chance_is_between_nothing_and_certainty_however_wild_the_measures() -> None:
    asked = Chances(CUT, cuts.NAMES)
    for value in (-1e9, 0.0, 1e9):
        assert 0 <= asked.of([value] * len(cuts.NAMES)) <= 1


def test_as_many_measures_are_taken_as_have_names() -> None:
    random = np.random.default_rng(3)
    before, after = (random.integers(0, 256, (3, HEIGHT, WIDTH), dtype=np.uint8) for _ in range(2))
    history = History(Lags.at(25.0))
    for place in range(60):
        history.append(before if place < 30 else after)
    history.measure()
    found = cuts.measured(history, 30)
    assert found is not None
    assert len(found) == len(cuts.NAMES)
    assert [position for position, chance in cuts.cuts_in(history, 1, 59) if chance > 0.5] == [30]


def test_a_cut_from_a_calm_shot_into_a_shaken_one_is_found() -> None:
    random = np.random.default_rng(5)
    room = 24
    calm, shaken = (scene(seed, (WIDTH + room, HEIGHT + room), moving=False)(0) for seed in (3, 4))
    history = History(Lags.at(25.0))
    for place in range(60):
        down, right = random.integers(0, room, 2) if place >= 30 else (0, 0)
        seen = (calm if place < 30 else shaken)[down:, right:][:HEIGHT, :WIDTH]
        history.append(np.ascontiguousarray(seen.transpose(2, 0, 1)))
    history.measure()
    around = sorted(history.step[31:60])
    assert history.step[30] < 1.8 * around[-5]
    assert 30 in [position for position, chance in cuts.cuts_in(history, 1, 59) if chance > 0.5]
