"""What a CityJSON file holds, checked member by member: objects, vertices, templates, appearance, metadata."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loaders.city.decoding import Decoded, decode_file
from loaders.city.properties import printable
from loaders.model.errors import CityTwinError, Finding

Points = NDArray[np.float64]


@dataclass(slots=True)
class Appearance:
    """Materials as RGBA 0..1 (None where unreadable), the theme to show, and how many textures there are."""

    materials: list[tuple[float, float, float, float] | None] = field(default_factory=list)
    theme: str | None = None
    num_textures: int = 0


@dataclass(slots=True)
class CityObject:
    """One member of CityObjects. Its vertex indices count from ``first`` and stay below ``count``."""

    object_id: str
    kind: str
    raw: dict[str, Any]
    first: int
    count: int
    appearance: Appearance


@dataclass(slots=True)
class CityFile:
    """A whole file. ``vertices`` (n, 3) are in the source's own units and system, NaN where unreadable."""

    version: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    objects: dict[str, CityObject] = field(default_factory=dict)
    vertices: Points = field(default_factory=lambda: np.zeros((0, 3)))
    templates: list[Any] = field(default_factory=list)
    template_vertices: Points = field(default_factory=lambda: np.zeros((0, 3)))
    template_appearance: Appearance = field(default_factory=Appearance)
    findings: list[Finding] = field(default_factory=list)
    num_textures: int = 0
    num_vertices: int = 0


def read_city(path: Path, checkpoint: Callable[[], None]) -> CityFile:
    """The file's content; raises `CityTwinError` when it is no CityJSON of a known version."""
    city = CityFile()
    blocks: list[Points] = []
    header: dict[str, Any] = {}
    for decoded in decode_file(path, city.findings):
        checkpoint()
        document = decoded.value
        if not header:
            header = _header(document, path, city)
        elif document.get("type") != "CityJSONFeature":
            city.findings.append(Finding.warning("city.not_feature", f"{path.name}:{decoded.line}", line=decoded.line))
            continue
        _add(decoded, header, city, blocks)
    if not header:
        raise CityTwinError("city.not_cityjson", str(path))
    if blocks:
        city.vertices = np.concatenate(blocks)
    return city


def _header(document: dict[str, Any], path: Path, city: CityFile) -> dict[str, Any]:
    if document.get("type") != "CityJSON" and "CityObjects" not in document:
        raise CityTwinError("city.not_cityjson", str(path))
    city.version = str(document.get("version") or "?")[:20]
    if city.version.split(".")[0] not in ("1", "2", "?"):
        raise CityTwinError("city.version", str(path), version=city.version)
    metadata = document.get("metadata")
    city.metadata = metadata if isinstance(metadata, dict) else {}
    templates = document.get("geometry-templates")
    if isinstance(templates, dict):
        listed = templates.get("templates")
        city.templates = listed if isinstance(listed, list) else []
        city.template_vertices = as_points(templates.get("vertices-templates"))
        city.template_appearance = _appearance(document)
    return document


def _add(decoded: Decoded, header: dict[str, Any], city: CityFile, blocks: list[Points]) -> None:
    document = decoded.value
    points = _vertices(decoded, header, city)
    first = city.num_vertices
    city.num_vertices += len(points)
    appearance = _appearance(document) if "appearance" in document else _appearance(header)
    city.num_textures += appearance.num_textures
    found = document.get("CityObjects")
    if not isinstance(found, dict):
        city.findings.append(Finding.error("city.no_objects", f"line {decoded.line}" if decoded.line else ""))
        found = {}
    for key, raw in found.items():
        object_id = printable(key)
        if not isinstance(raw, dict):
            city.findings.append(Finding.error("city.bad_object", object_id))
            continue
        if object_id in city.objects:
            city.findings.append(Finding.warning("city.doubled_id", object_id))
            continue
        kind = raw.get("type")
        kind = kind if isinstance(kind, str) and kind else "GenericCityObject"
        city.objects[object_id] = CityObject(object_id, kind, raw, first, len(points), appearance)
    blocks.append(points)


def _vertices(decoded: Decoded, header: dict[str, Any], city: CityFile) -> Points:
    """The vertices of a document; one that lacks a sound transform, and needs it, is told once a file."""
    document = decoded.value
    transform = document.get("transform") if "transform" in document else header.get("transform")
    points = as_points(document.get("vertices"))
    unsound = not _is_transform(transform) and (transform is not None or _needs_transform(city.version))
    told = any(finding.code == "city.bad_transform" for finding in city.findings)
    if len(points) and unsound and not told:
        city.findings.append(Finding.error("city.bad_transform", f"line {decoded.line}" if decoded.line else ""))
    return _transformed(points, transform)


def as_points(listed: Any) -> Points:
    """(n, 3) float64 of a list of triples; a row that is none becomes NaN."""
    if not isinstance(listed, list) or not listed:
        return np.zeros((0, 3))
    try:
        points = np.array(listed, dtype=np.float64)
        if points.ndim == 2 and points.shape[1] == 3:
            return points
    except (ValueError, TypeError, OverflowError):
        pass
    return np.array([_triple(item) for item in listed], np.float64).reshape(-1, 3)


def _triple(item: Any) -> list[float]:
    try:
        values = [float(number) for number in item]
    except (ValueError, TypeError, OverflowError):
        return [np.nan] * 3
    return values if len(values) == 3 else [np.nan] * 3


def _needs_transform(version: str) -> bool:
    """CityJSON 1.1, section 5, makes it part of every file; in 1.0 vertices may be as they are."""
    return version[:1] == "2" or version.startswith("1.1")


def _is_transform(raw: Any) -> bool:
    if not isinstance(raw, dict):
        return False
    parts = [as_points([raw.get(name)]) for name in ("scale", "translate")]
    return all(bool(np.isfinite(part).all()) for part in parts)


def _transformed(points: Points, transform: Any) -> Points:
    if not isinstance(transform, dict):
        return points
    scale, translate = as_points([transform.get("scale")]), as_points([transform.get("translate")])
    if not np.isfinite(scale).all():
        scale = np.ones((1, 3))
    if not np.isfinite(translate).all():
        translate = np.zeros((1, 3))
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(points * scale + translate)


def _appearance(document: dict[str, Any]) -> Appearance:
    raw = document.get("appearance")
    if not isinstance(raw, dict):
        return Appearance()
    materials, textures = raw.get("materials"), raw.get("textures")
    theme = raw.get("default-theme-material")
    return Appearance(
        [_material(item) for item in materials] if isinstance(materials, list) else [],
        theme if isinstance(theme, str) else None,
        len(textures) if isinstance(textures, list) else 0,
    )


def _material(item: Any) -> tuple[float, float, float, float] | None:
    if not isinstance(item, dict):
        return None
    colour = as_points([item.get("diffuseColor")])[0]
    if not np.isfinite(colour).all():
        return None
    transparency = item.get("transparency", 0.0)
    clear = float(transparency) if isinstance(transparency, int | float) and np.isfinite(transparency) else 0.0
    red, green, blue = np.clip(colour, 0.0, 1.0).tolist()
    return red, green, blue, min(max(1.0 - clear, 0.0), 1.0)
