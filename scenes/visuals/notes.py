"""Everything that lies over the city, kept in step with the scene."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenes.model.canvas import PickHit
from scenes.model.scene import ObjectRef, Scene
from scenes.model.view import Measurement, Vector
from scenes.visuals import camera
from scenes.visuals.layer_visuals import LayerVisuals
from scenes.visuals.overlays.measurements import MeasureLine, SnapMarker, measurement_text
from scenes.visuals.overlays.outlines import Outlines
from scenes.visuals.overlays.scale_bar import ScaleBar
from scenes.visuals.overlays.section_frames import SectionFrames
from scenes.visuals.overlays.view_cube import ViewCube
from scenes.visuals.stage import Stage
from scenes.visuals.words import drawable_language, words


class Notes:
    """Outlines, measurements, section frames, scale bar and view cube of one canvas.

    ``pending_start`` is the first end of a distance being measured, ``pointer_m`` where its other
    end would go now.
    """

    def __init__(self, stage: Stage, scene: Scene, visuals: LayerVisuals, language: str) -> None:
        self.language = drawable_language(language)
        self.pending_start: PickHit | None = None
        self.pointer_m: Vector | None = None
        self._stage = stage
        self._scene = scene
        self._visuals = visuals
        self._selected = Outlines(stage, visuals, behind_opacity=0.3)
        self._hovered = Outlines(stage, visuals, behind_opacity=0.0)
        self._hovered_ref: ObjectRef | None = None
        self._lines: list[MeasureLine] = []
        self._frames = SectionFrames(stage.front)
        self._scale_bar = ScaleBar(stage.front, stage.look)
        self._marker = SnapMarker(stage.front, stage.look)
        self._cube = ViewCube()
        stage.add_corner(self._cube.renderer)
        self._stale_outlines = self._stale_lines = self._stale_frames = True
        scene.selection_changed.connect(self.refresh_outlines)
        scene.view.measurements_changed.connect(self.refresh_lines)
        scene.view.sections_changed.connect(self._refresh_frames)

    def set_language(self, language: str) -> None:
        """The language of what is written here."""
        self.language = drawable_language(language)
        self.refresh_look()

    def refresh_look(self) -> None:
        """Take the stage's look and the language."""
        self._scale_bar.set_look(self._stage.look)
        self._cube.build(self._stage.look, words(self.language))
        self._stale_outlines = self._stale_lines = self._stale_frames = True

    def refresh_outlines(self) -> None:
        """Selection, flags or batches changed."""
        self._stale_outlines = self._stale_frames = True

    def refresh_lines(self) -> None:
        """Measurements, or the one being made, changed."""
        self._stale_lines = True

    def _refresh_frames(self) -> None:
        self._stale_frames = True

    def prepare(self, size_px: tuple[int, int], cuts_render: NDArray[np.float64]) -> None:
        """Bring everything up to date, before a picture."""
        self._rebuild()
        view, frame, display = self._scene.view.camera, self._visuals.context.frame, self._scene.view.display
        for outlines in (self._selected, self._hovered):
            outlines.prepare(cuts_render)
        for line in self._lines:
            line.prepare(view, frame, size_px)
        self._frames.prepare(frame)
        self._marker.prepare(frame)
        self._scale_bar.prepare(view, size_px, words(self.language), visible=display.scale_bar)
        self._cube.prepare(view, size_px, cube=display.view_cube, ring=display.north_arrow)

    def _rebuild(self) -> None:
        if self._stale_outlines:
            self._selected.show(self._scene.selection, self._stage.look.accent, 2.4)
            self._show_hovered()
        if self._stale_lines:
            self._rebuild_lines()
        if self._stale_frames:
            self._frames.show(self._scene.view, self._visuals.bounds_world_m(), self._stage.look)
        self._stale_outlines = self._stale_lines = self._stale_frames = False

    def _show_hovered(self) -> None:
        ref = self._hovered_ref
        refs = () if ref is None or ref in self._scene.selection else (ref,)
        self._hovered.show(refs, self._stage.look.hover, 1.6)

    def _rebuild_lines(self) -> None:
        for line in self._lines:
            line.remove()
        wanted = list(self._scene.view.measurements)
        if self.pending_start is not None and self.pointer_m is not None:
            wanted.append(Measurement(self.pending_start.point_world_m, self.pointer_m))
        texts = words(self.language)
        self._lines = [MeasureLine(self._stage.front, m, self._stage.look, measurement_text(m, texts)) for m in wanted]

    def hover(self, ref: ObjectRef | None) -> bool:
        """Outline an object under the pointer, or none; tells whether that changes the picture."""
        if ref == self._hovered_ref:
            return False
        self._hovered_ref = ref
        self._show_hovered()
        return True

    def mark(self, point_m: Vector | None) -> bool:
        """Mark the point that a click would take; tells whether that changes the picture."""
        if point_m != self.pointer_m:
            self.pointer_m = point_m
            self.refresh_lines()
        return self._marker.show(point_m, self._stage.look)

    def cube_aim_at(self, x_px: float, y_px: float) -> camera.Aim | None:
        """The aim that the view cube offers under a screen point."""
        return self._cube.aim_at(x_px, y_px)

    def hover_cube(self, x_px: float, y_px: float) -> bool:
        """Light up the view cube under the pointer; tells whether that changes the picture."""
        return self._cube.hover(x_px, y_px)

    def close(self) -> None:
        """Stop listening and take everything down."""
        self._scene.selection_changed.disconnect(self.refresh_outlines)
        self._scene.view.measurements_changed.disconnect(self.refresh_lines)
        self._scene.view.sections_changed.disconnect(self._refresh_frames)
        self._selected.clear()
        self._hovered.clear()
