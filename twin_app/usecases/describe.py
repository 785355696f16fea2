"""What a source, tileset or project holds, in the words of ``citytwin info``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc

from loaders import registry
from loaders.convert import ConvertOptions, convert
from loaders.model.errors import CityTwinError, Finding
from loaders.model.events import Progress
from loaders.model.frames import Georeference, transform_bounds
from loaders.tileset import Tileset, tileset_folder_of
from twin_app.services import project as projects

STOREY_CLASSES = ("IfcBuildingStorey", "BuildingStorey")
Problem = CityTwinError | Finding
ProgressPort = Callable[[float | None, str], None]


def describe(path: Path, *, on_progress: ProgressPort = lambda _f, _s: None) -> tuple[dict[str, Any], list[Problem]]:
    """What ``path`` holds, and what is wrong with it. Raises `CityTwinError` when it cannot be read at all."""
    if path.suffix.lower() == projects.SUFFIX and path.is_file():
        return _describe_project(path, on_progress)
    if (folder := tileset_folder_of(path)) is not None:
        tileset = Tileset.open(folder)
        return _describe_tileset(tileset), list(tileset.report.findings)
    path = registry.source_of(path)
    registry.choose(path)

    def on_event(event: object) -> None:
        if isinstance(event, Progress):
            on_progress(event.fraction, event.stage)

    report = convert(path, ConvertOptions(), on_event=on_event)
    return _describe_tileset(Tileset.open(Path(report.tileset))), list(report.findings)


def _describe_project(path: Path, on_progress: ProgressPort) -> tuple[dict[str, Any], list[Problem]]:
    record = projects.read_project(path)
    values, problems = [], []
    for layer in record.layers:
        try:
            value, found = describe(Path(layer.source), on_progress=on_progress)
            values.append(value)
            problems += found
        except CityTwinError as error:
            problems.append(error)
    classes: dict[str, int] = {}
    for value in values:
        for name, count in value["classes"].items():
            classes[name] = classes.get(name, 0) + count
    return {
        "format": "citytwin",
        "schema": str(record.citytwin),
        "crs": record.crs,
        "georeference": {"method": "project"},
        "bounds": _union([v["bounds"] for v in values if v["bounds"] and v["crs"] == record.crs]),
        "objects": sum(value["objects"] for value in values),
        "triangles": sum(value["triangles"] for value in values),
        "points": sum(value["points"] for value in values),
        "classes": dict(sorted(classes.items())),
        "levels": sorted({level for value in values for level in value["levels"]}),
        "storeys": [storey for value in values for storey in value["storeys"]],
        "layers": [{"name": layer.name, "source": layer.source, "kind": layer.kind} for layer in record.layers],
    }, problems


def _union(boxes: list[list[float]]) -> list[float] | None:
    if not boxes:
        return None
    array = np.array(boxes)
    return [*array[:, :3].min(axis=0).tolist(), *array[:, 3:].max(axis=0).tolist()]


def _describe_tileset(tileset: Tileset) -> dict[str, Any]:
    objects = tileset.objects()
    counts = pc.value_counts(objects["class"]).to_pylist()
    storeys = objects.filter(pc.is_in(objects["class"], value_set=_strings(STOREY_CLASSES)))
    georeference = tileset.georeference
    bounds_m = tileset.bounds_m
    known = bool(np.isfinite(bounds_m).all())
    return {
        "format": tileset.meta.format,
        "schema": tileset.meta.schema,
        "crs": georeference.crs,
        "georeference": _georeference(georeference),
        "bounds": transform_bounds(georeference.world_from_model, bounds_m).tolist() if known else None,
        "objects": objects.num_rows,
        "triangles": tileset.meta.counts.triangles,
        "points": tileset.num_points,
        "classes": {row["values"]: row["counts"] for row in sorted(counts, key=lambda r: str(r["values"]))},
        "levels": [f"CIM{level}" for level in tileset.meta.levels],
        "storeys": [name or "" for name in storeys["name"].to_pylist()],
    }


def _strings(values: tuple[str, ...]) -> Any:
    import pyarrow as pa

    return pa.array(values, pa.string())


def _georeference(value: Georeference) -> dict[str, Any]:
    matrix = value.world_from_model
    return {
        "method": value.method,
        "origin": [float(v) for v in matrix[:3, 3]],
        "rotation_deg": float(np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0]))),
        "scale": float(np.hypot(matrix[0, 0], matrix[1, 0])),
        "latitude_deg": value.latitude_deg,
        "longitude_deg": value.longitude_deg,
        "height_m": value.height_m,
        "true_north_deg": value.true_north_deg,
    }
