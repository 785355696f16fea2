"""Putting models where they belong: by their georeference, else in the middle of what is there."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
from numpy.typing import NDArray

from loaders.model.errors import CityTwinError, Finding
from loaders.model.formats import LayerKind
from loaders.model.frames import Georeference, Matrix, rotation_z, transform_bounds, translation
from scenes.analysis.reproject import affine_between, affine_error_m, project_point, same_crs
from scenes.model.layers import Layer, LayerState
from scenes.model.notes import carry_notes
from scenes.model.placement import BaseOrigin, Placement
from twin_app.usecases.workbench import Workbench

FAR_M = 50_000.0
NEAR_M = 5_000.0  # own coordinates this near to what has a place are taken for the same system
TOLERATED_ERROR_M = 0.5


def place_layer(workbench: Workbench, layer: Layer) -> bool:
    """Give a freshly opened layer its place in the project's CRS; the first georeferenced one sets that CRS.

    Tells whether others moved: those without a place follow the first that has one. What a project
    file kept (`BaseOrigin.PROJECT`) stays.
    """
    tileset = workbench.sources.tileset(layer)
    if tileset is None:
        return False
    georeference = tileset.georeference
    others_m = _referenced_bounds_m(workbench, besides=layer)
    if georeference.crs is not None and workbench.scene.crs is None:
        workbench.scene.crs = georeference.crs
    if layer.base_origin is not BaseOrigin.PROJECT:
        _choose_base(workbench, layer, georeference, tileset.bounds_m)
    layer.place(layer.placement, tileset.bounds_m)
    if georeference.crs is None:
        return False
    if others_m is not None:
        _tell_when_far(workbench, layer, others_m)
        return False
    return _move_to_referenced(workbench)


def _choose_base(workbench: Workbench, layer: Layer, georeference: Georeference, bounds_m: NDArray[np.float64]) -> None:
    base = None
    try:
        base = _base(workbench, layer, georeference, bounds_m)
    except CityTwinError as error:
        workbench.messages.error(error, layer.layer_id)
    if base is not None:
        layer.base_origin = BaseOrigin.LATITUDE if georeference.crs is None else BaseOrigin.FILE
        layer.base_world_from_model = base
    else:
        _put_in_the_middle(workbench, layer, georeference.world_from_model, bounds_m)


def _tell_when_far(workbench: Workbench, layer: Layer, others_m: NDArray[np.float64]) -> None:
    own_m = layer_bounds_m(workbench, layer)
    if own_m is None:
        return
    distance_m = gap_m(own_m, others_m)
    if distance_m > FAR_M:
        finding = Finding.warning("georef.far", layer.name, kilometres=round(distance_m / 1000))
        workbench.messages.finding(finding, layer.layer_id)


def gap_m(one_m: NDArray[np.float64], other_m: NDArray[np.float64]) -> float:
    """How far apart two boxes (6,) are in plan; 0 where they overlap."""
    gaps_m = np.maximum(np.maximum(one_m[:2] - other_m[3:5], other_m[:2] - one_m[3:5]), 0.0)
    return float(np.hypot(*gaps_m))


def _base(
    workbench: Workbench, layer: Layer, georeference: Georeference, bounds_m: NDArray[np.float64]
) -> Matrix | None:
    target = workbench.scene.crs
    if georeference.crs is None or target is None:
        return _from_latitude(workbench, georeference) if target else None
    if same_crs(georeference.crs, target):
        return georeference.world_from_model
    world_bounds_m = transform_bounds(georeference.world_from_model, bounds_m)
    matrix = affine_between(georeference.crs, target, (world_bounds_m[:3] + world_bounds_m[3:]) / 2)
    error_m = affine_error_m(georeference.crs, target, matrix, world_bounds_m)
    if error_m > TOLERATED_ERROR_M:
        finding = Finding.warning("georef.affine_error", layer.name, metres=round(error_m, 1), crs=target)
        workbench.messages.finding(finding, layer.layer_id)
    placed: Matrix = matrix @ georeference.world_from_model
    return placed


def _from_latitude(workbench: Workbench, georeference: Georeference) -> Matrix | None:
    """A place from IfcSite's latitude and longitude, trusted only when it falls near what is already there."""
    crs, bounds_m = workbench.scene.crs, _referenced_bounds_m(workbench)
    if crs is None or bounds_m is None or georeference.latitude_deg is None or georeference.longitude_deg is None:
        return None
    east, north = project_point("EPSG:4326", crs, georeference.longitude_deg, georeference.latitude_deg)
    middle = (bounds_m[:2] + bounds_m[3:5]) / 2
    if not np.hypot(east - middle[0], north - middle[1]) < FAR_M:
        return None
    turn = rotation_z(np.radians(georeference.true_north_deg or 0.0))
    placed: Matrix = translation((east, north, georeference.height_m or 0.0)) @ turn
    return placed


