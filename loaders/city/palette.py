"""Calm colours for city objects: warm off-whites for buildings, muted tones for ground, water and green."""

from __future__ import annotations

from typing import NamedTuple

Rgba = tuple[int, int, int, int]


class Style(NamedTuple):
    """The colours of what faces up, sideways and down."""

    up: Rgba
    side: Rgba
    down: Rgba


def _rgb(text: str, alpha: int = 255) -> Rgba:
    return int(text[0:2], 16), int(text[2:4], 16), int(text[4:6], 16), alpha


def plain(colour: Rgba) -> Style:
    """One colour on all sides."""
    return Style(colour, colour, colour)


_ROOF, _WALL, _GROUND = _rgb("d6cabc"), _rgb("f0ece4"), _rgb("b3aca1")
BUILDING = Style(_ROOF, _WALL, _GROUND)
_STONE = Style(_rgb("d3cec5"), _rgb("c3beb5"), _rgb("aaa59c"))

# By the type of a semantic surface (CityJSON 2.0, section 3.3).
SURFACES: dict[str, Style] = {
    "RoofSurface": plain(_ROOF),
    "WallSurface": plain(_WALL),
    "GroundSurface": plain(_GROUND),
    "ClosureSurface": plain(_rgb("dcd7ce")),
    "OuterCeilingSurface": plain(_rgb("d9d2c7")),
    "OuterFloorSurface": plain(_rgb("cfc8bd")),
    "InteriorWallSurface": plain(_rgb("f1ede6")),
    "CeilingSurface": plain(_rgb("f4f1eb")),
    "FloorSurface": plain(_rgb("cdbfae")),
    "Window": plain(_rgb("8fa9b8")),
    "Door": plain(_rgb("8d7560")),
    "WaterSurface": plain(_rgb("9dbccb")),
    "WaterGroundSurface": plain(_rgb("8d8a7c")),
    "WaterClosureSurface": plain(_rgb("a9c4d0")),
    "TrafficArea": plain(_rgb("b9b6b1")),
    "AuxiliaryTrafficArea": plain(_rgb("c5cbb4")),
    "TransportationMarking": plain(_rgb("f2f0ea")),
    "TransportationHole": plain(_rgb("8f8c88")),
}

# By the class of the object, where its surfaces say nothing.
CLASSES: dict[str, Style] = {
    "Bridge": _STONE,
    "BridgePart": _STONE,
    "Tunnel": _STONE,
    "TunnelPart": _STONE,
    "OtherConstruction": _STONE,
    "Road": plain(_rgb("b9b6b1")),
    "Railway": plain(_rgb("a8a29b")),
    "TransportSquare": plain(_rgb("c6c2ba")),
    "Waterway": plain(_rgb("9dbccb")),
    "WaterBody": plain(_rgb("9dbccb")),
    "PlantCover": plain(_rgb("afc193")),
    "SolitaryVegetationObject": plain(_rgb("8aa872")),
    "LandUse": plain(_rgb("d0cdb6")),
    "TINRelief": plain(_rgb("c2c3a2")),
    "CityFurniture": plain(_rgb("a5a7ab")),
    "BuildingRoom": plain(_rgb("e3ddd2")),
    "BuildingFurniture": plain(_rgb("c9b79d")),
    "GenericCityObject": _STONE,
}


def style_of(object_class: str, surface_type: str | None) -> Style:
    """The style of a surface: by its own meaning, else by its object's class, else a building's."""
    if surface_type is not None and surface_type in SURFACES:
        return SURFACES[surface_type]
    found = CLASSES.get(object_class)
    if found is not None:
        return found
    return BUILDING if object_class.startswith("Building") else _STONE


def of_material(rgba: tuple[float, float, float, float]) -> Style:
    """A material of the file; its components run from 0 to 1."""
    red, green, blue, alpha = (round(part * 255) for part in rgba)
    return plain((red, green, blue, alpha))
