"""As much of sparse matrices as the training needs, on numpy alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Matrix", "ridge"]

_ROUNDS = 60
_NEAR = 1e-6


@dataclass(frozen=True, slots=True)
class Matrix:
    rows: np.ndarray
    columns: np.ndarray
    values: np.ndarray
    height: int
    width: int

    @classmethod
    def of(cls, heard: Sequence[Mapping[str, float]], names: Sequence[str]) -> "Matrix":
        at = {name: i for i, name in enumerate(names)}
        found = [(i, at[k], v) for i, one in enumerate(heard) for k, v in one.items() if k in at]
        rows, columns, values = (np.array(part) for part in zip(*found, strict=True))
        return cls(rows, columns, values, len(heard), len(names))

    def times(self, vector: np.ndarray) -> np.ndarray:
        return np.bincount(self.rows, self.values * vector[self.columns], self.height)

    def across(self, vector: np.ndarray) -> np.ndarray:
        return np.bincount(self.columns, self.values * vector[self.rows], self.width)


def ridge(matrix: Matrix, aim: np.ndarray, weight: np.ndarray, tolerance: float) -> np.ndarray:
    """Least squares with a penalty, by conjugate gradients: the same input gives the same weights."""
    solution = np.zeros(matrix.width)
    rest = matrix.across(weight * aim)
    direction, length = rest.copy(), float(rest @ rest)
    first = length
    for _ in range(_ROUNDS):
        if length <= _NEAR**2 * first or not length:
            break
        step = matrix.across(weight * matrix.times(direction)) + tolerance * direction
        along = length / float(direction @ step)
        solution += along * direction
        rest -= along * step
        before, length = length, float(rest @ rest)
        direction = rest + length / before * direction
    return solution
