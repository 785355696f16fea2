"""Signs of sensors and alarms at places."""

from __future__ import annotations

import enum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scenes.model.overlays.base import PlacesOverlay


class AlarmLevel(enum.IntEnum):
    """How urgent an alarm is; only alarms are drawn in alarm colours, each in a shape of its own."""

    NONE = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


class SensorField(enum.IntEnum):
    """What a sensor watches over; each has an icon."""

    NONE = 0
    SECURITY = 1
    TRAFFIC = 2
    MANAGEMENT = 3
    UTILITIES = 4
    ECOLOGY = 5
    EMERGENCY = 6


class Signs(PlacesOverlay):
    """A sign at each place: a sensor's dot, or an alarm's sign.

    What is not acknowledged pulses at `BLINK_HZ`, unless ``still``: then its ring stands still.
    """

    kind = "signs"

    @property
    def levels(self) -> NDArray[np.uint8]:
        """The `AlarmLevel` of each, (n,)."""
        return np.asarray(self._values.get("levels", np.zeros(len(self.places_m))), np.uint8)

    @property
    def acknowledged(self) -> NDArray[np.bool_]:
        """Whether somebody took note of it, (n,)."""
        return np.asarray(self._values.get("acknowledged", np.ones(len(self.places_m))), np.bool_)

    @property
    def fields(self) -> NDArray[np.uint8]:
        """The `SensorField` of each, (n,)."""
        return np.asarray(self._values.get("fields", np.zeros(len(self.places_m))), np.uint8)

    @fields.setter
    def fields(self, value: ArrayLike) -> None:
        told = np.array(np.broadcast_to(np.asarray(value, np.uint8), (len(self.places_m),)))
        self._set("fields", np.where(told < len(SensorField), told, np.uint8(SensorField.NONE)))

    def raise_alarms(self, levels: ArrayLike, acknowledged: ArrayLike = False) -> None:
        """Set the alarms at all places; raises ValueError where the numbers do not fit."""
        size = (len(self.places_m),)
        told = np.array(np.broadcast_to(np.asarray(levels, np.uint8), size))
        known = np.array(np.broadcast_to(np.asarray(acknowledged, np.bool_), size))
        same = np.array_equal(told, self.levels) and np.array_equal(known, self.acknowledged)
        self._values |= {"levels": np.minimum(told, np.uint8(AlarmLevel.CRITICAL)), "acknowledged": known}
        if not same:
            self.changed.emit("levels")

    def place(self, places_m: ArrayLike) -> None:
        """See `PlacesOverlay.place`; with another number of places, neither alarms nor fields are left."""
        before = len(self.places_m)
        super().place(places_m)
        if len(self.places_m) != before:
            self._values.pop("levels", None)
            self._values.pop("acknowledged", None)
            self._values.pop("fields", None)


BLINK_HZ = 1.0  # photosensitive people bear up to three flashes a second (WCAG 2.3.1); this is calmer
