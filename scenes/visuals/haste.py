"""When to draw less so that what moves is quick, and when all rests and the full picture can be drawn."""

from __future__ import annotations

import math
from collections.abc import Callable

from scenes.model.layers import LayerState
from scenes.model.scene import Scene
from scenes.visuals.stage import Stage

REST_SECS = 0.18  # from the last move until the full picture is drawn
LOADING_REST_SECS = 3.0  # the same while a layer loads and its parts keep arriving


class Haste:
    """Of one canvas. ``on_switch`` is called when the picture is out of date because more or less is to be drawn."""

    def __init__(
        self, stage: Stage, scene: Scene, clock: Callable[[], float], on_switch: Callable[[], None], *, animated: bool
    ) -> None:
        self._stage, self._scene, self._clock, self._on_switch = stage, scene, clock, on_switch
        self._animated = animated
        self._moved_at_secs = clock() - REST_SECS
        self._turned_at_secs = -math.inf
        self._swift = False

    def moved(self) -> None:
        """Something in the picture moved."""
        self._moved_at_secs = self._clock()

    def turned(self) -> None:
        """The camera moved."""
        self._moved_at_secs = self._turned_at_secs = self._clock()

    def come_to_rest(self) -> None:
        """The camera is where it is to stay."""
        self._turned_at_secs = -math.inf

    @property
    def is_turning(self) -> bool:
        """Whether the camera moves, as far as anybody looks on."""
        return self._animated and self._clock() - self._turned_at_secs < REST_SECS

    @property
    def is_loading(self) -> bool:
        """Whether a layer loads."""
        return any(layer.state is LayerState.LOADING for layer in self._scene.layers)

    def adjust(self, *, busy: bool, strength_known: bool) -> bool:
        """Draw less while things move on weak graphics, and the full picture once they rest; tells whether they do."""
        rest_secs = LOADING_REST_SECS if self.is_loading else REST_SECS
        swift = self._animated and strength_known and self._stage.weak
        swift = swift and (busy or self._clock() - self._moved_at_secs < rest_secs)
        if swift != self._swift:
            self._swift = swift
            self._stage.set_swift(swift)
            self._on_switch()
        return not swift
