"""The renderers of one window, one above the other: sky, city, edges, points, notes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkLight, vtkRenderer

from loaders.model.frames import Matrix
from scenes.model.view import CameraView, Display
from scenes.visuals.edges import ScreenEdges
from scenes.visuals.eye_dome import EyeDome
from scenes.visuals.look import Look, look_of
from scenes.visuals.render_frame import RenderFrame
from scenes.visuals.shading import Shadings
from scenes.visuals.sky import Sky

NEAREST_M = 0.1
NEAR_SHARE = 0.35  # of the nearest thing found by a few rays: what they missed may be nearer still
FARTHEST_M, FARTHEST_SHARE = (
    100_000.0,
    50.0,
)  # what is further, and so many times the distance looked at, is out of reach
DEPTH_RATIO = 8_000.0  # far / near at most: what 24 bits of depth separate without flicker


class Stage:
    """What a window shows, from back to front; knows light and camera, and nothing of layers.

    ``city`` takes the batches of triangles, ``points`` those of points, ``notes`` whatever lies over
    them and still hides behind walls, ``front`` what is always in front.
    """

    def __init__(self, window: Any) -> None:
        self.window = window
        self.look: Look = look_of("")
        self.shadings = Shadings()
        self.weak = True
        self._display = Display()
        self.sky = Sky()
        self.city: Any = vtkRenderer()
        self.edges = ScreenEdges(window)
        self.points: Any = vtkRenderer()
        self.eye_dome = EyeDome(window)
        self.notes: Any = vtkRenderer()
        self.front: Any = vtkRenderer()
        over = [self.edges.renderer, self.points, self.eye_dome.renderer, self.notes, self.front]
        self._renderers = [self.sky.renderer, self.city, *over]
        self._swift = False
        self._set_up()

    def _set_up(self) -> None:
        self.window.SetMultiSamples(0)
        for layer, renderer in enumerate(self._renderers):
            self._put(layer, renderer)
        self.city.SetAutomaticLightCreation(False)
        light = vtkLight()
        light.SetLightTypeToHeadlight()
        self.city.AddLight(light)
        self.eye_dome.watch(self.points)
        self.notes.GetCullers().RemoveAllItems()  # a quad over the whole picture stands nowhere in the scene
        for renderer in (self.points, self.notes):
            renderer.SetPreserveDepthBuffer(True)
        for renderer in (self.points, self.notes, self.front):
            renderer.InteractiveOff()
            renderer.SetUseOIT(False)

    def _put(self, layer: int, renderer: Any) -> None:
        self.window.SetNumberOfLayers(layer + 1)
        renderer.SetLayer(layer)
        self.window.AddRenderer(renderer)

    def add_corner(self, renderer: Any) -> None:
        """Put a renderer with a viewport and camera of its own in front of everything."""
        self._renderers.append(renderer)
        self._put(len(self._renderers) - 1, renderer)

    def set_display(self, display: Display) -> None:
        """Take theme and switches."""
        self._display = display
        self.look = look_of(display.background)
        self.shadings.set_look(self.look)
        self.sky.set_look(self.look)
        self.edges.set_look(self.look, edges=display.edges, contact_shade=display.ambient_occlusion)

    def set_strength(self, *, weak: bool) -> None:
        """Spend what the graphics card has: smooth lines and deep glass where it is real hardware.

        Glass is peeled everywhere: blending that ignores the order makes a wrong picture, and where
        nothing is translucent peeling costs nothing.
        """
        self.weak = weak
        self.city.SetUseOIT(False)
        self.city.SetUseDepthPeeling(True)
        self.city.SetMaximumNumberOfPeels(4 if weak else 10)
        self.city.SetOcclusionRatio(0.0)
        self.set_smooth(not weak)

    def set_swift(self, swift: bool) -> None:
        """On weak graphics, leave out the edges and the order of panes of glass while things move: half the time."""
        display, self._swift = self._display, swift
        self.edges.renderer.SetDraw(not swift and (display.edges or display.ambient_occlusion))
        self.city.SetUseDepthPeeling(not swift)

    def set_smooth(self, smooth: bool) -> None:
        """Anti-alias what lies below the notes."""
        over = self._display.edges or self._display.ambient_occlusion
        self.edges.renderer.SetUseFXAA(smooth and over)
        self.city.SetUseFXAA(smooth and not over)

    def set_camera(
        self,
        view: CameraView,
        frame: RenderFrame,
        boxes_render: NDArray[np.float64],
        nearest_depth_m: Callable[[], float],
    ) -> None:
        """Look at the scene as ``view`` says.

        ``boxes_render`` (k, 6) are what must not be clipped; ``nearest_depth_m`` measures what is
        nearest to an eye inside one of them.
        """
        camera = self.city.GetActiveCamera()
        camera.SetPosition(*frame.to_render(view.position_m))
        camera.SetFocalPoint(*frame.to_render(view.target_m))
        camera.SetViewUp(*view.up)
        camera.SetViewAngle(view.field_of_view_deg)
        camera.SetParallelProjection(view.orthographic)
        camera.SetParallelScale(view.height_m / 2.0)
        near, far = depth_range(view, frame, boxes_render, nearest_depth_m)
        camera.SetClippingRange(near, far)
        self.points.SetActiveCamera(camera)
        self.notes.SetActiveCamera(camera)
        self.front.SetActiveCamera(camera)
        self.sky.follow(view)
        self.edges.set_camera(camera, self.window.GetSize()[1])
        self._set_points(camera)
        width = float(np.linalg.norm(extent(boxes_render))) if len(boxes_render) else 0.0
        self._set_haze(view, width)

    def _set_points(self, camera: Any) -> None:
        """Draw points where there are any; without them, nothing is spent on them."""
        any_points = self.points.GetActors().GetNumberOfItems() > 0
        told = self._display.edges or self._display.ambient_occlusion
        self.points.SetDraw(any_points)
        self.eye_dome.renderer.SetDraw(any_points and told and not self._swift)
        if any_points:
            self.eye_dome.set_camera(camera, self.window.GetSize()[1])
            self.shadings.points.set_pixels(camera, self.window.GetSize()[1])

    def _set_haze(self, view: CameraView, width_m: float) -> None:
        shadings = self.shadings
        if view.orthographic or width_m <= 0.0:
            shadings.set_haze(0.0, 0.0)
            return
        # A scene seen whole stays clear up to its middle; beyond, `haze_share` over its width.
        centre = float(np.linalg.norm(np.subtract(view.target_m, view.position_m)))
        shadings.set_haze(min(centre, width_m), -np.log(1.0 - self.look.haze_share) / max(width_m, 400.0))

    def view_from_render(self) -> Matrix:
        """The camera's 4 x 4 view matrix."""
        matrix = self.city.GetActiveCamera().GetViewTransformMatrix()
        return np.array([[matrix.GetElement(i, j) for j in range(4)] for i in range(4)])

    def close(self) -> None:
        """Let the window go, textures first."""
        self.edges.release()
        self.eye_dome.release()
        for renderer in self._renderers:
            renderer.RemoveAllViewProps()
            renderer.RemoveAllObservers()
            self.window.RemoveRenderer(renderer)


