"""What stands wholly behind other things is left out, where the graphics draw on the processor.

A picture's own depths tell: a box is covered while everything drawn over the rectangle around it is nearer than its
nearest corner (Greene, Kass and Miller, "Hierarchical Z-buffer visibility", SIGGRAPH 1993). A batch is left out when
all its boxes are covered or beside the picture. Each picture is judged anew, and one in which something left out has
come to sight is drawn again before anybody sees it: leaving out never changes a picture.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkFloatArray

from scenes.visuals.batch_parts import BatchParts
from scenes.visuals.depth_pyramid import BoxesOnPicture, DepthPyramid
from scenes.visuals.picking import Picker
from scenes.visuals.render_frame import RenderFrame
from scenes.visuals.stage import Stage

FEWEST_BATCHES = 24
WORTH = 0.15  # of all triangles, that asking for depths pays
PATIENCE = 3  # pictures in a row that a batch is out of sight before it is left out
PAUSE = 20  # pictures before it is tried again, where it did not pay
MARGIN = 0.2  # of the picture's half width: what is no further beside it may soon be on it
NEW_AT_ONCE = 24  # batches whose boxes are made for one picture
_EPSILON = 2e-6  # of the depth range: less than this nearer is not nearer


class Occlusion:
    """Draws the pictures of one stage; ``left_out`` are batches."""

    def __init__(self, stage: Stage, frame: RenderFrame, picker: Callable[[], Picker]) -> None:
        self._stage, self._frame, self._picker = stage, frame, picker
        self._window = stage.window
        self._depths: Any = vtkFloatArray()
        self._asked = False
        self._pause = 0
        self._parts: dict[int, BatchParts] = {}
        self.left_out: set[Any] = set()
        stage.city.AddObserver("EndEvent", self._take_depths)

    def draw(self) -> None:
        """Draw a picture."""
        if not self._pays():
            self._leave_out(set())
            self._window.Render()
            return
        parts = self._up_to_date()
        boxes = BoxesOnPicture.of(self._boxes_render_m(parts), self._clip_from_render())
        self._bring_back(parts, boxes)
        hold = bool(self.left_out)
        self._asked = True
        self._window.SetSwapBuffers(not hold)
        self._window.Render()
        self._window.SetSwapBuffers(True)
        self._asked = False
        appeared = self._judge(parts, boxes)
        if hold and appeared:
            self._window.Render()
        elif hold:
            self._window.Frame()

    def _pays(self) -> bool:
        if not self._stage.weak or len(self._picker().placed_batches) < FEWEST_BATCHES:
            return False
        self._pause = max(0, self._pause - 1)
        return self._pause == 0

    def _up_to_date(self) -> list[BatchParts]:
        """The parts of the batches on show, as far as they are made."""
        known, new, found = self._parts, 0, []
        self._parts = {}
        for batch, world_from_model in self._picker().placed_batches:
            parts = known.get(id(batch))
            if parts is None or parts.batch is not batch:
                if new >= NEW_AT_ONCE:
                    continue
                new += 1
                parts = BatchParts.of(batch)
            parts.place(world_from_model)
            self._parts[id(batch)] = parts
            found.append(parts)
        return found

    def _boxes_render_m(self, parts: list[BatchParts]) -> NDArray[np.float64]:
        return np.concatenate([part.boxes_m for part in parts]) - np.tile(self._frame.origin_m, 2)

    def _clip_from_render(self) -> NDArray[np.float64]:
        width, height = self._window.GetSize()
        camera = self._stage.city.GetActiveCamera()
        matrix = camera.GetCompositeProjectionTransformMatrix(width / max(1, height), -1.0, 1.0)
        return np.array([[matrix.GetElement(i, j) for j in range(4)] for i in range(4)])

    def _bring_back(self, parts: list[BatchParts], boxes: BoxesOnPicture) -> None:
        """What came to the picture from beside it, or stands where nothing is known of it."""
        behind = np.concatenate([part.behind for part in parts])
        gone = _all_of(parts, behind | boxes.outside(MARGIN / 2.0))
        kept = {part.batch for part, is_gone in zip(parts, gone, strict=True) if is_gone}
        self._leave_out(self.left_out & kept)

    def _take_depths(self, _caller: Any, _event: str) -> None:
        """While they are those of the city: what is drawn over it comes with depths of its own."""
        if self._asked:
            width, height = self._window.GetSize()
            self._window.GetZbufferData(0, 0, width - 1, height - 1, self._depths)

    def _judge(self, parts: list[BatchParts], boxes: BoxesOnPicture) -> bool:
        """Leave out what has been out of sight for some time; tells whether something left out came to sight."""
        behind = self._behind(boxes)
        gone = _all_of(parts, behind | boxes.outside(MARGIN))
        firsts = np.cumsum([len(part.boxes_m) for part in parts])[:-1]
        for part, own, is_gone in zip(parts, np.split(behind, firsts), gone, strict=True):
            part.behind, part.streak = own, part.streak + 1 if is_gone else 0
        in_sight = ~_all_of(parts, behind | boxes.outside())
        before = self.left_out
        appeared = any(part.batch in before for part, is_seen in zip(parts, in_sight, strict=True) if is_seen)
        triangles = np.array([len(part.batch.drawn) for part in parts])
        if triangles[gone].sum() < WORTH * triangles.sum():
            self._pause = PAUSE
            self._leave_out(set())
            return appeared
        seen = {part.batch for part, is_seen in zip(parts, in_sight, strict=True) if is_seen}
        self._leave_out((before - seen) | {part.batch for part in parts if part.streak >= PATIENCE})
        return appeared

    def _behind(self, boxes: BoxesOnPicture) -> NDArray[np.bool_]:
        width, height = self._window.GetSize()
        depths = vtk_to_numpy(self._depths)
        if len(depths) != width * height:
            return np.zeros(len(boxes.corners), np.bool_)
        return DepthPyramid(depths.reshape(height, width)).covers(boxes, _EPSILON)

    def _leave_out(self, batches: set[Any]) -> None:
        for batch in self.left_out - batches:
            batch.set_covered(False)
        for batch in batches - self.left_out:
            batch.set_covered(True)
        self.left_out = batches


def _all_of(parts: list[BatchParts], flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """For each batch: whether the flags of all its boxes are set."""
    owners = np.repeat(np.arange(len(parts)), [len(part.boxes_m) for part in parts])
    result: NDArray[np.bool_] = np.bincount(owners, ~flags, len(parts)) == 0
    return result
