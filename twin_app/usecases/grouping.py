"""Which building and discipline a layer belongs to: guessed when it is opened, changed by the user at any time."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from loaders.model.errors import CityTwinError
from loaders.model.formats import LayerKind
from loaders.tileset import Tileset
from scenes.model.disciplines import Discipline, discipline_of_kind
from scenes.model.groups import Group
from scenes.model.layers import Layer
from twin_app.usecases.group_words import discipline_of_classes, named_discipline, speaks
from twin_app.usecases.workbench import Workbench

_HEAD_BYTES = 8192
_LONGEST_NAME = 120
_FILE_NAME = re.compile(rb"FILE_NAME\s*\(\s*'([^']*)'", re.IGNORECASE)
_APPLICATION = re.compile(rb"=\s*IFCAPPLICATION\s*\(\s*#\d+\s*,\s*'[^']*'\s*,\s*'([^']*)'", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Signs:
    """What a source says of its groups: names that the building may have, best first, and the discipline."""

    buildings: tuple[str, ...] = ()
    discipline: Discipline | None = None


def signs_of(source: Path, tileset: Tileset) -> Signs:
    """What names, classes and the writing program tell. Any thread; reads the head of the source."""
    if tileset.kind is not LayerKind.BUILDING:
        return Signs()
    named, stem = named_discipline(source.stem)
    written_as, application = _head(source)
    classes = discipline_of_classes(tileset.index.classes)
    named = named or named_discipline(Path(written_as).stem)[0]
    if named is Discipline.MEP and classes in (Discipline.HVAC, Discipline.PLUMBING, Discipline.ELECTRICAL):
        named = classes
    discipline = named or classes or named_discipline(application)[0]
    names = [tidy(name) for name in _building_names(tileset) if speaks(name)]
    return Signs((*dict.fromkeys(names), stem or source.stem), discipline)


def tidy(name: str) -> str:
    """A name on one line, no longer than anybody reads."""
    return " ".join(name.split())[:_LONGEST_NAME].strip()


def _head(source: Path) -> tuple[str, str]:
    """The name under which an IFC file was written, and the program that wrote it; "" where it does not say."""
    try:
        with source.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError:
        return "", ""
    found = [pattern.search(head) for pattern in (_FILE_NAME, _APPLICATION)]
    name, application = (match[1].decode("utf-8", "replace") if match else "" for match in found)
    return name.replace("\\", "/"), application


def _building_names(tileset: Tileset) -> list[str]:
    buildings = tileset.index.rows_of_class("IfcBuilding").tolist()
    projects = tileset.index.rows_of_class("IfcProject").tolist()
    names = []
    if len(buildings) == 1:
        names += [tileset.index.name(buildings[0]), _long_name(tileset, buildings[0])]
    if projects:
        names += [_long_name(tileset, projects[0]), tileset.index.name(projects[0])]
    return [name.strip() for name in names if name]


def _long_name(tileset: Tileset, row: int) -> str | None:
    try:
        entries = tileset.properties_of(row).to_pylist()
    except CityTwinError:
        return None  # told when somebody asks for properties
    return next((one["value"] for one in entries if one["kind"] == "attribute" and one["name"] == "LongName"), None)


def guess_groups(workbench: Workbench, layer: Layer, signs: Signs) -> None:
    """Put a freshly opened layer into its groups, unless the user or a project file did.

    Files of one folder whose names differ by the discipline alone (``duplex_architecture``, ``duplex_electrical``)
    are one building.
    """
    if layer.grouped or layer.kind is not LayerKind.BUILDING:
        return
    companion = next((one for one in workbench.scene.layers if _are_companions(layer, one)), None)
    building = companion.building if companion is not None else next(iter(signs.buildings), "")
    layer.discipline = signs.discipline or discipline_of_kind(layer.kind)
    layer.building = building


def _are_companions(one: Layer, other: Layer) -> bool:
    if one is other or one.source is None or other.source is None or not other.building:
        return False
    if one.source.parent != other.source.parent:
        return False
    (own, own_stem), (its, its_stem) = named_discipline(one.source.stem), named_discipline(other.source.stem)
    return bool(own and its and own_stem and own_stem.casefold() == its_stem.casefold())


def put_into(
    workbench: Workbench, layers: Iterable[Layer], *, building: str | None = None, discipline: Discipline | None = None
) -> None:
    """Say which building ("" for none) or discipline layers belong to; None leaves it as it is."""
    for layer in layers:
        layer.grouped = True
        if building is not None:
            layer.building = tidy(building)
        if discipline is not None:
            layer.discipline = discipline
        workbench.project.touch()


def rename_building(workbench: Workbench, building: str, name: str) -> None:
    """Call a building by another name; by that of another one, the two become one."""
    if tidy(name) not in ("", building):
        put_into(workbench, layers_in(workbench, Group(building)), building=name)


def layers_in(workbench: Workbench, group: Group) -> list[Layer]:
    """The layers of a group."""
    return [layer for layer in workbench.scene.layers if group.holds(layer)]


def buildings(workbench: Workbench) -> list[str]:
    """The names of all buildings, each once."""
    return list(dict.fromkeys(layer.building for layer in workbench.scene.layers if layer.building))
