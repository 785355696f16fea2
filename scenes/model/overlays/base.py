"""What all overlays of live values have in common."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from psygnal import Signal

from scenes.model.overlays.readings import Readings
from scenes.model.overlays.scale import ColourScale

Floats = NDArray[np.float64]


class Overlay:
    """One overlay. ``changed`` tells the name of what changed; any number of changes is drawn with one picture.

    ``title`` and ``time_text`` (of the values, as in "12:30") are shown in the legend.
    """

    kind: ClassVar[str] = ""
    changed = Signal(str)

    def __init__(self, title: str = "", *, overlay_id: str = "") -> None:
        self.overlay_id = overlay_id or uuid.uuid4().hex[:12]
        self._values: dict[str, Any] = {"title": title, "time_text": "", "visible": True, "still": False}

    def _set(self, key: str, value: Any) -> None:
        if not _same(self._values.get(key), value):
            self._values[key] = value
            self.changed.emit(key)

    title = property(lambda self: self._values["title"], lambda self, v: self._set("title", str(v)))
    time_text = property(lambda self: self._values["time_text"], lambda self, v: self._set("time_text", str(v)))
    visible = property(lambda self: self._values["visible"], lambda self, v: self._set("visible", bool(v)))
    still = property(lambda self: self._values["still"], lambda self, v: self._set("still", bool(v)))

    @property
    def is_simulated(self) -> bool:
        """Whether any of its values is simulated: then its stamp is drawn, and nothing takes it away."""
        readings = self._values.get("readings")
        return isinstance(readings, Readings) and bool(readings.simulated.any())

    @property
    def colour_scale(self) -> ColourScale | None:
        """What its colours mean, for the legend; None where it needs none."""
        scale: ColourScale | None = self._values.get("scale")
        return scale


class ValuesOverlay(Overlay):
    """An overlay of n things that each have a value, coloured by a scale."""

    def __init__(self, title: str = "", scale: ColourScale | None = None, *, overlay_id: str = "") -> None:
        super().__init__(title, overlay_id=overlay_id)
        self._values |= {"readings": Readings.missing(0), "scale": scale or ColourScale(())}

    def _size(self) -> int:
        raise NotImplementedError

    @property
    def readings(self) -> Readings:
        """The values now."""
        readings: Readings = self._values["readings"]
        return readings

    @readings.setter
    def readings(self, value: Readings) -> None:
        if len(value) != self._size():
            raise ValueError(f"{len(value)} values for {self._size()} places")
        self._set("readings", value)

    @property
    def scale(self) -> ColourScale:
        """The classes and their colours."""
        scale: ColourScale = self._values["scale"]
        return scale

    @scale.setter
    def scale(self, value: ColourScale) -> None:
        self._set("scale", value)

    @property
    def counted(self) -> tuple[int, int]:
        """How many values are good, of how many: as told, where several things share a value; else of the readings."""
        told: tuple[int, int] | None = self._values.get("counted")
        return told if told is not None else (int(self.readings.good.sum()), len(self.readings))

    @counted.setter
    def counted(self, value: tuple[int, int] | None) -> None:
        self._set("counted", value)

    def _forget_readings(self, size: int) -> None:
        """The things are others now: nothing is known of them."""
        if size != len(self.readings):
            self._values["readings"] = Readings.missing(size)


class PlacesOverlay(ValuesOverlay):
    """Values at n places; ``places_m`` (n, 3) world metres. What is no finite place is not drawn."""

    def __init__(self, title: str = "", scale: ColourScale | None = None, *, overlay_id: str = "") -> None:
        super().__init__(title, scale, overlay_id=overlay_id)
        self._values["places_m"] = np.zeros((0, 3))

    def _size(self) -> int:
        return len(self.places_m)

    @property
    def places_m(self) -> Floats:
        """Where the values belong."""
        places: Floats = self._values["places_m"]
        return places

    def place(self, places_m: ArrayLike) -> None:
        """Set the places; their values are missing until they are set where their number changed."""
        places = points_of(places_m)
        self._forget_readings(len(places))
        self._set("places_m", places)


def points_of(points_m: ArrayLike) -> Floats:
    """Points as (n, 3) float64; raises ValueError for another shape."""
    points = np.array(points_m, np.float64)
    if points.size == 0:
        return np.zeros((0, 3))
    if points.ndim != 2 or points.shape[1] != 3:
        raise ValueError(f"points of shape {points.shape} instead of (n, 3)")
    return points


def each(values: ArrayLike, size: int) -> Floats:
    """One number for each of ``size`` things, from as many or one for all."""
    return np.array(np.broadcast_to(np.asarray(values, np.float64), (size,)))


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return np.array_equal(one, other, equal_nan=getattr(one, "dtype", None) == np.float64)
    return bool(one == other)
