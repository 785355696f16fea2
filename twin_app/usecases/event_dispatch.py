"""Who can be sent to the chosen event, and the way that one of them would take, in the scene."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenes.model.overlays.flows import Flows
from scenes.model.overlays.pins import Pin, Pins
from scenes.model.overlays.readings import Readings
from twin_app.operation.dispatch import Offer
from twin_app.operation.flow import RULES
from twin_app.operation.model import Action, CityEvent
from twin_app.operation.roads import RoadGraph
from twin_app.operation.simulated import SPEED_M_S
from twin_app.services.translations import Translator
from twin_app.usecases.event_map import project_places_m
from twin_app.usecases.event_resources import Choice, choice_for, posts_of, way_of
from twin_app.usecases.event_roads import roads_of
from twin_app.usecases.event_words import far_words, offer_words
from twin_app.usecases.workbench import Workbench

OVERLAY_ID, POSTS_ID = "event-way", "event-resources"
ICON = "account-hard-hat"
STEP_M, ABOVE_M = 12.0, 1.5  # corners of the way on the ground, and how far above it
WIDTH_PX, THROUGH = 8.0, 0.7


class Dispatching:
    """Keeps the choice for the chosen event; GUI thread. ``picked`` is the id of the resource whose way is shown."""

    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench
        self.overlay = Flows(overlay_id=OVERLAY_ID)
        self.posts = Pins(overlay_id=POSTS_ID)
        self.choice: Choice | None = None
        self.is_waiting = False  # for the roads
        self.picked = ""
        self._key: tuple[object, ...] = ()
        self._graph = RoadGraph(())

    def refresh(self) -> None:
        """Look anew who can be sent; nobody where the chosen event is none that is dispatched now."""
        event = self._event()
        if event is None:
            self._key, self.choice, self.is_waiting = (), None, False
            self.hide_way()
            self._show_posts()
            return
        graph = roads_of(self._workbench).graph()
        self.is_waiting = graph is None
        if graph is None:
            return
        store = self._workbench.events
        busy = sorted(one.id + ",".join(one.resources) + one.status for one in store.events() if one.resources)
        key = (event.id, posts_of(self._workbench), id(graph), self._workbench.scene.crs, tuple(busy))
        if key == self._key:
            return
        self._key, self._graph = key, graph
        self.choice = choice_for(self._workbench, event, graph)
        self._show_posts()
        if all(offer.resource.id != self.picked for offer in self.choice.offers):
            self.hide_way()

    def _show_posts(self) -> None:
        """Pins where those who can be sent are."""
        offers = () if self.choice is None else self.choice.offers
        overlays, tr = self._workbench.scene.overlays, self._workbench.tr
        if not offers:
            overlays.remove(self.posts)
            return
        ground_m = self._workbench.event_map.ground_m
        places = [np.array([*one.resource.place_m, ground_m(np.array(one.resource.place_m))]) for one in offers]
        self.posts.stand(np.stack(places), [_pin(tr, one) for one in offers])
        overlays.add(self.posts)

    def _event(self) -> CityEvent | None:
        store = self._workbench.events
        event = None if store is None else store.event(self._workbench.current_event)
        return event if event is not None and event.status in RULES[Action.DISPATCH].before else None

    def offer(self, resource_id: str) -> Offer | None:
        """The one of a resource; without an id the nearest."""
        offers = () if self.choice is None else self.choice.offers
        return next((one for one in offers if resource_id in ("", one.resource.id)), None)

    def show_way(self, resource_id: str) -> None:
        """Show the way of a resource to the chosen event."""
        event, offer = self._event(), self.offer(resource_id)
        if event is None or offer is None:
            self.hide_way()
            return
        self.picked = self.posts.chosen = offer.resource.id
        way_m = way_of(offer, project_places_m(self._workbench, [event])[0], self._graph)
        self.overlay.draw([self._on_ground(way_m)])
        simulated = offer.resource.simulated or event.report.simulated
        self.overlay.readings = Readings.of([1.0], simulated=simulated)
        self.overlay.speeds, self.overlay.widths_px, self.overlay.through = SPEED_M_S, WIDTH_PX, THROUGH
        self._workbench.scene.overlays.add(self.overlay)

    def hide_way(self) -> None:
        """No way is shown."""
        self.picked = self.posts.chosen = ""
        self._workbench.scene.overlays.remove(self.overlay)

    def _on_ground(self, way_m: NDArray[np.float64]) -> NDArray[np.float64]:
        gaps_m = np.hypot(*np.diff(way_m, axis=0).T)
        along_m = np.concatenate([[0.0], np.cumsum(gaps_m)])
        at_m = np.union1d(along_m, np.arange(0.0, along_m[-1], STEP_M))
        flat = np.column_stack([np.interp(at_m, along_m, way_m[:, axis]) for axis in (0, 1)])
        heights = [self._workbench.canvas.ground_height_m(float(x), float(y)) for x, y in flat]
        known = np.array([np.nan if one is None else one for one in heights], np.float64)
        there = np.isfinite(known)
        filled = np.interp(at_m, at_m[there], known[there]) if there.any() else np.zeros(len(at_m))
        return np.column_stack([flat, filled + ABOVE_M])


def _pin(tr: Translator, offer: Offer) -> Pin:
    one = offer.resource
    words = offer_words(tr, offer, SPEED_M_S)
    return Pin(one.id, ICON, 0, title=one.name, note=words, short=far_words(offer.way_m), is_simulated=one.simulated)
