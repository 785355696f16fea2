"""Open rasters for many threads: GDAL bears one thread a dataset, so that each gets its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from loaders.model.errors import CityTwinError
from loaders.terrain.opening import gdal_errors, open_to_keep


class Handles:
    """The datasets of one file; ``locate`` tells where it lies now, and raises `CityTwinError` where it is gone.

    They close with the threads that they belong to, or with this.
    """

    def __init__(self, locate: Callable[[], Path], driver: str) -> None:
        self._locate = locate
        self._driver = driver
        self._own = threading.local()

    def get(self) -> tuple[Path, Any]:
        """The file and this thread's dataset; raises `CityTwinError` ``tiles.source_…``."""
        path = self._locate()
        if getattr(self._own, "path", None) != path:
            self._own.path = self._own.dataset = None
            try:
                self._own.dataset = open_to_keep(path, self._driver)
            except gdal_errors() as error:
                reason = str(error).replace(str(path), path.name)[:160]
                raise CityTwinError("tiles.source_unreadable", str(path), name=path.name, reason=reason) from error
            self._own.path = path
        return path, self._own.dataset
