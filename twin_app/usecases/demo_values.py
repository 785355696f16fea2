"""Simulated values of the demo city: its buildings, some houses, places in its streets; a file beside its project."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from loaders.model.formats import LayerKind
from twin_app.indicators.definitions import Pack
from twin_app.indicators.registry import pack_of_id, shipped_packs
from twin_app.live.feeds.simulator import SUFFIX, Described
from twin_app.live.streams import Link, LinkKind
from twin_app.services import project as store
from twin_app.usecases.simulating import Asset, building_of, described, spread, stream_of, write_description

if TYPE_CHECKING:
    from twin_app.demo.made import DemoCity, DemoHouse, DemoRoad

FEED_ID = "simulated"
INTERVAL_S = 4  # quicker than real sensors, so that one sees it move
SPOTS_RADIUS_M = 450.0
NAMES = {"en": "Simulated city", "zh_CN": "模拟城市"}
# Of the plain houses, which have no lifts and rooms to be looked into.
OF_ROADS = "traffic.flow"
OF_HOUSES = frozenset({"building.power", "building.water_flow", "building.occupants"})


def write_values(city: DemoCity, folder: Path, language: str) -> store.FeedRecord:
    """Describe the streams in a file in ``folder``; gives the feed for the project file that lies there, too."""
    path = folder / f"values-{language}{SUFFIX}"
    write_description(path, streams_of(city, language))
    options = {"seed": str(city.seed), "interval": str(INTERVAL_S)}
    return store.FeedRecord(FEED_ID, path.name, NAMES[language], options=options)


def streams_of(city: DemoCity, language: str) -> list[Described]:
    """All streams of a demo city."""
    packs = shipped_packs()
    operation, sensors = (pack_of_id(packs, one) for one in ("building-operation", "sensor-fields"))
    sources = [source for source in city.sources if source.kind is LayerKind.BUILDING]
    first = {source.path: source for source in reversed(sources)}  # of a model in many places the first
    chinese = language == "zh_CN"
    buildings = [
        building_of(path, path.stem, source.name_zh if chinese else source.name_en) for path, source in first.items()
    ]
    houses = [
        Asset(one.id, one.name_zh if chinese else one.name_en, Link(LinkKind.FEATURE, one.id)) for one in city.houses
    ]
    spots = spread(city.view.target_m[:2], SPOTS_RADIUS_M, city.crs, city.seed)
    inside = described(operation, (buildings, ()), language)
    plain = [one for one in described(operation, (houses, ()), language) if one.indicator in OF_HOUSES]
    return [*inside, *plain, *described(sensors, ((), spots), language), *_traffic(city, sensors, language)]


def _asset(one: DemoHouse | DemoRoad, language: str) -> Asset:
    return Asset(one.id, one.name_zh if language == "zh_CN" else one.name_en, Link(LinkKind.FEATURE, one.id))


def _traffic(city: DemoCity, sensors: Pack, language: str) -> list[Described]:
    """The flow of vehicles along each main road."""
    [flow] = [one for one in sensors.indicators if one.id == OF_ROADS]
    found = []
    for road in city.roads:
        model = dict(flow.model) | {name: round(float(flow.model[name]) * road.busy) for name in ("low", "high")}
        found.append(stream_of(replace(flow, model=model), _asset(road, language), language))
    return found
