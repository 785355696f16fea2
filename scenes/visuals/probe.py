"""What the scene is like at a screen point or a place: picks, snaps, heights, walls."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from scenes.model.canvas import PickHit
from scenes.model.scene import ObjectRef, Scene
from scenes.visuals import camera, snapping
from scenes.visuals.aperture import aperture_of
from scenes.visuals.ground import terrain_height_m
from scenes.visuals.layer_visuals import LayerVisuals
from scenes.visuals.picking import Found, Picker
from scenes.visuals.sections import half_spaces, is_kept

Floats = NDArray[np.float64]
_DOWN = np.array([0.0, 0.0, -1.0])
# Where to look for something to snap to when the pointer is just beside it, pixels.
_BESIDE_PX = tuple((r * np.cos(a), r * np.sin(a)) for r in (4.0, 9.0) for a in np.arange(8) * np.pi / 4.0)

_ACROSS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_DOWNWARD = (0.0, 0.25, 0.5, 0.75, 0.9, 1.0)


class Probe:
    """Asks the visuals of one canvas by rays. Screen points in device pixels from the top left."""

    def __init__(self, scene: Scene, visuals: LayerVisuals, size_px: Callable[[], tuple[int, int]]) -> None:
        self._scene = scene
        self._visuals = visuals
        self._size_px = size_px
        self._picker = Picker(lambda: visuals)
        self._stale = True

    def invalidate(self) -> None:
        """Batches came, went or moved."""
        self._stale = True

    @property
    def picker(self) -> Picker:
        """The rays, up to date."""
        if self._stale:
            self._stale = False
            self._picker.refresh()
        return self._picker

    def find(self, x_px: float, y_px: float) -> Found | None:
        """What is under a screen point, with the batch it belongs to."""
        view = self._scene.view.camera
        origin, direction = camera.ray(view, (x_px, y_px), self._size_px())
        if view.orthographic:
            # The eye of a parallel view may stand inside the city: what lies behind it is drawn as well.
            origin = origin - direction * self._reach_back_m(origin)
        aperture = aperture_of(view, self._size_px()[1])
        return self.picker.cast(origin, direction, cuts=half_spaces(self._scene.view), aperture=aperture)

    def _reach_back_m(self, origin_m: Floats) -> float:
        boxes = self.picker.boxes_m
        return float(np.abs(boxes.reshape(-1, 3) - origin_m).max() * 2.0) if len(boxes) else 0.0

    def nearest_depth_m(self) -> float:
        """How near the nearest thing in the picture is, metres along the view; inf where there is nothing."""
        view = self._scene.view.camera
        size = self._size_px()
        points = [(size[0] * x, size[1] * y) for x in _ACROSS for y in _DOWNWARD]
        directions = np.array([camera.ray(view, point, size)[1] for point in points])
        forward = -camera.basis(camera.aim_of(view))[:, 2]
        return self.picker.nearest_depth_m(np.asarray(view.position_m, np.float64), directions, forward)

    def pick(self, x_px: float, y_px: float, *, snap: bool = False) -> PickHit | None:
        """See `scenes.model.canvas.Canvas.pick`."""
        found = self.find(x_px, y_px)
        if not snap:
            return None if found is None else hit_of(found)
        cuts = half_spaces(self._scene.view)
        tries = [found] if found else [self.find(x_px + dx, y_px + dy) for dx, dy in _BESIDE_PX]
        for candidate in tries:
            if candidate is None:
                continue
            snapped = snapping.snap(candidate, self._scene.view.camera, (x_px, y_px), self._size_px())
            if snapped.kind != "face" and is_kept(cuts, snapped.point_m)[0]:
                point = camera.vector(snapped.point_m)
                return hit_of(candidate)._replace(point_world_m=point, snapped=snapped.kind)
        return None if found is None else hit_of(found)

    def ground_height_m(self, x_m: float, y_m: float) -> float | None:
        """Height of the terrain at a world point, at its finest, whatever is on show of it."""
        return terrain_height_m(self._visuals, x_m, y_m)

    def floor_height_m(self, x_m: float, y_m: float, below_m: float) -> float | None:
        """Height of whatever one would stand on at a world point, at or below a height."""
        found = self.picker.cast(np.array([x_m, y_m, below_m]), _DOWN)
        if found is not None:
            return float(found.hit.point_m[2])
        # Behind the walker's back the ground may not be on show.
        ground = terrain_height_m(self._visuals, x_m, y_m)
        return ground if ground is not None and ground <= below_m else None

    def obstacle(self, start_m: Floats, direction: Floats) -> tuple[float, Floats] | None:
        """What stands in the way along a unit direction: its distance and its normal towards the start."""
        found = self.picker.cast(start_m, direction)
        return None if found is None else (found.hit.distance_m, found.hit.normal)


def hit_of(found: Found) -> PickHit:
    """What the rest of the program is told of a hit."""
    ref = ObjectRef(found.visual.layer.layer_id, found.visual.object_of(found.hit.row, found.hit.point_m))
    return PickHit(ref, camera.vector(found.hit.point_m), camera.vector(found.hit.normal))
