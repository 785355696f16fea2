"""Pins of what happens at places: an icon in the colour of how grave it is, its clock, and words."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import NamedTuple

from psygnal import Signal

from scenes.model.overlays.base import PlacesOverlay
from scenes.model.overlays.readings import Readings

NUM_LEVELS = 4
SHARE_STEPS = 24  # of a whole round: finer would draw pins anew that look the same


class PinClock(enum.IntEnum):
    """How a pin's clock stands."""

    NONE = 0
    RUNNING = 1
    NEAR = 2
    OVERDUE = 3
    PAUSED = 4


class Pin(NamedTuple):
    """What stands at one place. ``level`` is 1 (the gravest) to `NUM_LEVELS`, 0 for what has none.

    ``icon`` is a Material Design icon's name.

    ``share`` 0..1 of its time is used. ``title``, ``note`` and ``short`` are what its card and its chip say.
    """

    key: str
    icon: str
    level: int
    clock: PinClock = PinClock.NONE
    share: float = 0.0
    title: str = ""
    note: str = ""
    short: str = ""
    is_simulated: bool = False


class Pins(PlacesOverlay):
    """n pins at ``places_m``. ``chosen`` is the key of the one that stands out; `picked` tells the one clicked at."""

    kind = "pins"
    picked = Signal(str)

    @property
    def pins(self) -> tuple[Pin, ...]:
        """One for each place; none until places and pins are as many."""
        told = tuple(self._values.get("pins", ()))
        return told if len(told) == len(self.places_m) else ()

    chosen = property(lambda self: self._values.get("chosen", ""), lambda self, v: self._set("chosen", str(v)))

    def stand(self, places_m: object, pins: Sequence[Pin]) -> None:
        """Set the pins and where they stand; raises ValueError where the numbers do not fit."""
        told = tuple(one._replace(share=_stepped(one.share)) for one in pins)
        before = self.pins
        self._values["pins"] = told
        self.place(places_m)  # type: ignore[arg-type]
        if len(told) != len(self.places_m):
            self._values["pins"] = ()
            raise ValueError(f"{len(told)} pins for {len(self.places_m)} places")
        simulated = [one.is_simulated for one in told]
        self._values["readings"] = Readings.of([0.0] * len(told), simulated=simulated) if told else Readings.missing(0)
        if told != before:
            self.changed.emit("pins")


def _stepped(share: float) -> float:
    return round(min(max(share, 0.0), 1.0) * SHARE_STEPS) / SHARE_STEPS
