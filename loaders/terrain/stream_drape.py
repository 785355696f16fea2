"""A picture on streamed terrain: each tile gets its piece at its own detail, read from the picture's file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from loaders.model.errors import CityTwinError
from loaders.terrain.drape import DRIVERS, Drape, Spot, Way, area_under
from loaders.terrain.grid_mesh import TILE_CELLS, Dress
from loaders.terrain.handles import Handles
from loaders.terrain.opening import gdal_errors, reading
from loaders.terrain.picture import read_picture

# Pixels a cell of a tile: more of them only where no finer tile comes.
PX_PER_CELL, FINEST_PX_PER_CELL = 4.0, 8.0
PART = "option:drape"


def drape_notes(drape: Drape) -> dict[str, Any]:
    """What `StreamedDrape` needs, as JSON values."""
    way = drape.way
    stretch = None if drape.picture.stretch is None else list(drape.picture.stretch)
    return {"driver": drape.driver, "crs": way.crs, "world_crs": way.world_crs, "unit": way.unit_m, "stretch": stretch}


class StreamedDrape:
    """Reads pieces of a picture; any thread."""

    def __init__(self, notes: Mapping[str, Any], file: Callable[[str], Path]) -> None:
        """Raises ValueError, KeyError or TypeError for notes that make no sense."""
        driver = str(notes["driver"])
        if driver not in DRIVERS:
            raise ValueError(driver)
        self._way = Way(notes["world_crs"], notes["crs"], float(notes["unit"]))
        self._to_source = self._way.map()
        low_high = notes["stretch"]
        self._stretch = None if low_high is None else (float(low_high[0]), float(low_high[1]))
        self._handles = Handles(lambda: file(PART), driver)

    def dress(self, spot: Spot, *, is_finest: bool) -> Dress | None:
        """A tile's piece; None where the picture does not reach it. Raises `CityTwinError`."""
        path, dataset = self._handles.get()
        area = area_under(dataset, self._to_source(spot.x, spot.y))
        if area is None:
            return None
        per_cell = FINEST_PX_PER_CELL if is_finest else PX_PER_CELL
        try:
            with reading():
                # A turned tile lies in a larger upright area.
                work = read_picture(dataset, area, int(1.5 * per_cell * TILE_CELLS), path, [], stretch=self._stretch)
                picture = _result(work)
        except gdal_errors() as error:
            raise CityTwinError("imagery.unreadable", str(path)) from error
        return Drape(picture, self._way, per_cell).dress(spot)


def _result(work: Any) -> Any:
    while True:
        try:
            next(work)
        except StopIteration as done:
            return done.value
