"""Putting models where they belong: by their georeference, else in the middle of what is there."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from loaders.model.errors import CityTwinError, Finding
from loaders.model.formats import LayerKind
from loaders.model.frames import Georeference, Matrix, identity, rotation_z, transform_bounds, translation
from scenes.analysis.reproject import affine_between, affine_error_m, project_point, same_crs
from scenes.model.layers import Layer, LayerState
from scenes.model.placement import Placement
from twin_app.usecases.workbench import Workbench

FAR_M = 50_000.0
TOLERATED_ERROR_M = 0.5


def place_layer(workbench: Workbench, layer: Layer) -> None:
    """Give a freshly opened layer its place in the project's CRS; the first georeferenced one sets that CRS."""
    tileset = workbench.sources.tileset(layer)
    if tileset is None:
        return
    georeference = tileset.georeference
    first = georeference.crs is not None and workbench.scene.crs is None
    if first:
        workbench.scene.crs = georeference.crs
    try:
        base = _base(workbench, layer, georeference, tileset.bounds_m)
    except CityTwinError as error:
        workbench.messages.error(error, layer.layer_id)
        base = None
    if base is None:
        base = _in_the_middle(workbench, layer, tileset.bounds_m)
    layer.base_world_from_model = base
    layer.place(layer.placement, tileset.bounds_m)
    if first:
        _replace_unreferenced(workbench)


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


def _in_the_middle(workbench: Workbench, layer: Layer, bounds_m: NDArray[np.float64]) -> Matrix:
    """An unreferenced model stands in the middle of the others, on the ground; alone it stays where it is."""
    around = _referenced_bounds_m(workbench)
    if around is None or workbench.scene.crs is None:
        return identity()
    if layer.kind is not LayerKind.IMAGERY:
        workbench.messages.finding(Finding.info("georef.none", layer.name), layer.layer_id)
    east, north = ((around[:2] + around[3:5]) - (bounds_m[:2] + bounds_m[3:5])) / 2
    ground_m = _ground_m(workbench, east + bounds_m[[0, 3]].mean(), north + bounds_m[[1, 4]].mean(), around[2])
    return translation((east, north, ground_m - bounds_m[2]))


def _ground_m(workbench: Workbench, x_m: float, y_m: float, otherwise_m: float) -> float:
    found = workbench.canvas.ground_height_m(x_m, y_m) if workbench.canvas is not None else None
    return otherwise_m if found is None else float(found)


def _replace_unreferenced(workbench: Workbench) -> None:
    for layer in workbench.scene.layers:
        tileset = workbench.sources.tileset(layer)
        if tileset is not None and tileset.georeference.crs is None and layer.placement.is_default:
            layer.base_world_from_model = _in_the_middle(workbench, layer, tileset.bounds_m)
            layer.place(layer.placement, tileset.bounds_m)


def scene_bounds_m(workbench: Workbench) -> NDArray[np.float64] | None:
    """World bounds (6,) of all ready layers; None when there is none."""
    return _union([layer_bounds_m(workbench, layer) for layer in workbench.scene.layers])


def _referenced_bounds_m(workbench: Workbench) -> NDArray[np.float64] | None:
    """World bounds (6,) of the layers whose source says where it is."""
    return _union(
        [layer_bounds_m(workbench, layer) for layer in workbench.scene.layers if _says_where(workbench, layer)]
    )


def _says_where(workbench: Workbench, layer: Layer) -> bool:
    tileset = workbench.sources.tileset(layer)
    return tileset is not None and tileset.georeference.crs is not None


def _union(boxes: list[NDArray[np.float64] | None]) -> NDArray[np.float64] | None:
    found = [box for box in boxes if box is not None]
    if not found:
        return None
    return np.concatenate([np.min([b[:3] for b in found], axis=0), np.max([b[3:] for b in found], axis=0)])


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
        workbench.messages.finding(Finding.warning("georef.no_terrain", layer.name), layer.layer_id)
        return False
    move_layer(workbench, layer, height_m=layer.placement.height_m + float(ground_m - bounds_m[2]))
    return True
