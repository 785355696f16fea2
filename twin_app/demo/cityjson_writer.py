"""Writes CityJSON 2.0: shared integer vertices, semantics, materials and geometry templates."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from twin_app.demo.frame import CRS, Points, Site
from twin_app.demo.solids import Face

_SCALE_M = 0.01


class CityJsonWriter:
    """Collects city objects, then writes them once.

    Geometry is given in site metres; the file holds world coordinates through its transform.
    """

    def __init__(self, site: Site, title: str, materials: Sequence[dict[str, Any]]) -> None:
        self._site = site
        self._title = title
        self._materials = list(materials)
        self._names = {material["name"]: index for index, material in enumerate(materials)}
        self._vertices: dict[tuple[int, int, int], int] = {}
        self._templates: list[dict[str, Any]] = []
        self._template_vertices: list[list[float]] = []
        self.objects: dict[str, dict[str, Any]] = {}

    def add(
        self, object_id: str, kind: str, attributes: dict[str, Any], geometry: list[dict[str, Any]], **more: Any
    ) -> None:
        """Add a city object; ``more`` may hold ``parents`` or ``children``."""
        self.objects[object_id] = {"type": kind, "attributes": attributes, "geometry": geometry, **more}

    def surfaces(self, faces: Sequence[Face], lod: str, materials: dict[str, str]) -> dict[str, Any]:
        """A MultiSurface; ``materials`` maps meanings to material names."""
        geometry: dict[str, Any] = {"type": "MultiSurface", "lod": lod, "boundaries": self._shell(faces)}
        return geometry | self._meaning([faces], materials, depth=0)

    def solids(self, shells: Sequence[Sequence[Face]], lod: str, materials: dict[str, str]) -> dict[str, Any]:
        """A Solid, or a CompositeSolid of several touching ones."""
        single = len(shells) == 1
        boundaries: list[Any] = [[self._shell(faces)] for faces in shells]
        geometry: dict[str, Any] = {
            "type": "Solid" if single else "CompositeSolid",
            "lod": lod,
            "boundaries": boundaries[0] if single else boundaries,
        }
        return geometry | self._meaning(shells, materials, depth=1 if single else 2)

    def template(self, faces: Sequence[Face], materials: dict[str, str]) -> int:
        """Add a geometry template about its own origin; gives its number."""
        boundaries = []
        for face in faces:
            rings = []
            for ring in face.rings:
                start = len(self._template_vertices)
                self._template_vertices += np.round(ring, 3).tolist()
                rings.append(list(range(start, start + len(ring))))
            boundaries.append(rings)
        values = [self._names[materials[face.meaning]] for face in faces]
        self._templates.append(
            {"type": "MultiSurface", "lod": "2", "boundaries": boundaries, "material": {"demo": {"values": values}}}
        )
        return len(self._templates) - 1

    def instance(self, template: int, place_m: Points, size: float, height: float, turn_rad: float) -> dict[str, Any]:
        """A template scaled (plan, height), turned and put at ``place_m`` (3,)."""
        cos, sin = np.cos(turn_rad) * size, np.sin(turn_rad) * size
        matrix = [cos, -sin, 0, 0, sin, cos, 0, 0, 0, 0, height, 0, 0, 0, 0, 1]
        return {
            "type": "GeometryInstance",
            "template": template,
            "boundaries": [self._ring(place_m[None, :])[0]],
            "transformationMatrix": [round(float(value), 4) for value in matrix],
        }

    def _ring(self, points_m: Points) -> list[int]:
        numbers = np.round(points_m / _SCALE_M).astype(np.int64).tolist()
        table = self._vertices
        return [table.setdefault((x, y, z), len(table)) for x, y, z in numbers]

    def _shell(self, faces: Iterable[Face]) -> list[list[list[int]]]:
        return [[self._ring(ring) for ring in face.rings] for face in faces]

    def _meaning(self, shells: Sequence[Sequence[Face]], materials: dict[str, str], *, depth: int) -> dict[str, Any]:
        kinds = sorted({face.meaning for faces in shells for face in faces})
        number = {kind: index for index, kind in enumerate(kinds)}
        shade = {kind: self._names[materials[kind]] for kind in kinds}
        semantic: list[Any] = [[number[face.meaning] for face in faces] for faces in shells]
        colour: list[Any] = [[shade[face.meaning] for face in faces] for faces in shells]
        if depth == 0:
            semantic, colour = semantic[0], colour[0]
        elif depth == 2:
            semantic, colour = [[shell] for shell in semantic], [[shell] for shell in colour]
        return {
            "semantics": {"surfaces": [{"type": kind} for kind in kinds], "values": semantic},
            "material": {"demo": {"values": colour}},
        }

    def write(self, path: Path) -> int:
        """Write the file; gives its size in bytes."""
        east, north = self._site.south_west_m
        vertices = list(self._vertices)
        document: dict[str, Any] = {
            "type": "CityJSON",
            "version": "2.0",
            "transform": {"scale": [_SCALE_M] * 3, "translate": [east, north, 0.0]},
            "metadata": {
                "title": self._title,
                "referenceSystem": f"https://www.opengis.net/def/crs/EPSG/0/{CRS.split(':')[1]}",
                "geographicalExtent": self._extent(np.array(vertices, dtype=np.float64) * _SCALE_M),
            },
            "CityObjects": self.objects,
            "vertices": vertices,
            "appearance": {"default-theme-material": "demo", "materials": self._materials},
        }
        if self._templates:
            document["geometry-templates"] = {
                "templates": self._templates,
                "vertices-templates": self._template_vertices,
            }
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        data = text.encode()
        path.write_bytes(data)
        return len(data)

    def _extent(self, points_m: Points) -> list[float]:
        low, high = points_m.min(axis=0), points_m.max(axis=0)
        offset = np.array([*self._site.south_west_m, 0.0])
        return [round(float(v), 3) for v in (*(low + offset), *(high + offset))]


def material(name: str, colour: str, transparency: float = 0.0) -> dict[str, Any]:
    """A CityJSON material from a ``#rrggbb`` colour."""
    rgb = [round(int(colour[i : i + 2], 16) / 255, 4) for i in (1, 3, 5)]
    return {"name": name, "diffuseColor": rgb, "transparency": transparency, "isSmooth": False}
