"""Packs of indicators as simulated streams: which they are, where they stand, what they belong to."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np

from loaders.model.crs import point_map
from loaders.model.errors import CityTwinError
from twin_app.indicators.definitions import Indicator, Pack, Scope
from twin_app.indicators.reading import read_pack
from twin_app.indicators.registry import all_packs, pack_of_id
from twin_app.live.feed import Feed, FeedSpec
from twin_app.live.feeds import registry, simulator
from twin_app.live.feeds.simulator import Described, Description, Options, SimulatorFeed
from twin_app.live.streams import Link, LinkKind
from twin_app.services import project as store
from twin_app.services.files import write_atomically

BUILDINGS, SPOTS = 10, 12  # where nobody says how many
SPREAD_M = 600.0
_OF_BUILDINGS = frozenset({Scope.BUILDING, Scope.OBJECT})
_GUID_AT = b"IFCBUILDING("
_MOST_IFC_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Asset:
    """Something that streams can belong to: a building, a place."""

    id: str
    name: str
    link: Link = field(default_factory=Link)


def make_feed(spec: FeedSpec) -> Feed:
    """The feed of a spec, packs as ``sim://<pack>`` included; raises `CityTwinError` where the spec is wrong."""
    if registry.kind_of(spec.url).id != "simulator":
        return registry.make_feed(spec)
    name = simulator.name_in(spec.url)
    if name.lower().endswith(simulator.SUFFIX):
        return simulator.make(spec)
    options = Options(spec)
    return SimulatorFeed(spec.id, described(pack_named(name), numbered(options.count)), options)


def pack_named(name: str) -> Pack:
    """A pack by its id or its file; raises `CityTwinError` where there is none."""
    return read_pack(Path(name))[0] if name.lower().endswith(".toml") else pack_of_id(all_packs()[0], name)


def numbered(count: int = 0) -> tuple[list[Asset], list[Asset]]:
    """Buildings and places of which nothing is known but their numbers."""
    buildings = [Asset(f"B{n:02d}", f"B{n:02d}") for n in range(1, (count or BUILDINGS) + 1)]
    return buildings, [Asset(f"S{n:02d}", f"S{n:02d}") for n in range(1, (count or SPOTS) + 1)]


def described(pack: Pack, assets: tuple[Sequence[Asset], Sequence[Asset]], language: str = "en") -> list[Described]:
    """The streams of a pack at its buildings and its other places; indicators without a model have none.

    A pack of building operation has streams at buildings alone, for sensors too.
    Raises `CityTwinError` ``feed.sim_no_model`` where no indicator has a model.
    """
    buildings, spots = assets
    modelled = [one for one in pack.indicators if one.model]
    if not modelled:
        raise CityTwinError("feed.sim_no_model", pack.id)
    inside = any(one.scope in _OF_BUILDINGS for one in modelled)
    found = [stream_of(one, asset, language) for asset in (buildings if inside else ()) for one in modelled]
    if not inside:
        # Each place has a few of the indicators, as a station in a street has.
        found = [stream_of(one, spots[n], language) for n in range(len(spots)) for one in modelled[n % 3 :: 3]]
    return found


def stream_of(one: Indicator, asset: Asset, language: str) -> Described:
    """An indicator's stream at an asset."""
    return Described(
        id=f"{asset.id}/{one.id}",
        model=dict(one.model),
        name=f"{asset.name} · {one.name.of(language)}",
        unit=one.unit,
        indicator=one.streams,
        link=asset.link,
        interval_s=one.interval_s,
        low=one.low if math.isfinite(one.low) else None,
        high=one.high if math.isfinite(one.high) else None,
        classification=str(one.classification),
    )


def spread(middle_m: tuple[float, float], radius_m: float, crs: str, seed: int, count: int = SPOTS) -> list[Asset]:
    """Places in a circle about a point of the project, the same for the same seed; not nearer the middle."""
    random = np.random.default_rng(seed)
    turn, away = 2.0 * math.pi * random.random(count), radius_m * np.sqrt(random.random(count))
    return placed((middle_m[0] + away * np.cos(turn), middle_m[1] + away * np.sin(turn)), crs)


def placed(points_m: tuple[np.ndarray, np.ndarray], crs: str) -> list[Asset]:
    """Places at points of a coordinate system, linked by longitude and latitude."""
    try:
        longitude, latitude = point_map(crs, "EPSG:4326")(*points_m)
    except ValueError:
        return []
    sound = [(float(x), float(y)) for x, y in zip(longitude, latitude, strict=True) if math.isfinite(x + y)]
    return [
        Asset(f"S{n:02d}", f"S{n:02d}", Link(LinkKind.PLACE, place=(round(x, 7), round(y, 7), 0.0)))
        for n, (x, y) in enumerate(sound, 1)
    ]


def building_of(path: Path, asset_id: str, name: str) -> Asset:
    """A building by the GlobalId of the first IfcBuilding of its file, by its name where there is none."""
    guid = building_guid(path)
    return Asset(asset_id, name, Link(LinkKind.GUID, guid) if guid else Link(LinkKind.CODE, name))


def building_guid(path: Path) -> str:
    """The GlobalId of the first IfcBuilding of a file, "" where none is found; the rest of the file is not parsed."""
    try:
        with path.open("rb") as file:
            if file.read(2) == b"PK" or path.stat().st_size > _MOST_IFC_BYTES:
                return ""
            before = b""
            while block := file.read(1 << 20):
                text = before + block
                at = text.upper().find(_GUID_AT)
                if at >= 0 and len(guid := _quoted(text[at : at + 64])) == 22:
                    return guid
                before = text[-64:]
    except OSError:
        pass
    return ""


def _quoted(text: bytes) -> str:
    parts = text.split(b"'")
    return parts[1].decode("ascii", "replace") if len(parts) > 2 else ""


def streams_of_project(path: Path, seed: int, language: str = "en") -> list[Described]:
    """What a project's own simulated feed describes; else all packs at its buildings, and about where it looks.

    Raises `CityTwinError` where the project cannot be read.
    """
    record = store.read_project(path)
    for feed in record.feeds:
        if registry.kind_of(feed.url).id == "simulator" and feed.url.lower().endswith(simulator.SUFFIX):
            return simulator.read_description(Path(simulator.name_in(feed.url)))
    layers = [layer for layer in record.layers if layer.kind == "building"]
    buildings = [building_of(Path(x.source), f"B{n:02d}", x.name or x.source) for n, x in enumerate(layers, 1)]
    middle = record.camera.target_m[:2] if record.camera is not None else (0.0, 0.0)
    spots = spread(middle, SPREAD_M, record.crs, seed) if record.crs and record.camera else []
    return everything(all_packs(path)[0], (buildings or numbered()[0], spots or numbered()[1]), language)


def everything(
    packs: Iterable[Pack], assets: tuple[Sequence[Asset], Sequence[Asset]], language: str
) -> list[Described]:
    """The streams of all packs that have models."""
    return [
        one
        for pack in packs
        if any(indicator.model for indicator in pack.indicators)
        for one in described(pack, assets, language)
    ]


def write_description(path: Path, streams: Sequence[Described]) -> None:
    """Write a file ``*.ctsim``; raises `CityTwinError` where it cannot be written."""
    write_atomically(path, msgspec.json.format(msgspec.json.encode(Description(list(streams))), indent=1))
