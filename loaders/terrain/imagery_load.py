"""Reads a picture of the ground on its own: flat textured pieces at height 0."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from affine import Affine

from loaders.model.crs import SourceCrs, crs_label, point_map
from loaders.model.errors import CityTwinError, Finding
from loaders.model.events import Found, Geometry, LoadEvent, Objects, Opened, Progress, Properties
from loaders.model.formats import LoadContext
from loaders.model.frames import Georeference, translation
from loaders.model.meshes import MeshChunk
from loaders.model.tables import CimLevel
from loaders.terrain.companions import world_files
from loaders.terrain.drape import DRIVERS
from loaders.terrain.opening import has_place, opened, source_crs
from loaders.terrain.picture import Area, Picture, encoded, read_picture, texture_px
from loaders.terrain.raster import Floats, composed
from loaders.terrain.tables import Fact, facts_table, one_object
from loaders.terrain.warping import FARTHEST_M, Aim, aim_at

PointMap = Callable[[Floats, Floats], tuple[Floats, Floats]]
_SCHEMAS = {"GTiff": "GeoTIFF", "JPEG": "JPEG", "PNG": "PNG"}
_PIECE_PX = 1024
_APRON_PX = 2
_WARPED_CELLS = 16
_TAIL_BYTES = 4096  # some cameras write more after the end of a JPEG


@dataclass(frozen=True, slots=True)
class _Placed:
    """A picture, the way from its own x, y to world metres, and where the model's origin is."""

    picture: Picture
    to_world: PointMap
    origin_m: Floats
    cells: int


def load(path: Path, ctx: LoadContext) -> Iterator[LoadEvent]:
    """Yield a picture as flat ground; see `loaders.model.formats.Format`.

    Options: ``crs`` to show it in, ``texture_px`` for the longest side of all textures together.
    Raises `CityTwinError` when the pixels cannot be read.
    """
    findings: list[Finding] = []
    with opened(path, DRIVERS) as dataset:
        schema, size = _SCHEMAS.get(dataset.driver, dataset.driver), (dataset.height, dataset.width)
        placed_by_file = has_place(dataset)
        crs = source_crs(dataset, path, findings) if placed_by_file else None
        reading = read_picture(dataset, Area((0, 0), size), texture_px(ctx.options), path, findings)
        picture = yield from _reading(reading, ctx)
        if dataset.driver == "GTiff" and dataset.count == 1 and dataset.colorinterp[0].name != "palette":
            findings.append(Finding.info("imagery.grey", path.name))
    if _is_cut_short(path):
        findings.append(Finding.error("imagery.cut_short", path.name))
    if not placed_by_file:
        code = "imagery.bad_world_file" if world_files(path) else "imagery.no_place"
        findings.append(Finding.warning(code, path.name))
        picture = _unplaced(picture, size)
    wanted = ctx.options.get("crs")
    aim = aim_at(crs, wanted if isinstance(wanted, str) else None, _bounds(picture))
    placed = _place(picture, crs, aim, path)
    method = "file" if placed_by_file else "none"
    yield Opened(schema, Georeference(aim.crs, translation(placed.origin_m), method))
    yield from _pieces(placed, ctx)
    yield from (Found(finding) for finding in findings)
    yield Properties(facts_table("Imagery", _facts(path, schema, size, placed, aim)))
    yield Objects(one_object("Imagery", path.stem, "rasterio"), {"rasterio": _version()}, {"pixels": list(size)})
    yield Progress(1.0, "terrain.progress.done")


def _is_cut_short(path: Path) -> bool:
    """Whether a PNG or JPEG lacks its end mark: GDAL leaves the missing rows black without a word."""
    with path.open("rb") as file:
        head = file.read(8)
        file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        tail = file.read()
    mark = b"IEND" if head.startswith(b"\x89PNG") else b"\xff\xd9" if head.startswith(b"\xff\xd8") else b""
    return mark not in tail


def _reading(work: Generator[float, None, Picture], ctx: LoadContext) -> Generator[LoadEvent, None, Picture]:
    yield Progress(0.0, "terrain.progress.reading")
    while True:
        ctx.checkpoint()
        try:
            share = next(work)
        except StopIteration as done:
            found: Picture = done.value
            return found
        yield Progress(0.6 * share, "terrain.progress.reading")


def _unplaced(picture: Picture, size: tuple[int, int]) -> Picture:
    """One metre a pixel of the file, upright, its lower left corner at the origin."""
    rows, columns = picture.pixels.shape[:2]
    upright = Affine(size[1] / columns, 0.0, 0.0, 0.0, -size[0] / rows, float(size[0]))
    return Picture(picture.pixels, picture.mask, upright, picture.factor)


def _corners(picture: Picture, steps: int = 2) -> tuple[Floats, Floats]:
    """x and y of a mesh of ``steps`` x ``steps`` points over the picture, in its own units."""
    rows, columns = picture.pixels.shape[:2]
    i, j = np.meshgrid(np.linspace(0, rows, steps), np.linspace(0, columns, steps), indexing="ij")
    a, b, c, d, e, f = tuple(picture.affine)[:6]
    return a * j + b * i + c, d * j + e * i + f


