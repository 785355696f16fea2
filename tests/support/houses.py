"""Small city models with houses of known attributes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_CITY: dict[str, Any] = {
    "type": "CityJSON",
    "version": "2.0",
    "transform": {"scale": [0.001, 0.001, 0.001], "translate": [500000.0, 3380000.0, 0.0]},
    "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/4547"},
    "vertices": [],
    "CityObjects": {},
}


def _box(number: int, height_m: float) -> tuple[list[list[int]], list[list[list[int]]]]:
    """Corners in millimetres and rings of a closed box of 10 x 20 m."""
    x, top = 50_000 * number, round(1000 * height_m)
    plan = [(x, 0), (x + 10_000, 0), (x + 10_000, 20_000), (x, 20_000)]
    corners = [[e, n, z] for z in (0, top) for e, n in plan]
    first = 8 * number
    rings = [[3, 2, 1, 0], [4, 5, 6, 7], *([i, (i + 1) % 4, (i + 1) % 4 + 4, i + 4] for i in range(4))]
    return corners, [[[first + corner for corner in ring]] for ring in rings]


def write_houses(file: Path, told: Sequence[Mapping[str, Any]]) -> Path:
    """A CityJSON file with a house of 10 x 20 x 9 m for each, 50 m from one to the next."""
    document = json.loads(json.dumps(_CITY))
    for number, attributes in enumerate(told):
        corners, rings = _box(number, 9.0)
        document["vertices"] += corners
        geometry = {"type": "Solid", "lod": "1.2", "boundaries": [rings]}
        document["CityObjects"][f"house-{number}"] = {
            "type": "Building",
            "attributes": dict(attributes),
            "geometry": [geometry],
        }
    file.write_text(json.dumps(document), "utf-8")
    return file
