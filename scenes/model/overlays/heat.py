"""A heat map of values at points, laid over the ground."""

from __future__ import annotations

from scenes.model.overlays.base import PlacesOverlay


class HeatMap(PlacesOverlay):
    """Values between points; nothing further than ``radius_m`` from any of them. ``opacity`` 0..1."""

    kind = "heat"

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self._values |= {"radius_m": 100.0, "opacity": 0.62}

    radius_m = property(
        lambda self: self._values["radius_m"], lambda self, v: self._set("radius_m", max(float(v), 1.0))
    )
    opacity = property(
        lambda self: self._values["opacity"], lambda self, v: self._set("opacity", min(max(float(v), 0.0), 1.0))
    )
