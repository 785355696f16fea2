"""Who is nearest: resources for an event, by the way along the roads."""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from twin_app.operation.roads import RoadGraph


class ResourceState(enum.StrEnum):
    """Whether a resource can be sent."""

    FREE = "free"
    BUSY = "busy"
    OFF_DUTY = "off_duty"

    @property
    def text_key(self) -> str:
        """The translation key of its name."""
        return f"event.resource.{self.value}"


@dataclass(frozen=True, slots=True)
class Resource:
    """People or a vehicle that can be sent. ``place_m`` is easting and northing in the project's system."""

    id: str
    name: str
    skills: frozenset[str]
    place_m: tuple[float, float]
    state: ResourceState = ResourceState.FREE
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """A resource and its way. Where no road leads, ``way_m`` is the straight line and ``note_key`` says so."""

    resource: Resource
    way_m: float
    by_road: bool

    @property
    def note_key(self) -> str:
        """The translation key of what is to be told of the way."""
        return "event.way_by_road" if self.by_road else "event.way_straight"


def nearest(
    roads: RoadGraph, place_m: tuple[float, float], resources: Iterable[Resource], *, skill: str = "", most: int = 5
) -> list[Offer]:
    """Free resources with ``skill`` ("" for any), nearest first; those by road stand before those without one."""
    free = [one for one in resources if one.state is ResourceState.FREE and (not skill or skill in one.skills)]
    start = roads.snap(np.array(place_m))
    far_m = None if start is None else roads.distances_m(start)
    offers = []
    for one in free:
        way_m = math.inf
        goal = roads.snap(np.array(one.place_m))
        if start is not None and far_m is not None and goal is not None:
            way_m = start.off_m + roads.between_m(start, goal, far_m) + goal.off_m
        by_road = math.isfinite(way_m)
        offers.append(Offer(one, way_m if by_road else math.dist(place_m, one.place_m), by_road))
    return sorted(offers, key=lambda offer: (not offer.by_road, offer.way_m, offer.resource.id))[:most]