def _put_in_the_middle(workbench: Workbench, layer: Layer, own: Matrix, bounds_m: NDArray[np.float64]) -> None:
    """An unreferenced model stands in the middle of the others, on the ground; alone it stays where it is.

    ``own`` puts it at its own coordinates: where those lie among the others, they are believed.
    """
    around = _referenced_bounds_m(workbench, besides=layer)
    if around is None or workbench.scene.crs is None or not np.isfinite(bounds_m).all():
        layer.base_origin, layer.base_world_from_model = BaseOrigin.OWN, own
        if any(other is not layer and other.state is LayerState.READY for other in workbench.scene.layers):
            workbench.messages.finding(Finding.info("georef.own", layer.name), layer.layer_id)
        return
    if gap_m(transform_bounds(own, bounds_m), around) < NEAR_M:
        finding = Finding.info("georef.assumed", layer.name, crs=workbench.scene.crs)
        workbench.messages.finding(finding, layer.layer_id)
        layer.base_origin, layer.base_world_from_model = BaseOrigin.OWN, own
        return
    if layer.kind is not LayerKind.IMAGERY:
        workbench.messages.finding(Finding.info("georef.none", layer.name), layer.layer_id)
    together_m = transform_bounds(own, bounds_m)
    shift = _shift_of_companions(workbench, layer, together_m)
    if shift is None:
        for other in _unplaced(workbench, besides=layer):
            other_m = _own_bounds_m(workbench, other)
            if other_m is not None and gap_m(other_m, together_m) < NEAR_M:
                together_m = _union_of(together_m, other_m)
        shift = _shift_to_the_middle(workbench, together_m, around)
    layer.base_origin, layer.base_world_from_model = BaseOrigin.MIDDLE, shift @ own


def _shift_to_the_middle(workbench: Workbench, own_m: NDArray[np.float64], around: NDArray[np.float64]) -> Matrix:
    """From own coordinates, with the box ``own_m``, to the middle of ``around``, on the ground."""
    east, north = ((around[:2] + around[3:5]) - (own_m[:2] + own_m[3:5])) / 2
    ground_m = _ground_m(workbench, east + own_m[[0, 3]].mean(), north + own_m[[1, 4]].mean(), around[2])
    return translation((east, north, ground_m - own_m[2]))


def _shift_of_companions(workbench: Workbench, layer: Layer, own_m: NDArray[np.float64]) -> Matrix | None:
    """How a model in the same coordinates was moved to the middle: the disciplines of a building stay together."""
    for other in workbench.scene.layers:
        tileset = workbench.sources.tileset(other)
        if other is layer or other.base_origin is not BaseOrigin.MIDDLE or tileset is None:
            continue
        own = tileset.georeference.world_from_model
        if gap_m(transform_bounds(own, tileset.bounds_m), own_m) < NEAR_M:
            shift: Matrix = other.base_world_from_model @ np.linalg.inv(own)
            return shift
    return None


def _unplaced(workbench: Workbench, besides: Layer) -> list[Layer]:
    """Models that still stand at their own coordinates and say nothing of a place."""
    return [
        other
        for other in workbench.scene.layers
        if other is not besides and other.base_origin is BaseOrigin.OWN and not _says_where(workbench, other)
    ]


