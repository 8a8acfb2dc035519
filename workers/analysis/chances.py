"""How likely a candidate is a boundary: a small network over what was measured of it, by weights learned elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_FARTHEST = 4.0


@dataclass(frozen=True, slots=True)
class Table:
    """What was learned: for each measure by name its mean, its spread, and its weight to each hidden unit.

    `shifts` are added in the hidden units, `votes` are their weights in the sum, `bias` is added to it.
    """

    measures: Mapping[str, tuple[float, float, tuple[float, ...]]]
    shifts: tuple[float, ...]
    votes: tuple[float, ...]
    bias: float


class Chances:
    """A table made ready to be asked."""

    def __init__(self, table: Table, names: Sequence[str]) -> None:
        unlearned = 0.0, 1.0, (0.0,) * len(table.votes)  # a measure that is new says nothing yet
        rows = [table.measures.get(name, unlearned) for name in names]
        self._mean = np.array([mean for mean, _, _ in rows])
        self._spread = np.array([spread for _, spread, _ in rows])
        self._weights: NDArray[np.float64] = np.array([weights for _, _, weights in rows])
        self._shifts, self._votes, self._bias = np.array(table.shifts), np.array(table.votes), table.bias

    def of(self, measures: Sequence[float]) -> float:
        """How likely it is a boundary, 0 to 1; a measure beyond four spreads says no more than one at four."""
        values = np.clip((np.array(measures) - self._mean) / self._spread, -_FARTHEST, _FARTHEST)
        total = np.tanh(values @ self._weights + self._shifts) @ self._votes + self._bias
        return float(1 / (1 + np.exp(-total)))
