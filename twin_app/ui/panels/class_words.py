"""What classes of objects are called, and their icons."""

from __future__ import annotations

import re

from scenes.model.disciplines import Discipline
from twin_app.services.translations import Translator

ICONS = {
    "IfcProject": "mdi6.folder-outline",
    "IfcSite": "mdi6.map-outline",
    "IfcBuilding": "mdi6.office-building-outline",
    "IfcBuildingStorey": "mdi6.layers-outline",
    "IfcSpace": "mdi6.cube-scan",
    "IfcWall": "mdi6.wall",
    "IfcWallStandardCase": "mdi6.wall",
    "IfcWindow": "mdi6.window-closed-variant",
    "IfcDoor": "mdi6.door",
    "IfcSlab": "mdi6.layers-outline",
    "IfcRoof": "mdi6.home-roof",
    "IfcStair": "mdi6.stairs",
    "IfcStairFlight": "mdi6.stairs",
    "IfcColumn": "mdi6.pillar",
    "IfcBeam": "mdi6.minus-box-outline",
    "IfcFurniture": "mdi6.sofa-outline",
    "IfcFurnishingElement": "mdi6.sofa-outline",
    "IfcSensor": "mdi6.access-point",
    "IfcActuator": "mdi6.valve",
    "IfcFlowMeter": "mdi6.gauge",
    "IfcFlowInstrument": "mdi6.gauge",
    "IfcDistributionControlElement": "mdi6.thermostat",
    "IfcPipeSegment": "mdi6.pipe",
    "IfcDuctSegment": "mdi6.pipe",
    "Building": "mdi6.office-building-outline",
    "BuildingPart": "mdi6.office-building-outline",
    "Road": "mdi6.road-variant",
    "WaterBody": "mdi6.waves",
    "SolitaryVegetationObject": "mdi6.tree-outline",
    "PlantCover": "mdi6.tree-outline",
    "TINRelief": "mdi6.terrain",
    "Terrain": "mdi6.terrain",
    "Imagery": "mdi6.image-outline",
    "PointCloud": "mdi6.scatter-plot-outline",
}
OTHER_ICON = "mdi6.cube-outline"
LAYER_ICONS = {
    "building": "mdi6.office-building-outline",
    "city": "mdi6.city-variant-outline",
    "terrain": "mdi6.terrain",
    "imagery": "mdi6.image-outline",
    "points": "mdi6.scatter-plot-outline",
}
BUILDING_ICON = "mdi6.home-city-outline"
DISCIPLINE_ICONS = {
    Discipline.ARCHITECTURE: "mdi6.office-building-outline",
    Discipline.STRUCTURE: "mdi6.pillar",
    Discipline.MEP: "mdi6.cog-outline",
    Discipline.HVAC: "mdi6.fan",
    Discipline.PLUMBING: "mdi6.pipe",
    Discipline.ELECTRICAL: "mdi6.lightning-bolt-outline",
    Discipline.INTERIOR: "mdi6.sofa-outline",
    Discipline.LANDSCAPE: "mdi6.tree-outline",
    Discipline.CIVIL: "mdi6.bridge",
    Discipline.CITY: "mdi6.city-variant-outline",
    Discipline.SURVEY: "mdi6.scatter-plot-outline",
    Discipline.IMAGERY: "mdi6.image-outline",
    Discipline.TERRAIN: "mdi6.terrain",
    Discipline.OTHER: "mdi6.cube-outline",
}


def class_icon(name: str) -> str:
    """The Material icon of a class."""
    return ICONS.get(name, OTHER_ICON)


def class_text(tr: Translator, name: str) -> str:
    """What a class is called in the current language; one that has no word keeps its technical name."""
    key = f"ui.class.{name.lower()}"
    if tr.has(key):
        return tr(key)
    if re.fullmatch(r"Class\d+", name):  # of points, numbered by whoever made them
        return tr("ui.class_numbered", number=name.removeprefix("Class"))
    # IfcWallType and IfcWindowStyle are kinds of walls and windows.
    for ending in ("Type", "Style"):
        kind = f"ui.class.{name.removesuffix(ending).lower()}"
        if name.endswith(ending) and tr.has(kind):
            return tr("ui.class_type", name=tr(kind))
    return name
