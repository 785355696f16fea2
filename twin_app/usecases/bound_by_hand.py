"""Streams that a person bound to objects; kept in the project file, and counting for more than what feeds say."""

from __future__ import annotations

from collections.abc import Iterable

from loaders.model.errors import CityTwinError
from scenes.model.scene import ObjectRef
from twin_app.live.streams import Link, LinkKind
from twin_app.services.project import BindingRecord
from twin_app.usecases.workbench import Workbench


def link_to(workbench: Workbench, ref: ObjectRef) -> Link:
    """What finds an object again: its GlobalId, else its id in its layer.

    Raises `CityTwinError` ``sensors.no_identity``.
    """
    layer = workbench.scene.layers.get(ref.layer_id)
    tileset = None if layer is None else workbench.sources.tileset(layer)
    if tileset is None:
        raise CityTwinError("sensors.no_identity", ref.layer_id)
    objects = tileset.objects()
    guid, ident = (objects[name][ref.row].as_py() for name in ("guid", "id"))
    if guid:
        return Link(LinkKind.GUID, guid)
    if not ident:
        raise CityTwinError("sensors.no_identity", ref.layer_id)
    return Link(LinkKind.FEATURE, ident, ref.layer_id)


def bind(workbench: Workbench, keys: Iterable[str], ref: ObjectRef) -> None:
    """Bind streams to an object."""
    link = link_to(workbench, ref)
    for key in keys:
        workbench.live.table.bind(key, link)
    _tell(workbench)


def unbind(workbench: Workbench, keys: Iterable[str]) -> int:
    """Have streams belong to what their feeds say again; tells how many were bound by hand."""
    bound = [key for key in dict.fromkeys(keys) if key in workbench.live.table.bound()]
    for key in bound:
        workbench.live.table.bind(key, None)
    if bound:
        _tell(workbench)
    return len(bound)


def chosen_keys(workbench: Workbench) -> list[str]:
    """The streams that are chosen in the live panel."""
    infos = workbench.live.table.infos()
    return [infos[row].key for row in workbench.chosen_streams if row < len(infos)]


def _tell(workbench: Workbench) -> None:
    workbench.project.touch()
    workbench.bindings_changed.emit()


def records_of(workbench: Workbench) -> list[BindingRecord]:
    """What is bound by hand, for the project file."""
    return [
        BindingRecord(key, guid=link.target)
        if link.kind is LinkKind.GUID
        else BindingRecord(key, layer=link.property_name, id=link.target)
        for key, link in workbench.live.table.bound().items()
    ]


def take(workbench: Workbench, records: Iterable[BindingRecord]) -> None:
    """Bind as a project file says, before its feeds run; a line that names nothing is left out."""
    for one in records:
        if one.guid:
            workbench.live.table.bind(one.stream, Link(LinkKind.GUID, one.guid))
        elif one.id:
            workbench.live.table.bind(one.stream, Link(LinkKind.FEATURE, one.id, one.layer))
