"""Flows along lines: pipes, roads, cables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scenes.model.overlays.base import Floats, ValuesOverlay, each, points_of


class Flows(ValuesOverlay):
    """n lines with a value each. Dashes run along them at ``speeds`` (n,), m/s, backwards where negative.

    ``widths_px`` (n,) on the screen; ``through`` 0..1 is how much shows through what stands before a line.
    """

    kind = "flows"

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self._values |= {"through": 0.0, "points_m": np.zeros((0, 3)), "starts": np.zeros(0, np.int64)}
        self._values |= {"speeds": np.zeros(0), "widths_px": np.zeros(0)}

    through = property(
        lambda self: self._values["through"], lambda self, v: self._set("through", min(max(float(v), 0.0), 1.0))
    )

    def _size(self) -> int:
        return len(self.starts)

    @property
    def points_m(self) -> Floats:
        """The corners of all lines, one line after the other, (m, 3) world metres."""
        points: Floats = self._values["points_m"]
        return points

    @property
    def starts(self) -> NDArray[np.int64]:
        """Where each line begins in `points_m`, (n,)."""
        starts: NDArray[np.int64] = self._values["starts"]
        return starts

    @property
    def speeds(self) -> Floats:
        """Metres a second, (n,); zero and what is no number stand still."""
        speeds: Floats = self._values["speeds"]
        return speeds

    @speeds.setter
    def speeds(self, value: ArrayLike) -> None:
        self._set("speeds", np.nan_to_num(each(value, self._size()), posinf=0.0, neginf=0.0))

    @property
    def widths_px(self) -> Floats:
        """On the screen, (n,)."""
        widths: Floats = self._values["widths_px"]
        return widths

    @widths_px.setter
    def widths_px(self, value: ArrayLike) -> None:
        self._set("widths_px", np.clip(np.nan_to_num(each(value, self._size()), nan=3.0), 1.0, 24.0))

    def draw(self, lines_m: Sequence[ArrayLike]) -> None:
        """Set the lines, each (k, 3) world metres; they stand still, with nothing known, until told otherwise."""
        lines = [points_of(line) for line in lines_m]
        sizes = np.array([len(line) for line in lines], np.int64)
        self._values |= {
            "points_m": np.concatenate(lines) if lines else np.zeros((0, 3)),
            "starts": np.cumsum(sizes) - sizes,
            "speeds": np.zeros(len(lines)),
            "widths_px": np.full(len(lines), 3.0),
        }
        self._forget_readings(len(lines))
        self.changed.emit("points_m")

    def lengths(self) -> NDArray[np.int64]:
        """How many corners each line has, (n,)."""
        return np.diff(np.append(self.starts, len(self.points_m)))
