"""The values that an overlay shows, with what is known of each."""

from __future__ import annotations

import enum
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Condition(enum.IntEnum):
    """How far a value may be shown as it is; all but `GOOD` are hatched wherever they are drawn."""

    GOOD = 0
    UNCERTAIN = 1
    STALE = 2
    BAD = 3
    MISSING = 4


FADED = (Condition.UNCERTAIN, Condition.STALE)  # drawn near their class, desaturated
EMPTY = (Condition.BAD, Condition.MISSING)  # drawn as if there were no value


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """n values (n,) float64, each with its `Condition`, age in seconds (infinite: unknown) and whether it is simulated.

    What is no finite number is missing, whatever was said of it.
    """

    value: NDArray[np.float64]
    condition: NDArray[np.uint8]
    age_s: NDArray[np.float64]
    simulated: NDArray[np.bool_]

    @staticmethod
    def of(
        value: ArrayLike, condition: ArrayLike = Condition.GOOD, age_s: ArrayLike = np.inf, simulated: ArrayLike = False
    ) -> Readings:
        """From arrays (n,), or one for all; raises ValueError where the shapes do not fit."""
        values = np.array(value, np.float64).reshape(-1)
        size = values.shape
        told = np.array(np.broadcast_to(np.asarray(condition, np.uint8), size))
        told = np.minimum(told, np.uint8(Condition.MISSING))
        told[~np.isfinite(values) & (told != Condition.BAD)] = Condition.MISSING
        age = np.array(np.broadcast_to(np.asarray(age_s, np.float64), size))
        age = np.where(np.isnan(age), np.inf, np.maximum(age, 0.0))
        return Readings(values, told, age, np.array(np.broadcast_to(np.asarray(simulated, np.bool_), size)))

    @staticmethod
    def missing(size: int) -> Readings:
        """Nothing is known of ``size`` values yet."""
        return Readings.of(np.full(size, np.nan), Condition.MISSING)

    def __len__(self) -> int:
        return len(self.value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Readings):
            return NotImplemented
        if len(self) != len(other) or not np.array_equal(self.value, other.value, equal_nan=True):
            return False
        return all(
            np.array_equal(getattr(self, key), getattr(other, key)) for key in ("condition", "age_s", "simulated")
        )

    __hash__ = None  # type: ignore[assignment]

    @property
    def good(self) -> NDArray[np.bool_]:
        """Where a value may be shown as it is, (n,)."""
        good: NDArray[np.bool_] = self.condition == Condition.GOOD
        return good

    @property
    def empty(self) -> NDArray[np.bool_]:
        """Where there is no value to show, (n,)."""
        empty: NDArray[np.bool_] = self.condition >= Condition.BAD
        return empty

    @property
    def faded(self) -> NDArray[np.bool_]:
        """Where there is a value that is not to be trusted wholly, (n,)."""
        return ~self.good & ~self.empty
