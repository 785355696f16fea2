"""Reads a city model: CityJSON 1.0 to 2.0 and CityJSON sequences; the best level of detail of each object."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from loaders.city.documents import CityFile, Points, read_city
from loaders.city.georeference import Placed, place
from loaders.city.meshing import Batch, Meshed, Part, mesh, part_of
from loaders.city.objects import Listed, list_objects, lod_counts, object_table, property_table
from loaders.city.properties import printable
from loaders.city.shapes import INSTANCE, UNDRAWN, Shape, geometries, surfaces_of, template_of
from loaders.model.errors import CityTwinError, Finding
from loaders.model.events import Found, Geometry, LoadEvent, Objects, Opened, Progress, Properties, Unmeshed
from loaders.model.formats import LoadContext

_BATCH_CORNERS = 60_000
_CELL_M = 250.0


def load(path: Path, ctx: LoadContext) -> Iterator[LoadEvent]:
    """Yield everything a city model holds; see `loaders.model.formats.Format`.

    The option ``crs`` names a system that the vertices are projected to. Raises `CityTwinError`
    when the file is no CityJSON or holds no objects.
    """
    yield Progress(0.0, "city.progress.reading")
    city = read_city(path, ctx.checkpoint)
    if not city.objects:
        raise CityTwinError("city.empty", str(path))
    ctx.checkpoint()
    wanted = ctx.options.get("crs")
    placed = place(city, wanted if isinstance(wanted, str) else None)
    yield Opened(f"CityJSON {city.version}", placed.georeference)
    listed, parents = list_objects(city)
    if city.num_textures:
        city.findings.append(Finding.info("city.textures", path.name, count=city.num_textures))
    yield Progress(0.3, "city.progress.meshing")
    work = _Meshing(city, placed)
    yield from work.run(listed, ctx)
    yield from _unmeshed(listed, work.shaped)
    yield from (Found(finding) for finding in city.findings + work.findings())
    yield Progress(0.95, "city.progress.tables")
    ctx.checkpoint()
    extras: dict[str, Any] = {"lods": lod_counts(listed), "shown_lods": _shown_lods(listed)}
    title = city.metadata.get("title")
    if isinstance(title, str):
        extras["title"] = printable(title[:500])
    engines = {"earcut": f"mapbox_earcut {metadata.version('mapbox_earcut')}"}
    yield Properties(property_table(listed))
    yield Objects(object_table(listed, parents, work.shaped), engines, extras)
    yield Progress(1.0, "city.progress.done")


def _shown_lods(listed: list[Listed]) -> dict[str, int]:
    return dict(sorted(Counter(f"{max(one.shown[0].lod, 0):g}" for one in listed if one.shown).items()))


def _unmeshed(listed: list[Listed], shaped: set[int]) -> Iterator[Unmeshed]:
    """Objects that have a geometry and show none, though no part of theirs shows more."""
    for one in listed:
        if one.row in shaped or one.is_replaced or not geometries(one.source.raw):
            continue
        kinds = {str(item.get("type")) for item in geometries(one.source.raw)}
        reason = "city.unmeshed_points" if kinds <= set(UNDRAWN) else "city.unmeshed_broken"
        yield Unmeshed(one.row, one.source.object_id, one.source.kind, reason)


class _Meshing:
    """Batches of neighbouring objects, level by level."""

    def __init__(self, city: CityFile, placed: Placed) -> None:
        self._city = city
        self._placed = placed
        self._templates: dict[int, Part | None] = {}
        self._bad: Counter[int] = Counter()
        self._flat: Counter[int] = Counter()
        self._ids: list[str] = []
        self.shaped: set[int] = set()

    def run(self, listed: list[Listed], ctx: LoadContext) -> Iterator[LoadEvent]:
        """Chunks and progress."""
        self._ids = [one.source.object_id for one in listed]
        order = _neighbours([one for one in listed if one.shown], self._placed.points_m)
        batch = Batch()
        for number, one in enumerate(order):
            self._add(batch, one)
            last = number + 1 == len(order) or order[number + 1].level != one.level
            if last or batch.num_corners >= _BATCH_CORNERS:
                ctx.checkpoint()
                yield from self._finish(batch, int(one.level))
                yield Progress(0.3 + 0.65 * (number + 1) / len(order), "city.progress.meshing")
                batch = Batch()

    def _add(self, batch: Batch, one: Listed) -> None:
        source = one.source
        for shape in one.shown:
            if shape.kind == INSTANCE:
                part = self._instance(shape, one)
                if part is not None:
                    batch.add_part(one.row, part)
                continue
            surfaces, styles = surfaces_of(shape.raw, source.kind, source.appearance)
            batch.add(one.row, surfaces, styles, (source.first, source.count))

    def _finish(self, batch: Batch, level: int) -> Iterator[LoadEvent]:
        found: Meshed = mesh(batch, self._placed.points_m)
        self._bad.update(found.bad.tolist())
        self._flat.update(found.flat.tolist())
        self.shaped.update(found.rows.tolist())
        for chunk in found.chunks:
            yield Geometry(chunk, level)

    def _instance(self, shape: Shape, one: Listed) -> Part | None:
        """The template moved to its anchor by the instance's matrix (row-major, CityJSON 2.0 section 4)."""
        template = self._template(shape.raw, one.source.kind)
        anchor = self._anchor(shape.raw.get("boundaries"), one)
        matrix = _matrix(shape.raw.get("transformationMatrix"))
        if template is None or anchor is None or matrix is None:
            self._bad[one.row] += 1
            return None
        points = template.points_m @ matrix[:3, :3].T + matrix[:3, 3] + anchor
        if not np.isfinite(points).all():
            self._bad[one.row] += 1
            return None
        turned = template.triangles[:, ::-1] if np.linalg.det(matrix[:3, :3]) < 0 else template.triangles
        return Part(points, turned, template.colours)

    def _template(self, instance: dict[str, Any], kind: str) -> Part | None:
        number = instance.get("template")
        template = template_of(instance, self._city.templates)
        if template is None or not isinstance(number, int):
            return None
        if number not in self._templates:
            surfaces, styles = surfaces_of(template, kind, self._city.template_appearance)
            part = part_of(surfaces, styles, self._city.template_vertices)
            self._templates[number] = part if len(part.triangles) else None
        return self._templates[number]

    def _anchor(self, boundaries: Any, one: Listed) -> Points | None:
        index = boundaries[0] if isinstance(boundaries, list) and boundaries else None
        if type(index) is not int or not 0 <= index < one.source.count:
            return None
        point = self._placed.points_m[one.source.first + index]
        return point if np.isfinite(point).all() else None

    def findings(self) -> list[Finding]:
        """What could not be meshed, counted."""
        found = []
        if self._bad:
            place_ = self._ids[next(iter(self._bad))]
            found.append(Finding.error("city.bad_surfaces", place_, count=self._bad.total(), objects=len(self._bad)))
        if self._flat:
            place_ = self._ids[next(iter(self._flat))]
            found.append(Finding.info("city.flat_surfaces", place_, count=self._flat.total(), objects=len(self._flat)))
        return found


