"""Pins in the scene for the events that are not closed yet."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from loaders.model.crs import point_map
from loaders.model.errors import CityTwinError
from scenes.model.overlays.pins import Pin, PinClock, Pins
from twin_app.live.values import now_us
from twin_app.operation.classes import event_classes
from twin_app.operation.clock import ClockState, clock_of
from twin_app.operation.model import CityEvent, Status
from twin_app.usecases.event_words import class_name, clock_short, event_line
from twin_app.usecases.placing import scene_bounds_m
from twin_app.usecases.workbench import Workbench

OVERLAY_ID = "events"
SETTING = "view.events_on_map"
MOST_PINS = 1000
AT_ONCE_S = 0.05  # so long the ground is asked for heights before the window goes on
DONE = frozenset({Status.CLOSED, Status.REJECTED})
AROUND_M, ABOVE_M = 60.0, 30.0  # what is seen of an event's surroundings when one goes there
_CLOCKS = {
    ClockState.IN_TIME: PinClock.RUNNING,
    ClockState.NEAR: PinClock.NEAR,
    ClockState.OVERDUE: PinClock.OVERDUE,
    ClockState.PAUSED: PinClock.PAUSED,
}
Floats = NDArray[np.float64]


class EventMap:
    """Keeps the pins in step with the events; GUI thread."""

    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench
        self.overlay = Pins(overlay_id=OVERLAY_ID)
        self._heights_m: dict[str, float] = {}
        self._end_s, self._waits = 0.0, False

    def forget_places(self) -> None:
        """Layers came or went, or moved: the ground is to be asked anew."""
        self._heights_m.clear()

    def show(self) -> None:
        """Show the events as they stand now; without any, or where the user wants none, there is no overlay."""
        workbench = self._workbench
        open_now = self._open_events() if workbench.settings.get(SETTING) else []
        placed = [(event, at) for event, at in zip(open_now, self.places_m(open_now), strict=True) if at is not None]
        if not placed:
            workbench.scene.overlays.remove(self.overlay)
            return
        now = now_us()
        self.overlay.title = workbench.tr("ui.panel.events")
        self.overlay.stand(np.stack([at for _, at in placed]), [self._pin(event, now) for event, _ in placed])
        self.overlay.chosen = workbench.current_event
        workbench.scene.overlays.add(self.overlay)

    def _open_events(self) -> list[CityEvent]:
        store = self._workbench.events
        if store is None or not len(self._workbench.scene.layers):
            return []
        found = [event for event in store.events() if event.status not in DONE]
        return sorted(found, key=lambda one: (one.report.level, one.reported_us))[:MOST_PINS]

    def places_m(self, events: list[CityEvent]) -> list[Floats | None]:
        """Where events stand on the ground, world metres (3,); None where that cannot be known."""
        flat = project_places_m(self._workbench, events)
        self._end_s = time.perf_counter() + AT_ONCE_S
        return [
            np.array([*at, self._height_m(event, at)]) if np.isfinite(at).all() else None
            for event, at in zip(events, flat, strict=True)
        ]

    def _height_m(self, event: CityEvent, at: Floats) -> float:
        """Of the ground at an event; where many are asked at once, some stand about right until their turn comes."""
        known = self._heights_m.get(event.id)
        if known is not None:
            return known
        if time.perf_counter() > self._end_s:
            self._go_on_later()
            return float(np.median(list(self._heights_m.values())))
        self._heights_m[event.id] = self.ground_m(at)
        return self._heights_m[event.id]

    def ground_m(self, at: Floats) -> float:
        """The height of the ground at a place (2,) or more; the scene's lowest where there is none."""
        ground_m: float | None = self._workbench.canvas.ground_height_m(float(at[0]), float(at[1]))
        if ground_m is None:
            bounds_m = scene_bounds_m(self._workbench)
            ground_m = 0.0 if bounds_m is None else float(bounds_m[2])
        return ground_m

    def _go_on_later(self) -> None:
        if not self._waits:
            self._waits = True
            self._workbench.inbox.post(self._go_on)

    def _go_on(self) -> None:
        self._waits = False
        self.show()

    def _pin(self, event: CityEvent, now: int) -> Pin:
        report, clock, tr = event.report, clock_of(event, now), self._workbench.tr
        kind = event_classes().get(report.class_id)
        mark = _CLOCKS[clock.state] if clock.running or clock.state is ClockState.OVERDUE else PinClock.NONE
        return Pin(
            key=event.id,
            icon="" if kind is None else kind.icon,
            level=int(report.level),
            clock=mark,
            share=min(1.0, clock.used_s / clock.limit_s),
            title=class_name(tr, report.class_id),
            note=event_line(tr, event, now),
            short=clock_short(tr, clock) if clock.running else tr(event.status.text_key),
            is_simulated=report.simulated,
        )

    def go_to(self, event_id: str) -> None:
        """Look at an event; raises `CityTwinError` ``event.no_place_here``."""
        store = self._workbench.events
        event = None if store is None else store.event(event_id)
        place_m = None if event is None else self.places_m([event])[0]
        if place_m is None:
            raise CityTwinError("event.no_place_here", event_id)
        low = place_m - np.array([AROUND_M, AROUND_M, 0.0])
        high = place_m + np.array([AROUND_M, AROUND_M, ABOVE_M])
        self._workbench.canvas.fit_bounds(np.concatenate([low, high]))


def project_places_m(workbench: Workbench, events: list[CityEvent]) -> Floats:
    """Easting and northing (n, 2) of events; NaN where the project has no system that tells them."""
    places = np.array([event.report.project_m or (np.nan, np.nan) for event in events], np.float64).reshape(-1, 2)
    away = [at for at, event in enumerate(events) if event.report.project_m is None]
    if away and workbench.scene.crs is not None:
        lon_lat = np.array([(events[at].report.lon_deg, events[at].report.lat_deg) for at in away])
        places[away] = project_m_of(workbench, lon_lat)
    return places


def project_m_of(workbench: Workbench, lon_lat_deg: Floats) -> Floats:
    """Places (n, 2) of WGS 84 as easting and northing of the project's system; NaN where that cannot be told."""
    if workbench.scene.crs is None:
        return np.full(lon_lat_deg.shape, np.nan)
    try:
        east_m, north_m = point_map("EPSG:4326", workbench.scene.crs)(lon_lat_deg[:, 0], lon_lat_deg[:, 1])
    except ValueError:
        return np.full(lon_lat_deg.shape, np.nan)
    placed = np.column_stack([east_m, north_m])
    placed[~np.isfinite(placed).all(axis=1)] = np.nan
    return placed
