"""What a click and a hovering pointer do in each mode of a canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scenes.model.canvas import Mode, PickHit
from scenes.model.scene import Scene
from scenes.model.view import CameraView, Measurement, SectionPlane
from scenes.visuals import camera
from scenes.visuals.walking import EYE_M, STEP_M

if TYPE_CHECKING:
    from scenes.visuals.canvas import SceneCanvas
    from scenes.visuals.probe import Probe

SECTION_DEPTH_M = 0.01  # the cut runs just behind the face, so that the face itself is gone
FROM_WALL_M = 4.0


def click(canvas: SceneCanvas, x_px: int, y_px: int, *, extend: bool) -> None:
    """Select, measure or cut; the view cube takes its clicks in every mode."""
    aim = canvas.notes.cube_aim_at(x_px, y_px)
    if aim is not None:
        canvas.navigator.look_along(aim)
        return
    if canvas.mode in (Mode.SELECT, Mode.WALK) and canvas.live.click(x_px, y_px):
        return
    hit = canvas.pick(x_px, y_px, snap=canvas.mode is Mode.MEASURE)
    if canvas.mode is Mode.MEASURE:
        _measure(canvas, hit)
    elif canvas.mode is Mode.SECTION and hit is not None:
        section_at(canvas.scene, hit)
    elif canvas.mode in (Mode.SELECT, Mode.WALK):
        _select(canvas.scene, hit, extend=extend)
    canvas.clicked.emit(hit)


def _select(scene: Scene, hit: PickHit | None, *, extend: bool) -> None:
    if hit is not None:
        scene.select((hit.ref,), toggle=extend)
    elif not extend:
        scene.select(())


def _measure(canvas: SceneCanvas, hit: PickHit | None) -> None:
    if hit is None:
        return
    notes, view = canvas.notes, canvas.scene.view
    start = notes.pending_start
    if start is None:
        notes.pending_start = hit
    else:
        notes.pending_start = None
        ends = (start.snapped, hit.snapped)
        view.measurements = (*view.measurements, Measurement(start.point_world_m, hit.point_world_m, ends))
    notes.refresh_lines()
    canvas.request_render()


def section_at(scene: Scene, hit: PickHit) -> None:
    """Cut along the face that was hit; a second cut along the same direction replaces the first."""
    normal = np.asarray(hit.normal_world)
    origin = camera.vector(np.asarray(hit.point_world_m) - normal * SECTION_DEPTH_M)
    others = tuple(p for p in scene.view.section_planes if abs(float(np.dot(p.normal, normal))) < 0.999)
    scene.view.section_planes = (*others, SectionPlane(origin, hit.normal_world))


def forget(canvas: SceneCanvas) -> bool:
    """Drop a half-made distance and the snap mark; tells whether there was one half made."""
    had = canvas.notes.pending_start is not None
    canvas.notes.pending_start = None
    canvas.notes.mark(None)
    canvas.notes.refresh_lines()
    canvas.request_render()
    return had


def hover(canvas: SceneCanvas, x_px: float, y_px: float) -> None:
    """Show what a click here would take, and tell the world point."""
    notes = canvas.notes
    changed = notes.hover_cube(x_px, y_px)
    if notes.cube_aim_at(x_px, y_px) is not None:
        hit = None
    else:
        hit = canvas.pick(int(x_px), int(y_px), snap=canvas.mode is Mode.MEASURE)
    selecting = canvas.mode is Mode.SELECT
    changed |= notes.hover(hit.ref if hit is not None and selecting else None)
    pointing = canvas.mode in (Mode.MEASURE, Mode.POINT)
    changed |= notes.mark(hit.point_world_m if hit is not None and pointing else None)
    if changed:
        canvas.request_render()
    canvas.hovered.emit(hit)


def hover_nothing(canvas: SceneCanvas) -> None:
    """The pointer is gone."""
    if canvas.notes.hover(None) | canvas.notes.mark(None) | canvas.notes.hover_cube(-1.0, -1.0):
        canvas.request_render()
    canvas.hovered.emit(None)


def walking_start(probe: Probe, size_px: tuple[int, int], view: CameraView) -> CameraView:
    """Standing where the middle of the picture is, a few steps before a wall, looking as before but level."""
    found = probe.find(size_px[0] / 2.0, size_px[1] / 2.0)
    aim = camera.Aim(camera.aim_of(view).heading_rad, 0.0)
    if found is None:
        place = np.asarray(view.position_m, np.float64)
    else:
        outward = np.array([found.hit.normal[0], found.hit.normal[1], 0.0])
        place = found.hit.point_m + outward * FROM_WALL_M
    floor = probe.floor_height_m(float(place[0]), float(place[1]), float(place[2]) + STEP_M)
    height = float(place[2]) if floor is None else floor + EYE_M
    eye = np.array([place[0], place[1], height])
    perspective = camera.with_projection(view, False)
    return camera.aimed(perspective, eye, aim, 10.0)
