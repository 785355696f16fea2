"""Labels and cards of values at places."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scenes.model.overlays.base import Floats, PlacesOverlay, each

SPARKLINE_LENGTH = 48


class Labels(PlacesOverlay):
    """n labels, each a title, a value and how far it may be trusted; where there is room, as a card.

    ``priorities`` (n,): the higher, the sooner it gets a place. ``decimals`` (n,) of the values, negative for three
    significant digits. ``sparklines`` (n, k), NaN where nothing is known.
    """

    kind = "labels"

    @property
    def titles(self) -> tuple[str, ...]:
        """What is measured, one for each."""
        return tuple(self._values.get("titles", ()))

    @property
    def units(self) -> tuple[str, ...]:
        """Shown after the values."""
        return tuple(self._values.get("units", ()))

    @property
    def priorities(self) -> Floats:
        """The higher, the sooner it gets a place."""
        return np.asarray(self._values.get("priorities", np.zeros(0)))

    @property
    def decimals(self) -> NDArray[np.int64]:
        """Of the values as they are written."""
        return np.asarray(self._values.get("decimals", np.zeros(0)), np.int64)

    @property
    def sparklines(self) -> Floats | None:
        """(n, k) values of some time back to now, or None."""
        return self._values.get("sparklines")

    @sparklines.setter
    def sparklines(self, value: ArrayLike | None) -> None:
        if value is None:
            self._set("sparklines", None)
            return
        lines = np.array(value, np.float64)
        if lines.ndim != 2 or len(lines) != self._size():
            raise ValueError(f"sparklines of shape {lines.shape} for {self._size()} labels")
        self._set("sparklines", lines[:, -SPARKLINE_LENGTH:])

    def describe(
        self,
        places_m: ArrayLike,
        titles: Sequence[str],
        *,
        units: Sequence[str] | str = "",
        priorities: ArrayLike = 0.0,
        decimals: ArrayLike = -1,
    ) -> None:
        """Say what the labels are about and where they stand; raises ValueError where the numbers do not fit."""
        size = len(np.atleast_1d(np.asarray(places_m, np.float64)))
        given = (units,) * size if isinstance(units, str) else tuple(units)
        if len(titles) != size or len(given) != size:
            raise ValueError(f"{len(titles)} titles and {len(given)} units for {size} labels")
        lines = self._values.get("sparklines")
        if lines is not None and len(lines) != size:
            self._values["sparklines"] = None
        self._values |= {
            "titles": tuple(titles),
            "units": given,
            "priorities": np.nan_to_num(each(priorities, size)),
            "decimals": each(decimals, size).astype(np.int64),
        }
        self.place(places_m)
        self.changed.emit("titles")