def _own_bounds_m(workbench: Workbench, layer: Layer) -> NDArray[np.float64] | None:
    tileset = workbench.sources.tileset(layer)
    if tileset is None or layer.state is not LayerState.READY or not np.isfinite(tileset.bounds_m).all():
        return None
    return transform_bounds(tileset.georeference.world_from_model, tileset.bounds_m)


def _union_of(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.append(np.minimum(one[:3], other[:3]), np.maximum(one[3:], other[3:]))


def _ground_m(workbench: Workbench, x_m: float, y_m: float, otherwise_m: float) -> float:
    found = workbench.canvas.ground_height_m(x_m, y_m) if workbench.canvas is not None else None
    return otherwise_m if found is None else float(found)


def _move_to_referenced(workbench: Workbench) -> bool:
    """Bring the models that stood at their own coordinates to the first that has a place; tells whether any moved."""
    motions: list[Matrix] = []
    for layer in workbench.scene.layers:
        tileset = workbench.sources.tileset(layer)
        if tileset is not None and layer.base_origin is BaseOrigin.OWN and layer.state is LayerState.READY:
            before = layer.world_from_model
            _choose_base(workbench, layer, tileset.georeference, tileset.bounds_m)
            layer.place(layer.placement, tileset.bounds_m)
            motions.append(layer.world_from_model @ np.linalg.inv(before))
    if motions and not carry_notes(workbench.scene.view, motions):
        workbench.messages.finding(Finding.warning("georef.notes_removed"))
    return bool(motions)


def scene_bounds_m(workbench: Workbench) -> NDArray[np.float64] | None:
    """World bounds (6,) of all ready layers; None when there is none."""
    return _union([layer_bounds_m(workbench, layer) for layer in workbench.scene.layers])


def _referenced_bounds_m(workbench: Workbench, besides: Layer | None = None) -> NDArray[np.float64] | None:
    """World bounds (6,) of the layers, but for one, whose source says where it is."""
    return _union(
        [
            layer_bounds_m(workbench, layer)
            for layer in workbench.scene.layers
            if layer is not besides and _says_where(workbench, layer)
        ]
    )


def _says_where(workbench: Workbench, layer: Layer) -> bool:
    tileset = workbench.sources.tileset(layer)
    return tileset is not None and tileset.georeference.crs is not None


def _union(boxes: list[NDArray[np.float64] | None]) -> NDArray[np.float64] | None:
    found = [box for box in boxes if box is not None]
    return functools.reduce(_union_of, found) if found else None


def layer_bounds_m(workbench: Workbench, layer: Layer) -> NDArray[np.float64] | None:
    """World bounds (6,) of one ready layer."""
    tileset = workbench.sources.tileset(layer)
    if tileset is None or layer.state is not LayerState.READY or not np.isfinite(tileset.bounds_m).all():
        return None
    return transform_bounds(layer.world_from_model, tileset.bounds_m)


def move_layer(workbench: Workbench, layer: Layer, **changes: float) -> None:
    """Change some of a layer's placement (``east_m, north_m, height_m, rotation_deg``)."""
    tileset = workbench.sources.tileset(layer)
    if tileset is not None:
        layer.place(dataclasses.replace(layer.placement, **changes), tileset.bounds_m)
        workbench.project.touch()


def reset_placement(workbench: Workbench, layer: Layer) -> None:
    """Put a layer back where its georeference puts it."""
    move_layer(workbench, layer, **dataclasses.asdict(Placement()))


def snap_to_terrain(workbench: Workbench, layer: Layer) -> bool:
    """Stand a model on the ground: its lowest point at the terrain's height under its middle."""
    bounds_m = layer_bounds_m(workbench, layer)
    if bounds_m is None:
        return False
    middle = (bounds_m[:2] + bounds_m[3:5]) / 2
    ground_m = workbench.canvas.ground_height_m(float(middle[0]), float(middle[1]))
    if ground_m is None:
        finding = Finding.warning("georef.no_terrain", layer.name)
        workbench.messages.finding(finding, layer.layer_id, is_answer=True)
        return False
    move_layer(workbench, layer, height_m=layer.placement.height_m + float(ground_m - bounds_m[2]))
    return True
