"""Bars and cylinders whose height is a value."""

from __future__ import annotations

import enum

import numpy as np
from numpy.typing import ArrayLike

from scenes.model.overlays.base import Floats, PlacesOverlay, each

STUB_SHARE = 0.03  # of the height of the highest: what stands where no value is


class BarShape(enum.StrEnum):
    """What a bar looks like from above."""

    BAR = "bar"
    CYLINDER = "cylinder"


class Bars(PlacesOverlay):
    """A bar at each place, ``widths_m`` wide; ``full_value`` is as high as ``full_height_m``. Bars begin at zero."""

    kind = "bars"

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self._values |= {"full_value": 1.0, "full_height_m": 100.0, "shape": BarShape.CYLINDER, "widths_m": np.zeros(0)}

    full_value = property(lambda self: self._values["full_value"], lambda self, v: self._set("full_value", float(v)))
    full_height_m = property(
        lambda self: self._values["full_height_m"], lambda self, v: self._set("full_height_m", float(v))
    )

    @property
    def shape(self) -> BarShape:
        """Square or round."""
        return BarShape(self._values["shape"])

    @shape.setter
    def shape(self, value: BarShape) -> None:
        self._set("shape", BarShape(value))

    @property
    def widths_m(self) -> Floats:
        """Of each bar, (n,)."""
        widths: Floats = self._values["widths_m"]
        return widths

    def stand(self, places_m: ArrayLike, widths_m: ArrayLike) -> None:
        """Set where the bars stand, and how wide."""
        size = len(np.atleast_1d(np.asarray(places_m, np.float64)))
        self._values["widths_m"] = np.maximum(np.nan_to_num(each(widths_m, size)), 0.0)
        self.place(places_m)
        self.changed.emit("widths_m")

    def heights_m(self) -> Floats:
        """How high each bar is, (n,): a stub where there is no value, or none above zero."""
        stub = STUB_SHARE * self.full_height_m
        if not self.full_value > 0.0:
            return np.full(len(self.readings), stub)
        known = np.where(self.readings.empty, 0.0, self.readings.value)
        heights: Floats = np.clip(known / self.full_value * self.full_height_m, stub, 4.0 * self.full_height_m)
        return heights
