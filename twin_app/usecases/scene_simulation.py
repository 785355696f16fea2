"""A pack of indicators simulated on what is open: at its buildings, and at places spread over its extent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from loaders.model.errors import CityTwinError
from loaders.model.formats import LayerKind
from twin_app.indicators.definitions import Pack
from twin_app.indicators.registry import all_packs
from twin_app.live.feed import FeedSpec
from twin_app.live.feeds.simulator import SUFFIX
from twin_app.live.streams import Link, LinkKind
from twin_app.services.paths import data_folder
from twin_app.usecases import feeds
from twin_app.usecases.objects import ready_layers
from twin_app.usecases.placing import layer_bounds_m
from twin_app.usecases.simulating import SPOTS, Asset, described, numbered, placed, write_description
from twin_app.usecases.workbench import Workbench

SEED = 7
MOST_BUILDINGS = 200
FOLDER = "simulated"
_HOUSES = frozenset({"Building", "BuildingPart"})


def choices(workbench: Workbench) -> dict[str, Pack]:
    """Packs that can be simulated, by their names in the user's language."""
    packs = all_packs(workbench.project.path)[0]
    modelled = [pack for pack in packs if any(one.model for one in pack.indicators)]
    return {pack.name.of(workbench.tr.language): pack for pack in modelled}


def simulate(workbench: Workbench, name: str) -> FeedSpec:
    """Describe the streams of the pack of that name in a file, and run it as a feed of the project.

    Raises `CityTwinError` where there is no such pack or the file cannot be written.
    """
    known = choices(workbench)
    pack = known.get(name) or next((one for one in known.values() if one.id == name), None)
    if pack is None:
        raise CityTwinError("indicator.unknown_pack", name[:80], known=", ".join(known))
    assets = (buildings_of(workbench) or numbered()[0], spots_of(workbench) or numbered()[1])
    path = _free_file(workbench, pack.id)
    write_description(path, described(pack, assets, workbench.tr.language))
    return feeds.add(workbench, str(path), name=f"{workbench.tr('live.stamp')} · {name}")


def _free_file(workbench: Workbench, stem: str) -> Path:
    """Beside the project where it has been saved, so that it goes wherever the project goes."""
    project = workbench.project.path
    folder = data_folder() / FOLDER if project is None else project.parent
    number = 1
    while (path := folder / f"{stem}{'' if number == 1 else f'-{number}'}{SUFFIX}").exists():
        number += 1
    return path


def buildings_of(workbench: Workbench) -> list[Asset]:
    """Buildings of the models by GlobalId; without any, those of city models by feature id."""
    for classes, column, kind in (({"IfcBuilding"}, "guid", LinkKind.GUID), (_HOUSES, "id", LinkKind.FEATURE)):
        found: dict[str, Asset] = {}
        for layer in ready_layers(workbench):
            tileset = workbench.sources.tileset(layer)
            if tileset is None:
                continue
            table = tileset.objects().select(["class", column, "name"])
            for one in table.to_pylist():
                target = one[column]
                if one["class"] in classes and target and len(found) < MOST_BUILDINGS:
                    found.setdefault(target, Asset(target, one["name"] or layer.name, Link(kind, target)))
        if found:
            return list(found.values())
    return []


def spots_of(workbench: Workbench, seed: int = SEED) -> list[Asset]:
    """Places spread evenly over the extent of what is open, the same for the same seed; none without a known system."""
    kinds = {LayerKind.BUILDING, LayerKind.CITY}
    boxes = [
        bounds
        for layer in ready_layers(workbench)
        if layer.kind in kinds and (bounds := layer_bounds_m(workbench, layer)) is not None
    ]
    crs = workbench.scene.crs
    if not boxes or crs is None:
        return []
    low: NDArray[np.float64] = np.min(boxes, axis=0)[:2]
    high: NDArray[np.float64] = np.max(boxes, axis=0)[3:5]
    points = low + (0.1 + 0.8 * np.random.default_rng(seed).random((SPOTS, 2))) * (high - low)
    return placed((points[:, 0], points[:, 1]), crs)
