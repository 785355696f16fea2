"""All overlays of live values on one canvas, kept in step with the scene."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from scenes.model.overlays.base import Overlay
from scenes.model.scene import Scene
from scenes.visuals.layer_visuals import LayerVisuals
from scenes.visuals.overlays.live.colour_board import ColourBoard
from scenes.visuals.overlays.live.legends import Legends
from scenes.visuals.overlays.live.picture import LiveContext, LiveVisual, Picture
from scenes.visuals.overlays.live.registry import VISUALS
from scenes.visuals.probe import Probe
from scenes.visuals.stage import Stage
from scenes.visuals.words import drawable_language

BEAT_S = 0.1  # between pictures of what moves by itself
IDLE_SHARE = 3.0  # times as long as a picture takes, the program is left alone before the next one
SLOW_S = 0.06  # a picture that takes longer is not drawn again for what only looks alive
LONGEST_BEAT_S = 0.7  # but no longer: no whole part of a second, or what blinks would seem to stand still


class LiveOverlays:
    """One visual per overlay. Changes are taken up before the next picture, however many there were."""

    def __init__(
        self,
        stage: Stage,
        scene: Scene,
        visuals: LayerVisuals,
        probe: Probe,
        request: Callable[[], None],
        *,
        language: str,
    ) -> None:
        self._scene, self._request = scene, request
        self.context = LiveContext(stage, visuals, probe, ColourBoard(scene), drawable_language(language))
        self._visuals: dict[str, LiveVisual] = {}
        self._links: dict[str, Callable[[str], None]] = {}
        self._legends = Legends(self.context)
        self._time_s, self._beat_at_s, self._picture_s = 0.0, 0.0, 0.0
        self._began_s = time.perf_counter()
        scene.overlays.added.connect(self._add)
        scene.overlays.removed.connect(self._remove)
        scene.overlays.still_changed.connect(self._request, max_args=0)
        for overlay in scene.overlays:
            self._add(overlay)

    def __len__(self) -> int:
        return len(self._visuals)

    def _add(self, overlay: Overlay) -> None:
        self._visuals[overlay.overlay_id] = VISUALS[overlay.kind](overlay, self.context)
        link = self._links[overlay.overlay_id] = lambda _key: self._on_changed(overlay)
        overlay.changed.connect(link)
        self._legends.is_stale = True
        self._request()

    def _remove(self, overlay: Overlay) -> None:
        overlay.changed.disconnect(self._links.pop(overlay.overlay_id))
        self._visuals.pop(overlay.overlay_id).close()
        self._legends.is_stale = True
        self._request()

    def _on_changed(self, overlay: Overlay) -> None:
        self._visuals[overlay.overlay_id].is_stale = True
        self._legends.is_stale = True
        self._request()

    def click(self, x_px: float, y_px: float) -> bool:
        """Tell the overlay whose thing is clicked at there; False where there is none."""
        for visual in reversed(self._visuals.values()):
            key = visual.key_at(x_px, y_px)
            if key and visual.overlay.visible:
                visual.overlay.picked.emit(key)
                return True
        return False

    def set_language(self, language: str) -> None:
        """The language of what is written here."""
        self.context.language = drawable_language(language)
        self.refresh_look()

    def refresh_look(self) -> None:
        """Take the stage's look and the language."""
        self._legends.is_stale = True
        for visual in self._visuals.values():
            visual.is_stale = True

    def with_boxes(self, boxes_m: NDArray[np.float64]) -> NDArray[np.float64]:
        """World boxes (k, 6), and those of what overlays put into the scene."""
        own = [visual.bounds_world_m() for visual in self._visuals.values() if visual.overlay.visible]
        found = [box for box in own if box is not None]
        return np.concatenate([boxes_m, np.array(found)]) if found else boxes_m

    def prepare(self, size_px: tuple[int, int], cuts_render: NDArray[np.float64]) -> None:
        """Bring everything up to date, before a picture."""
        if not self._visuals and not self._legends.is_stale:
            return
        self._began_s = time.perf_counter()
        for visual in self._visuals.values():
            if visual.is_stale:
                visual.is_stale = False
                visual.refresh()
        self.context.board.apply(list(self._visuals))
        stage, view = self.context.stage, self._scene.view.camera
        still = self._scene.overlays.still
        picture = Picture(view, size_px, cuts_render, stage.view_from_render(), self._time_s, still)
        picture.taken_px += corners_taken(size_px)
        self._legends.prepare(picture, list(self._scene.overlays))
        picture.hidden_px = np.array(picture.taken_px, np.float64).reshape(-1, 4)
        for visual in self._visuals.values():
            visual.stake(picture)
        for visual in sorted(self._visuals.values(), key=lambda one: one.writes):
            visual.prepare(picture)

    @property
    def moves(self) -> bool:
        """Whether something in the last picture moves by itself; where pictures are slow, only what must be noticed."""
        moving = [one for one in self._visuals.values() if one.moves and one.overlay.visible]
        return any(one.must_move or not self.is_slow for one in moving)

    @property
    def is_slow(self) -> bool:
        """Whether the last picture took so long that more of them would keep the window from answering."""
        return self._picture_s > SLOW_S

    def animate(self, now_s: float) -> bool:
        """Ask for a picture where something moves in the last one and it is time; tells whether anything moves.

        Where pictures take long they come more rarely: what blinks must not keep the window from answering.
        """
        if not self.moves:
            return False
        beat_s = min(max(BEAT_S, (1.0 + IDLE_SHARE) * self._picture_s), max(LONGEST_BEAT_S, 1.5 * self._picture_s))
        if now_s - self._beat_at_s >= beat_s:
            self._beat_at_s = self._time_s = now_s
            self._request()
        return True

    def drawn(self) -> None:
        """The picture is drawn."""
        self._picture_s = time.perf_counter() - self._began_s

    def set_time(self, time_s: float) -> None:
        """Show what moves as at a time; for pictures that are the same again."""
        self._time_s = time_s

    def close(self) -> None:
        """Let go of the scene and take everything away."""
        self._scene.overlays.added.disconnect(self._add)
        self._scene.overlays.removed.disconnect(self._remove)
        self._scene.overlays.still_changed.disconnect(self._request)
        for overlay in self._scene.overlays:
            overlay.changed.disconnect(self._links.pop(overlay.overlay_id))
        for visual in self._visuals.values():
            visual.close()
        self._visuals.clear()
        self._legends.close()


def corners_taken(size_px: tuple[int, int]) -> list[tuple[float, float, float, float]]:
    """What the view cube and the scale bar stand on."""
    width, height = size_px
    return [(width - 170.0, 0.0, width, 170.0), (0.0, height - 56.0, 210.0, height)]
