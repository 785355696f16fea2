"""The overlays of a scene."""

from __future__ import annotations

from collections.abc import Iterator

from psygnal import Signal

from scenes.model.overlays.base import Overlay


class OverlayList:
    """The overlays in the order in which they were added; later ones are drawn over earlier ones.

    ``still`` stops everything that moves or blinks, whatever the overlays say.
    """

    added = Signal(object)  # Overlay
    removed = Signal(object)  # Overlay
    still_changed = Signal(bool)

    def __init__(self) -> None:
        self._overlays: dict[str, Overlay] = {}
        self._still = False

    def __iter__(self) -> Iterator[Overlay]:
        return iter(tuple(self._overlays.values()))

    def __len__(self) -> int:
        return len(self._overlays)

    def get(self, overlay_id: str) -> Overlay | None:
        """The overlay of that id, or None."""
        return self._overlays.get(overlay_id)

    @property
    def still(self) -> bool:
        """Whether nothing may move."""
        return self._still

    @still.setter
    def still(self, value: bool) -> None:
        if value != self._still:
            self._still = value
            self.still_changed.emit(value)

    def add(self, overlay: Overlay) -> Overlay:
        """Put an overlay on top and tell; one that is there already is left where it is."""
        if overlay.overlay_id not in self._overlays:
            self._overlays[overlay.overlay_id] = overlay
            self.added.emit(overlay)
        return overlay

    def remove(self, overlay: Overlay) -> None:
        """Take an overlay out and tell; unknown ones are ignored."""
        if self._overlays.pop(overlay.overlay_id, None) is not None:
            self.removed.emit(overlay)

    def clear(self) -> None:
        """Take all out."""
        for overlay in self:
            self.remove(overlay)
