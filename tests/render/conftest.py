"""Canvases off screen, closed after each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

pytest.importorskip("vtkmodules")

from loaders.model.formats import LayerKind
from loaders.model.meshes import MeshChunk
from scenes.model.layers import Layer
from scenes.model.scene import Scene
from scenes.visuals.canvas import SceneCanvas
from scenes.visuals.images import pixels
from tests.render.models import SIZE_PX, Store


class Studio:
    """A scene, its canvas, and a store of tiles. ``shot()`` draws and gives (height, width, 3) uint8."""

    def __init__(self, size_px: tuple[int, int] = SIZE_PX, **options) -> None:
        self.scene = Scene()
        self.store = Store()
        # Bare by default: what lies over the city is switched on by the tests about it.
        self.scene.view.set_display(edges=False, view_cube=False, north_arrow=False, scale_bar=False)
        self.canvas = SceneCanvas.off_screen(self.scene, size_px, open_tiles=self.store.open, **options)

    def add(self, *chunks: MeshChunk, kind: LayerKind = LayerKind.BUILDING, level: int = 0) -> Layer:
        return self.store.add(self.scene, kind, *chunks, level=level)

    def shot(self) -> np.ndarray:
        self.canvas.pump_all()
        self.canvas.render()
        return pixels(self.canvas.window).astype(int)


@pytest.fixture
def studio() -> Iterator[Callable[..., Studio]]:
    made: list[Studio] = []

    def make(*args, **options) -> Studio:
        made.append(Studio(*args, **options))
        return made[-1]

    yield make
    for each in made:
        each.canvas.close()
