"""A heat map laid over the ground as it is drawn: whatever its level of detail, map and ground are one.

The places on the picture come from its depths, and with them the place on the map; what stands much higher than the
ground there is left as it is.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLTexture

from scenes.analysis.heat_grid import HeatGrid, heat_grid
from scenes.model.overlays.heat import HeatMap
from scenes.model.overlays.palettes import MISSING_RGB
from scenes.model.overlays.scale import ColourScale
from scenes.visuals import vtk_arrays
from scenes.visuals.overlays.live.heat_shader import DECLARE, FILL
from scenes.visuals.overlays.live.picture import Floats, LiveContext, LiveVisual, Picture
from scenes.visuals.screen_pass import DepthCopy, full_screen_quad, shade_screen, tell_camera

GROUND_CELLS = 48
PATIENCE_S = 1.0  # between two looks at the ground while its tiles come
ABOVE_GROUND_M = 5.0  # what stands higher is no ground


class HeatVisual(LiveVisual):
    """A full-screen quad over the city; rays pass through."""

    overlay: HeatMap

    def __init__(self, overlay: HeatMap, context: LiveContext) -> None:
        super().__init__(overlay, context)
        self._grid: HeatGrid | None = None
        self._ground: Floats = np.zeros((0, 0))
        self._ground_of: Any = None
        self._ground_at_s = 0.0
        self._window = context.stage.window
        self._depth = DepthCopy(self._window)
        self._map = vtkOpenGLTexture()
        self._map.InterpolateOff()
        self._map.SetRepeat(False)
        self._actor = full_screen_quad()
        self._actor.SetTexture(self._depth.texture)
        self._actor.GetProperty().SetTexture("heatMap", self._map)
        self._actor.GetShaderProperty().AddFragmentShaderReplacement("//VTK::TCoord::Impl", True, "", False)
        self._uniforms = shade_screen(self._actor, DECLARE, FILL)
        self._uniforms.SetUniform3f("missingColour", [part / 255.0 for part in MISSING_RGB])
        self._actor.VisibilityOff()
        context.stage.notes.AddActor(self._actor)
        self._tag = context.stage.notes.AddObserver("StartEvent", self._copy_depth)

    def refresh(self) -> None:
        """See `LiveVisual.refresh`."""
        overlay, readings = self.overlay, self.overlay.readings
        # Stale and uncertain values say nothing about what lies around them now.
        values = np.where(readings.good, readings.value, np.nan)
        self._grid = heat_grid(overlay.places_m, values, overlay.radius_m) if overlay.visible else None
        self._ground_of = None

    def _take_ground(self, grid: HeatGrid) -> bool:
        """Look at the heights of the ground again where other tiles are on show; tells whether they are new."""
        boxes = self.context.probe.picker.boxes_m
        now = time.monotonic()
        first = self._ground_of is None
        if boxes is self._ground_of or (not first and now - self._ground_at_s < PATIENCE_S):
            return False
        self._ground_of, self._ground_at_s = boxes, now
        x0, y0, x1, y1 = grid.bounds_m
        x, y = np.meshgrid(np.linspace(x0, x1, GROUND_CELLS), np.linspace(y0, y1, GROUND_CELLS))
        places = np.column_stack([x.ravel(), y.ravel()])
        heights = self.context.probe.picker.ground_heights_m(places)
        lacking = ~np.isfinite(heights)
        if lacking.any():
            heights[lacking] = _nearest_height(places[lacking], places, heights, self.overlay.places_m)
        self._ground = heights.reshape(GROUND_CELLS, GROUND_CELLS)
        return True

    def prepare(self, picture: Picture) -> None:
        """See `LiveVisual.prepare`."""
        grid = self._grid
        shown = grid is not None and bool((grid.nearness > 0.0).any() or (grid.nearness_empty > 0.0).any())
        self._actor.SetVisibility(shown)
        if grid is None or not shown:
            return
        if self._take_ground(grid):
            self._upload(grid)
        self._tell(grid, picture)

    def _upload(self, grid: HeatGrid) -> None:
        colours = heat_cells(grid, self.overlay.scale)
        low, high = float(self._ground.min()), float(self._ground.max())
        span = max(high - low, 1.0)
        ground = packed_heights(resized(self._ground, colours.shape[:2]), low, span)
        palette = np.zeros((1, colours.shape[1], 4), np.uint8)
        classes = self.overlay.scale.colours()[: colours.shape[1]]
        palette[0, : len(classes), :3], palette[0, : len(classes), 3] = classes, 255
        rows = np.concatenate([colours, ground, palette])
        self._uniforms.SetUniformf("numClasses", float(len(classes)))
        image = vtkImageData()
        image.SetDimensions(rows.shape[1], rows.shape[0], 1)
        image.GetPointData().SetScalars(vtk_arrays.named(rows.reshape(-1, 4), "map"))
        self._map.SetInputData(image)
        self._map.Modified()
        self._uniforms.SetUniform2f("groundSpan", [low, span])

    def _tell(self, grid: HeatGrid, picture: Picture) -> None:
        """Where the map lies, seen from the eye."""
        rows, columns = grid.values.shape
        x0, y0, x1, _ = grid.bounds_m
        render_from_view = np.linalg.inv(picture.view_from_render)
        # Metres from the map's south-west corner; heights stay those of the world.
        corner = self.context.frame.to_render((x0, y0, 0.0))
        local_from_view = render_from_view[:3] - np.column_stack([np.zeros((3, 3)), corner])
        for name, row in zip(("rowX", "rowY", "rowZ"), local_from_view, strict=True):
            self._uniforms.SetUniform4f(name, row.tolist())
        tell_camera(self._uniforms, self.context.stage.city.GetActiveCamera(), picture.size_px[1])
        self._uniforms.SetUniformf("cellSize", (x1 - x0) / columns)
        self._uniforms.SetUniform2f("mapSize", [float(columns), float(rows)])
        self._uniforms.SetUniformf("mapOpacity", self.overlay.opacity)
        self._uniforms.SetUniformf("aboveGround", ABOVE_GROUND_M)

    def _copy_depth(self, _caller: Any, _event: str) -> None:
        if self._actor.GetVisibility():
            self._depth.copy()

    def close(self) -> None:
        """See `LiveVisual.close`."""
        self.context.stage.notes.RemoveObserver(self._tag)
        self.context.stage.notes.RemoveActor(self._actor)
        self._depth.release()
        self._map.ReleaseGraphicsResources(self._window)


def heat_cells(grid: HeatGrid, scale: ColourScale) -> NDArray[np.uint8]:
    """The map for the shader, (rows, columns, 4): where a value lies among the classes, as two bytes, eighths of all.

    Alpha is 128 and up for values, the nearer the higher, 1 to 100 for what is hatched, 0 for nothing.
    """
    cells = packed_heights(scale.places(grid.values), 0.0, 8.0)
    has_value = grid.nearness > 0.0
    hatched = ~has_value & (grid.nearness_empty > 0.0)
    alpha = np.where(has_value, 128.0 + 127.0 * grid.nearness, np.where(hatched, 1.0 + 99.0 * grid.nearness_empty, 0.0))
    cells[..., 3] = np.round(alpha)
    return cells


def packed_heights(heights: Floats, low: float, span: float) -> NDArray[np.uint8]:
    """Heights (rows, columns) as two bytes of a colour (rows, columns, 4)."""
    steps = np.round(np.clip((heights - low) / span, 0.0, 1.0) * 65535.0).astype(np.uint32)
    result = np.zeros((*heights.shape, 4), np.uint8)
    result[..., 0], result[..., 1], result[..., 3] = steps >> 8, steps & 255, 255
    return result


def resized(values: Floats, shape: tuple[int, ...]) -> Floats:
    """A grid (r, c) at the middles of the cells of another over the same area."""
    rows = (np.arange(shape[0]) + 0.5) / shape[0] * (values.shape[0] - 1)
    columns = (np.arange(shape[1]) + 0.5) / shape[1] * (values.shape[1] - 1)
    along = np.stack([np.interp(columns, np.arange(values.shape[1]), row) for row in values])
    upward = [np.interp(rows, np.arange(values.shape[0]), column) for column in along.T]
    return np.stack(upward, axis=1)


def _nearest_height(wanted: Floats, places: Floats, heights: Floats, points_m: Floats) -> Floats:
    """Heights (k,) where no terrain is: those of the nearest place with terrain, else of the nearest point."""
    known = np.isfinite(heights)
    at = places[known] if known.any() else points_m[np.isfinite(points_m).all(axis=1), :2]
    told = heights[known] if known.any() else points_m[np.isfinite(points_m).all(axis=1), 2]
    step = max(1, len(at) // 256)
    at, told = at[::step], told[::step]
    nearest = ((wanted[:, None] - at[None]) ** 2).sum(axis=2).argmin(axis=1)
    found: Floats = told[nearest]
    return found