def extent(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """The size (3,) of the box around boxes (k, 6)."""
    size: NDArray[np.float64] = boxes[:, 3:].max(axis=0) - boxes[:, :3].min(axis=0)
    return size


def _within_reach(boxes: NDArray[np.float64], eye: NDArray[np.float64], reach_m: float) -> NDArray[np.float64]:
    """The boxes (n, 6) nearer than ``reach_m``, or all where none is."""
    gaps = np.maximum(np.maximum(boxes[:, :3] - eye, eye - boxes[:, 3:]), 0.0)
    near = (gaps**2).sum(axis=1) < reach_m**2
    return boxes[near] if near.any() else boxes


def depth_range(
    view: CameraView,
    frame: RenderFrame,
    boxes_render: NDArray[np.float64],
    nearest_depth_m: Callable[[], float] = lambda: 0.0,
) -> tuple[float, float]:
    """Near and far, metres: around all boxes, and never further apart than the depth buffer bears.

    An eye inside a box (over a terrain, say) asks ``nearest_depth_m`` how near things really are.
    What lies beyond the horizon does not count: a layer in another country would push near away from what is looked at.
    """
    if not len(boxes_render):
        return NEAREST_M, 1000.0
    eye = frame.to_render(view.position_m)
    forward = frame.to_render(view.target_m) - eye
    distance_m = float(np.linalg.norm(forward))
    forward = forward / (distance_m or 1.0)
    boxes_render = _within_reach(boxes_render, eye, max(FARTHEST_M, FARTHEST_SHARE * distance_m))
    # The box corner furthest along (or against) a direction is told by the direction's signs.
    ahead = np.where(forward > 0.0, boxes_render[:, 3:], boxes_render[:, :3])
    behind = np.where(forward > 0.0, boxes_render[:, :3], boxes_render[:, 3:])
    far = float(((ahead - eye) @ forward).max())
    near = float(((behind - eye) @ forward).min())
    slack = 0.01 * max(far - near, 1.0)
    if view.orthographic:
        return near - slack, far + slack
    far = max(far + slack, 10.0 * NEAREST_M)
    near -= slack
    if near < far / 100.0:
        measured = nearest_depth_m() * NEAR_SHARE
        near = max(near, measured if np.isfinite(measured) else 0.0)
    return min(max(near, far / DEPTH_RATIO, NEAREST_M), far * 0.5), far
