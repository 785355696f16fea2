"""Streamed rasters for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.unit.loaders.terrain.rasters import centres, write
from tests.unit.loaders.terrain.streamed import SHAPE, Streamed, waves


@pytest.fixture
def streamed(tmp_path: Path) -> Callable[..., Streamed]:
    def make(surface: Callable[[np.ndarray, np.ndarray], np.ndarray] = waves, **profile: object) -> Streamed:
        values = surface(*centres(SHAPE)).astype(np.float32)
        return Streamed(write(tmp_path / "a.tif", values, **profile), tmp_path)

    return make