def _bounds(picture: Picture) -> tuple[float, float, float, float]:
    x, y = _corners(picture)
    return float(x.min()), float(y.min()), float(x.max()), float(y.max())


def _place(picture: Picture, crs: SourceCrs | None, aim: Aim, path: Path) -> _Placed:
    to_world: PointMap = lambda x, y: (x * aim.unit_m, y * aim.unit_m)  # noqa: E731 - one of two ways
    if aim.is_warped and crs is not None and aim.crs is not None:
        try:
            to_world = point_map(crs.text, aim.crs)
        except ValueError as error:
            raise CityTwinError("terrain.outside", str(path)) from error
    x, y = to_world(*_corners(picture, 9))
    known = (np.abs(x) < FARTHEST_M) & (np.abs(y) < FARTHEST_M)
    if not known.any():
        raise CityTwinError("terrain.outside", str(path))
    middle = [np.round((v.min() + v.max()) / 2) for v in (x[known], y[known])]
    return _Placed(picture, to_world, np.array([*middle, 0.0], np.float64), _WARPED_CELLS if aim.is_warped else 1)


def _pieces(placed: _Placed, ctx: LoadContext) -> Iterator[LoadEvent]:
    rows, columns = placed.picture.pixels.shape[:2]
    corners = [(i, j) for i in range(0, rows, _PIECE_PX) for j in range(0, columns, _PIECE_PX)]
    for number, (top, left) in enumerate(corners):
        ctx.checkpoint()
        chunk = _piece(placed, (top, min(top + _PIECE_PX, rows)), (left, min(left + _PIECE_PX, columns)))
        if chunk is not None:
            yield Geometry(chunk, CimLevel.TERRAIN)
        yield Progress(0.6 + 0.38 * (number + 1) / len(corners), "terrain.progress.meshing")


def _piece(placed: _Placed, rows: tuple[int, int], columns: tuple[int, int]) -> MeshChunk | None:
    """Pixels ``rows`` x ``columns`` as a flat chunk; None where nothing is to be seen.

    Its texture holds a few pixels of its neighbours, so that filtering shows no seams.
    """
    picture, cells = placed.picture, placed.cells
    height, width = picture.pixels.shape[:2]
    top, left = max(rows[0] - _APRON_PX, 0), max(columns[0] - _APRON_PX, 0)
    inner = (slice(top, min(rows[1] + _APRON_PX, height)), slice(left, min(columns[1] + _APRON_PX, width)))
    mask = None if picture.mask is None else picture.mask[inner]
    if mask is not None and not mask.any():
        return None
    mask = None if mask is None or mask.all() else mask
    pixels = picture.pixels[inner]
    i, j = np.meshgrid(np.linspace(*rows, cells + 1), np.linspace(*columns, cells + 1), indexing="ij")
    a, b, c, d, e, f = tuple(picture.affine)[:6]
    x, y = placed.to_world(a * j + b * i + c, d * j + e * i + f)
    points = np.stack([x, y, np.zeros_like(x)], axis=-1).reshape(-1, 3) - placed.origin_m
    if not (np.abs(points) < FARTHEST_M).all():
        return None
    uvs = np.stack([(j - left) / pixels.shape[1], (i - top) / pixels.shape[0]], axis=-1).reshape(-1, 2)
    origin = np.round(points.mean(axis=0))
    return MeshChunk(
        origin_m=origin,
        positions=(points - origin).astype(np.float32),
        triangles=_quads(cells, picture.affine.determinant > 0),
        rows=np.zeros(len(points), np.uint32),
        colours=np.full((len(points), 4), 255, np.uint8),
        uvs=np.clip(uvs, 0.0, 1.0).astype(np.float32),
        texture=encoded(pixels, mask),
        transparent=mask is not None,
    )


def _quads(cells: int, is_mirrored: bool) -> np.ndarray[Any, np.dtype[np.uint32]]:
    number = np.arange((cells + 1) ** 2).reshape(cells + 1, cells + 1)
    a, b, c, d = number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]
    found = np.concatenate([np.stack(t, axis=-1).reshape(-1, 3) for t in ((a, b, c), (a, c, d))]).astype(np.uint32)
    return found[:, ::-1] if is_mirrored else found


def _facts(path: Path, schema: str, size: tuple[int, int], placed: _Placed, aim: Aim) -> list[Fact]:
    matrix = composed(Affine(aim.unit_m, 0.0, 0.0, 0.0, aim.unit_m, 0.0), placed.picture.affine)
    facts = [Fact("source", path.name), Fact("format", schema), Fact("rows", size[0]), Fact("columns", size[1])]
    if not aim.is_warped:
        side = math.hypot(matrix.a, matrix.d) / placed.picture.factor
        facts.append(Fact("pixel size", side, "m"))
    if aim.crs is not None:
        facts.append(Fact("crs", crs_label(aim.crs)))
    return facts


def _version() -> str:
    import rasterio

    return f"rasterio {rasterio.__version__}, GDAL {rasterio.__gdal_version__}"
