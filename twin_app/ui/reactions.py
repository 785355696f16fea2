"""What follows when the model changes: settings reach scene and looks, actions are asked anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer

from scenes.model.layers import Layer
from twin_app.services.translations import system_language
from twin_app.ui.chime import Chime
from twin_app.ui.theme import Theme
from twin_app.usecases.limits import LIMIT_SETTINGS, limits_of
from twin_app.usecases.picking import PickedStreams
from twin_app.usecases.unread_tiles import tell_unread

if TYPE_CHECKING:
    from twin_app.ui.main_window import MainWindow

DISPLAY_SETTINGS = ("view.edges", "view.ambient_occlusion")
ASKED_ANEW = ("state", "visible", "max_level", "opacity", "colouring", "discipline", "unread")
TELL_AFTER_MS = 400


class Reactions:
    """Connects once; `stop` lets go."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._context = window.context
        workbench = window.context.workbench
        scene, view = workbench.scene, workbench.scene.view
        self._links: list[tuple[Any, Any]] = [
            (workbench.settings.changed, self._on_setting),
            (scene.layers.added, self._on_added),
            (scene.layers.removed, self._on_removed),
            (scene.layers.layer_changed, self._on_layer),
        ]
        refreshing = (scene.selection_changed, view.display_changed, view.sections_changed, view.measurements_changed)
        self._links += [(signal, self._refresh) for signal in (*refreshing, window.view.canvas.mode_changed)]
        for signal, slot in self._links:
            signal.connect(slot)
        self._untold: dict[str, Layer] = {}
        self._tell = QTimer(window)
        self._tell.setSingleShot(True)
        self._tell.setInterval(TELL_AFTER_MS)
        self._tell.timeout.connect(self._tell_unread)
        self._context.look.on_change(self._on_theme)
        self._context.texts.on_change(lambda: window.view.canvas.set_language(self._context.tr.language))
        self._on_theme(self._context.look.theme)
        view.set_display(**{key.partition(".")[2]: workbench.settings.get(key) for key in DISPLAY_SETTINGS})
        self._take_limits()
        self._chime = Chime(self._context, window)
        self.picked = PickedStreams(workbench)

    def _refresh(self, *_: Any) -> None:
        self._window.actions_.refresh_soon()

    def _on_setting(self, key: str, value: Any) -> None:
        workbench = self._context.workbench
        if key == "ui.theme":
            self._context.look.use(value)
        elif key == "ui.language":
            self._context.tr.language = system_language() if value == "system" else value
        elif key in DISPLAY_SETTINGS:
            workbench.scene.view.set_display(**{key.partition(".")[2]: value})
        elif key in LIMIT_SETTINGS:
            self._take_limits()
        self._window.actions_.refresh_soon()

    def _take_limits(self) -> None:
        canvas = self._window.view.canvas
        canvas.visuals.context.streamer.set_limits(limits_of(self._context.workbench.settings))
        canvas.request_render()

    def _tell_unread(self) -> None:
        """Many tiles fail within a moment: one message for all of a layer."""
        untold, self._untold = self._untold, {}
        for layer in untold.values():
            tell_unread(self._context.workbench, layer)
        self._window.actions_.refresh_soon()

    def _on_theme(self, theme: Theme) -> None:
        self._context.workbench.scene.view.set_display(background=theme.name)

    def _on_added(self, _layer: Layer) -> None:
        self._window.show_view()
        self._window.actions_.refresh_soon()

    def _on_removed(self, _layer: Layer) -> None:
        self._window.actions_.refresh_soon()

    def _on_layer(self, layer: Layer, key: str) -> None:
        if key in ASKED_ANEW:
            self._window.actions_.refresh_soon()
        if key == "unread" and layer.unread:
            self._untold[layer.layer_id] = layer
            self._tell.start()

    def stop(self) -> None:
        """Let go of the model."""
        self._tell.stop()
        self._chime.stop()
        self.picked.stop()
        for signal, slot in self._links:
            signal.disconnect(slot)
        self._links = []
