"""Objects in the colours of their values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scenes.model.overlays.base import ValuesOverlay


class ObjectValues(ValuesOverlay):
    """Values of n objects of any layers; those of an object take the place of its own colours."""

    kind = "object_values"

    def _size(self) -> int:
        return len(self.rows)

    @property
    def layer_ids(self) -> tuple[str, ...]:
        """The layers that ``layer_of`` counts."""
        found: tuple[str, ...] = self._values.get("layer_ids", ())
        return found

    @property
    def layer_of(self) -> NDArray[np.int64]:
        """For each object the number of its layer in ``layer_ids``, (n,)."""
        return self._column("layer_of")

    @property
    def rows(self) -> NDArray[np.int64]:
        """For each object its row in its layer, (n,)."""
        return self._column("rows")

    def _column(self, name: str) -> NDArray[np.int64]:
        column: NDArray[np.int64] = self._values.get(name, np.zeros(0, np.int64))
        return column

    def bind(self, layer_ids: Sequence[str], layer_of: ArrayLike, rows: ArrayLike) -> None:
        """Say which objects the values belong to; nothing is known of them until ``readings`` are set."""
        layers, numbers = np.array(layer_of, np.int64).reshape(-1), np.array(rows, np.int64).reshape(-1)
        if len(layers) != len(numbers) or (numbers < 0).any():
            raise ValueError(f"{len(layers)} layers for {len(numbers)} rows, which may not be negative")
        if len(layers) and not 0 <= layers.min() <= layers.max() < len(layer_ids):
            raise ValueError(f"a layer that is none of the {len(layer_ids)}")
        self._forget_readings(len(numbers))
        self._values |= {"layer_ids": tuple(layer_ids), "layer_of": layers, "rows": numbers}
        self.changed.emit("rows")