def _matrix(value: Any) -> Points | None:
    if not isinstance(value, list) or len(value) != 16:
        return None
    try:
        matrix = np.array(value, np.float64).reshape(4, 4)
    except (ValueError, TypeError, OverflowError):
        return None
    return matrix if np.isfinite(matrix).all() else None


def _neighbours(listed: list[Listed], points_m: Points) -> list[Listed]:
    """By level, then along a Morton curve over cells of `_CELL_M`, so that chunks stay compact."""
    firsts = [_first_index(one) for one in listed]
    spots = np.array([points_m[i, :2] if 0 <= i < len(points_m) else (0.0, 0.0) for i in firsts]).reshape(-1, 2)
    cells = np.floor(np.nan_to_num(spots) / _CELL_M)
    cells = np.clip(cells - (cells.min(axis=0) if len(cells) else 0), 0, 2**15 - 1).astype(np.int64)
    keys = _interleaved(cells[:, 0]) | _interleaved(cells[:, 1]) << 1
    return [listed[i] for i in sorted(range(len(listed)), key=lambda i: (listed[i].level, int(keys[i]), i))]


def _interleaved(values: np.ndarray[Any, np.dtype[np.int64]]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The low 16 bits of each value with a zero bit before each."""
    spread = values & 0xFFFF
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        spread = (spread | spread << shift) & mask
    return spread


def _first_index(one: Listed) -> int:
    value: Any = one.shown[0].raw.get("boundaries")
    while isinstance(value, list) and value:
        value = value[0]
    return one.source.first + value if type(value) is int else -1
