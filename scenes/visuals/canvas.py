"""The 3D view: draws a `Scene` into a render window, on a screen or off it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from loaders.model.points import Chunk
from scenes.model.canvas import Mode, PickHit
from scenes.model.scene import ObjectRef, Scene
from scenes.model.view import Display, ViewPreset
from scenes.streaming import Eye
from scenes.visuals import clicks
from scenes.visuals.haste import Haste
from scenes.visuals.images import write_png
from scenes.visuals.layer_visual import VisualContext
from scenes.visuals.layer_visuals import LayerVisuals
from scenes.visuals.navigator import Navigator
from scenes.visuals.notes import Notes
from scenes.visuals.occlusion import Occlusion
from scenes.visuals.overlays.live.live_overlays import LiveOverlays
from scenes.visuals.picking import Found
from scenes.visuals.probe import Probe
from scenes.visuals.render_stats import RenderStats
from scenes.visuals.render_windows import is_weak, off_screen_window, renderer_name, route_messages
from scenes.visuals.sample import Sample
from scenes.visuals.sections import half_spaces, shifted
from scenes.visuals.stage import Stage
from scenes.visuals.tile_source import OpenTiles, open_tileset
from scenes.visuals.walking import Stride, Walker

UPLOAD_BUDGET_MS = 6.0


class SceneCanvas:
    """Answers `scenes.model.canvas.Canvas`. GUI thread only; screen points in device pixels from the top left.

    Whoever owns the window calls `tick` some 60 times a second: it moves the camera, uploads what waits
    within 6 ms, and draws when something changed. Pointer and keys come in through `gestures.Gestures`.
    ``stride`` is what the walker wants while in `Mode.WALK`.
    """

    mode_changed = Signal(Mode)
    render_requested = Signal()
    failed = Signal(object, object)  # Layer, Finding
    clicked = Signal(object)  # PickHit | None
    hovered = Signal(object)  # PickHit | None
    context_requested = Signal(int, int, object)  # x_px, y_px, PickHit | None

    def __init__(
        self,
        render_window: Any,
        scene: Scene,
        *,
        language: str = "en",
        animated: bool = True,
        clock: Callable[[], float] = time.monotonic,
        open_tiles: OpenTiles = open_tileset,
    ) -> None:
        route_messages()
        self.window = render_window
        self.scene = scene
        self.stride = Stride()
        self.stage = Stage(render_window)
        self.visuals = LayerVisuals(scene, VisualContext.on(self.stage, open_tiles))
        self.probe = Probe(scene, self.visuals, self.size_px)
        self.navigator = Navigator(
            scene,
            self.size_px,
            self.visuals.bounds_world_m,
            animated=animated,
            clock=clock,
            on_start=self.request_render,
        )
        self.occlusion = Occlusion(self.stage, self.visuals.context.frame, lambda: self.probe.picker)
        self.walker = Walker(self.probe.floor_height_m, self.probe.obstacle)
        self.notes = Notes(self.stage, scene, self.visuals, language)
        self.live = LiveOverlays(self.stage, scene, self.visuals, self.probe, self.request_render, language=language)
        self._haste = Haste(self.stage, scene, clock, self.request_render, animated=animated)
        self._animated = animated
        self._clock = clock
        self._last_tick_secs = clock()
        self._pointer_px: tuple[float, float] | None = None
        self._mode = Mode.SELECT
        self._dirty = True
        self._strength_known = False
        self._closed = False
        self._uploaded_long = False
        self._looked: tuple[Any, ...] = ()
        self._connect()
        self._on_display_changed(scene.view.display)

    @classmethod
    def off_screen(cls, scene: Scene, size_px: tuple[int, int] = (1280, 800), **options: Any) -> SceneCanvas:
        """A canvas that nobody sees, for pictures and tests; moves are immediate."""
        return cls(off_screen_window(size_px), scene, **({"animated": False} | options))

    def _connect(self) -> None:
        self.visuals.changed.connect(self._on_visuals_changed)
        self.visuals.failed.connect(lambda layer, finding: self.failed.emit(layer, finding))
        view = self.scene.view
        drawing = (view.sections_changed, view.measurements_changed, self.scene.selection_changed)
        self._links: list[tuple[Any, Any]] = [
            *((signal, self.request_render) for signal in drawing),
            (view.camera_changed, self._on_camera_changed),
            (view.display_changed, self._on_display_changed),
            (self.scene.layers.added, self._on_layer_added),
        ]
        for signal, slot in self._links:
            signal.connect(slot)

    def size_px(self) -> tuple[int, int]:
        """Width and height of the window."""
        width, height = self.window.GetSize()
        return int(width), int(height)

    @property
    def mode(self) -> Mode:
        """What the left button does."""
        return self._mode

    @mode.setter
    def mode(self, value: Mode) -> None:
        if value == self._mode:
            return
        self._mode = Mode(value)
        self.stride = Stride()
        clicks.forget(self)
        if self._mode is Mode.WALK:
            self.navigator.go(clicks.walking_start(self.probe, self.size_px(), self.navigator.destination))
        self.mode_changed.emit(self._mode)

    # -- moving ---------------------------------------------------------------------------------

    def look(self, preset: ViewPreset, *, animate: bool = True) -> None:
        """Look at everything visible from a preset direction; the ground counts only where nothing stands on it."""
        self.navigator.look(preset, animate=animate)

    def fit(self, *, animate: bool = True) -> None:
        """Bring everything visible into view, the ground too, keeping the direction."""
        self.navigator.fit(self.visuals.bounds_world_m(with_ground=True), animate=animate)

    def fit_objects(self, refs: tuple[ObjectRef, ...], *, animate: bool = True) -> None:
        """Bring some objects into view, keeping the direction; objects without geometry are ignored."""
        self.fit_bounds(self.visuals.bounds_of(refs), animate=animate)

    def fit_bounds(self, bounds_m: NDArray[np.float64] | None, *, animate: bool = True) -> None:
        """Bring a box (6,) in world metres into view, keeping the direction."""
        if bounds_m is not None:
            self.navigator.fit(bounds_m, animate=animate)

    def set_orthographic(self, orthographic: bool) -> None:
        """Parallel or perspective, what is at the target keeping its size."""
        self.navigator.set_orthographic(orthographic)

    # -- asking ---------------------------------------------------------------------------------

    def find(self, x_px: float, y_px: float) -> Found | None:
        """What is under a screen point, with the batch it belongs to."""
        return self.probe.find(x_px, y_px)

    def pick(self, x_px: int, y_px: int, *, snap: bool = False) -> PickHit | None:
        """The visible object under a screen point; with ``snap`` its vertex or edge near the point."""
        return self.probe.pick(x_px, y_px, snap=snap)

    def ground_height_m(self, x_m: float, y_m: float) -> float | None:
        """Height of the terrain at a world point, None where there is none."""
        return self.probe.ground_height_m(x_m, y_m)

    # -- pointing -------------------------------------------------------------------------------

    def click(self, x_px: int, y_px: int, *, extend: bool = False) -> None:
        """A click, as the mode takes it; ``extend`` adds to the selection or takes away from it."""
        clicks.click(self, x_px, y_px, extend=extend)

    def point_at(self, x_px: float, y_px: float) -> None:
        """The pointer is here with no button down; looked at in the next tick."""
        self._pointer_px = (x_px, y_px)

    def point_away(self) -> None:
        """The pointer left the view."""
        self._pointer_px = None
        clicks.hover_nothing(self)

    def show_preview(self, layer_id: str, chunk: Chunk) -> None:
        """Show a provisional chunk of a layer until its tileset is uploaded."""
        self.visuals.show_preview(layer_id, chunk)

    def escape(self) -> None:
        """Leave whatever is going on: a move, then a half-made distance, then the mode, then the selection."""
        if self.navigator.moving:
            self.navigator.interrupt()
        elif clicks.forget(self):
            pass
        elif self.mode != Mode.SELECT:
            self.mode = Mode.SELECT
        else:
            self.scene.select(())

    def set_language(self, language: str) -> None:
        """The language of labels: ``zh_CN`` or ``en``."""
        self.notes.set_language(language)
        self.live.set_language(language)
        self.request_render()

    # -- drawing --------------------------------------------------------------------------------

    def request_render(self) -> None:
        """Draw at the next tick; many requests make one picture."""
        self._dirty = True
        self.render_requested.emit()

    def pump(self, budget_ms: float = UPLOAD_BUDGET_MS) -> bool:
        """Upload waiting tiles within a budget, then prepare picking; tells whether there is more to do."""
        end = time.perf_counter() + budget_ms / 1e3
        self._look()
        if self.visuals.upload(budget_ms / 1e3):
            self.request_render()
        while not self.visuals.pending and time.perf_counter() < end:
            if not self.probe.picker.build_next():
                return False
        return True

    def _look(self) -> None:
        """Tell the streaming what is looked at, where that changed."""
        moving = self._haste.is_turning
        looked = (self.scene.view.camera, self.size_px(), moving)
        if looked != self._looked:
            self._looked = looked
            self.visuals.look(Eye.of(self.scene.view.camera, self.size_px()), moving=moving)

    def pump_all(self) -> None:
        """Upload everything that the view wants, however long it takes; for pictures and tests."""
        self._haste.come_to_rest()
        self._look()
        self.visuals.upload_all()
        self.visuals.refresh_flags()

    def tick(self) -> bool:
        """One beat: move, upload, point, draw when something changed. Tells whether the next one has work too."""
        if self._closed:
            return False
        moving = self.navigator.step() or self._walk()
        if self.visuals.refresh_flags():
            self._on_visuals_changed()
        busy = self._upload_or_leave_time_to_draw()
        if self._pointer_px is not None and not moving:
            pointer, self._pointer_px = self._pointer_px, None
            clicks.hover(self, *pointer)
        resting = self._haste.adjust(busy=moving or busy, strength_known=self._strength_known)
        if self._animated:
            self.live.animate(self._clock())
        if self._dirty and not self._uploaded_long:
            self.render()
        return moving or busy or self._dirty or not resting or (self._animated and self.live.moves)

    def _upload_or_leave_time_to_draw(self) -> bool:
        """`pump`, unless it took long in the last beat and a picture waits: never both in one, that events come in."""
        if self._uploaded_long and self._dirty:
            self._uploaded_long = False
            return True
        start = time.perf_counter()
        busy = self.pump()
        self._uploaded_long = (time.perf_counter() - start) * 1e3 > UPLOAD_BUDGET_MS / 2.0
        return busy

    def _on_layer_added(self) -> None:
        """Its loading has begun, and pictures of its parts will come one after the other."""
        self._haste.moved()
        self.request_render()

    def _on_camera_changed(self) -> None:
        self._haste.turned()
        self.request_render()

    def _walk(self) -> bool:
        now, before = self._clock(), self._last_tick_secs
        self._last_tick_secs = now
        if self._mode is not Mode.WALK or self.navigator.moving:
            return False
        view = self.navigator.view
        self.scene.view.camera = self.walker.step(view, self.stride, now - before)
        return self.navigator.view != view

    @property
    def has_drawn(self) -> bool:
        """Whether there was a picture yet: only then the window knows its renderer."""
        return self._strength_known

    def render(self) -> None:
        """Draw now."""
        self._dirty = False
        self._prepare()
        self.occlusion.draw()
        self.visuals.drawn()
        self.live.drawn()
        if not self._strength_known:
            # The first picture opens the context: only then OpenGL tells what it is.
            self._strength_known = True
            self.stage.set_strength(weak=is_weak(renderer_name(self.window)))
            self.window.Render()

    def render_now(self) -> None:
        """Draw at once, as for something that moves: the full picture follows when all rests."""
        self._haste.moved()
        self._haste.adjust(busy=True, strength_known=self._strength_known)
        self.render()

    def warm_up(self) -> None:
        """Draw something of each kind while nobody waits: the first use of a shader takes tens of milliseconds."""
        sample = Sample(self.visuals.context, np.asarray(self.scene.view.camera.target_m))
        self.render()
        for swift in (True, False):
            self.stage.set_swift(swift)
            self.window.Render()
        sample.close()
        self.request_render()

    def _prepare(self) -> None:
        context = self.visuals.context
        view = self.scene.view.camera
        if context.frame.follow(np.asarray(view.target_m)):
            self.visuals.replace()
        boxes = self.live.with_boxes(self.probe.picker.boxes_m) - np.tile(context.frame.origin_m, 2)
        self.stage.set_camera(view, context.frame, boxes, self.probe.nearest_depth_m)
        cuts = shifted(half_spaces(self.scene.view), context.frame.origin_m)
        self.stage.shadings.set_camera(self.stage.view_from_render(), cuts)
        self.notes.prepare(self.size_px(), cuts)
        self.live.prepare(self.size_px(), cuts)
        self.visuals.warm(context.frame.to_render(view.target_m))

    def screenshot(self, path: Path, size_px: tuple[int, int] | None = None) -> None:
        """Write what is shown as a PNG, off screen at ``size_px`` when given; raises OSError when it cannot."""
        from scenes.visuals.screenshots import write_screenshot

        if size_px is not None and size_px != self.size_px():
            write_screenshot(self, path, size_px)
            return
        self.pump_all()
        self.render()
        self.stage.set_smooth(True)
        self.render()
        write_png(self.window, path)
        self.stage.set_smooth(not self.stage.weak)

    def render_to(self, path: Path, size_px: tuple[int, int] | None = None) -> RenderStats:
        """Upload everything, write a PNG as `screenshot` does, and tell what was drawn."""
        start = time.perf_counter()
        self.screenshot(path, size_px)
        seconds = time.perf_counter() - start
        return RenderStats(*self.visuals.drawn_now, seconds, renderer_name(self.window))

    def _on_visuals_changed(self) -> None:
        if self._haste.is_loading:
            self._haste.moved()
        self.probe.invalidate()
        self.notes.refresh_outlines()
        self.request_render()

    def _on_display_changed(self, display: Display) -> None:
        context = self.visuals.context
        self.stage.set_display(display)
        if (context.look, context.max_level) != (self.stage.look, display.max_level):
            context.look, context.max_level = self.stage.look, display.max_level
            self.visuals.refresh_look()
            self.probe.invalidate()
        if self._strength_known:
            self.stage.set_strength(weak=self.stage.weak)
        self.notes.refresh_look()
        self.live.refresh_look()
        self.request_render()

    def close(self) -> None:
        """Let go of scene, graphics and window; idempotent. Call before the window dies."""
        if self._closed:
            return
        self._closed = True
        for signal, slot in self._links:
            signal.disconnect(slot)
        self.live.close()
        self.notes.close()
        self.visuals.close()
        self.stage.close()
        self.window.Finalize()
