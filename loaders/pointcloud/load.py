"""Reads a LAS or LAZ file: all points once, sorted into an octree, in memory that does not grow with the file."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from importlib import metadata
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from loaders.model.errors import CityTwinError, Finding
from loaders.model.events import Found, Geometry, LoadEvent, Objects, Opened, Preview, Progress, Properties, Tree
from loaders.model.formats import LoadContext
from loaders.model.points import PointChunk, points_sorted_by_row, spacing_of
from loaders.pointcloud.bounds import Measuring, is_believed
from loaders.pointcloud.colours import ColourRule
from loaders.pointcloud.copc_overview import has_octree, load_overview, streams
from loaders.pointcloud.georeference import Placing, place
from loaders.pointcloud.header import Header, read_header
from loaders.pointcloud.morton import Cube, codes_of
from loaders.pointcloud.octree import Node, Octree
from loaders.pointcloud.records import Records, batches, classes_of, has_rgb
from loaders.pointcloud.spill import Spill, Stored, stored_type
from loaders.pointcloud.statistics import Statistics
from loaders.pointcloud.tables import LEVEL, Cloud, objects_table, properties_table, rows_of_classes

ENGINE = "lazrs"
PREVIEW_POINTS = 400_000
_READ = 0.55  # share of the work
_SPARSEST = 0.6  # so many of a tile's points are drawn as wide as they stand apart, or wider
_WIDEST = 1.2  # times the spacing of a node: what stands alone is no wall

Floats = NDArray[np.float64]


def load(path: Path, ctx: LoadContext) -> Iterator[LoadEvent]:
    """Yield a cloud; see `loaders.model.formats.Format`.

    Raises `CityTwinError` when no point of it can be read.
    """
    header = read_header(path)
    if not header.count:
        raise CityTwinError("pointcloud.empty", str(path), name=path.name)
    if streams(header):
        if has_octree(path, header):
            yield from load_overview(path, header, ctx)
            return
        header.findings.append(Finding.warning("pointcloud.bad_octree", path.name, name=path.name))
    yield Progress(0.0, "pointcloud.progress.reading")
    findings = list(header.findings)
    bounds = header.bounds if is_believed(path, header) else None
    if bounds is None:
        bounds = yield from _measured(path, header, findings, ctx)
    placing = place(path, header, bounds, findings)
    yield Opened(header.schema, placing.georeference)
    reading = _Reading(path, header, placing, ctx)
    try:
        yield from reading.read(reading.box_m(bounds))
        if reading.is_elsewhere and bounds is header.bounds:
            reading.close()
            bounds = yield from _measured(path, header, findings, ctx)
            reading = _Reading(path, header, placing, ctx)
            yield from reading.read(reading.box_m(bounds))
        findings += reading.findings()
        yield from reading.tiles()
    finally:
        reading.close()
    yield from (Found(finding) for finding in findings)
    known = reading.known
    yield Properties(properties_table(header, known, Cloud(placing.georeference.crs, known.count)))
    yield Objects(
        objects_table(path.stem, known, ENGINE),
        {ENGINE: _version()},
        {"spacing_m": reading.spacing_m, "density_per_m2": known.density_per_m2},
    )
    yield Progress(1.0, "pointcloud.progress.done")


def _measured(
    path: Path, header: Header, findings: list[Finding], ctx: LoadContext
) -> Generator[LoadEvent, None, Floats]:
    """The bounds of the points themselves, where the header's are wrong."""
    findings.append(Finding.warning("pointcloud.bad_bounds", path.name))
    measuring = Measuring()
    for records in batches(path, header):
        ctx.checkpoint()
        measuring.add(records["xyz"] * header.scales + header.offsets)
        yield Progress(0.0, "pointcloud.progress.measuring")
    if not measuring.count:
        raise CityTwinError("pointcloud.empty", str(path), name=path.name)
    return measuring.bounds()


class _Reading:
    """One pass over the points into a spill, and from there into nodes."""

    def __init__(self, path: Path, header: Header, placing: Placing, ctx: LoadContext) -> None:
        self._path, self._header, self._placing, self._ctx = path, header, placing, ctx
        self._has_rgb = has_rgb(header.point_format)
        self._kind = stored_type(has_rgb=self._has_rgb)
        self._spill = Spill(ctx.scratch, self._kind)
        self._lost = self._read = self._unreached = 0
        self.known = Statistics(np.zeros(6), header.point_format)
        self.spacing_m = 0.0

    def box_m(self, bounds: Floats) -> Floats:
        """Where the points are expected, model frame; a projection bends the sides of the box a little."""
        low, high = bounds[:3], bounds[3:]
        corners = np.array(np.meshgrid(*np.linspace(low, high, 5).T)).reshape(3, -1).T
        points = self._placing.to_model(corners)
        points = points[np.isfinite(points).all(axis=1)]
        if not len(points):
            raise CityTwinError("pointcloud.no_place", str(self._path), name=self._path.name)
        return np.append(points.min(axis=0), points.max(axis=0))

    def read(self, box_m: Floats) -> Iterator[LoadEvent]:
        """All points into the spill; pictures of some of them on the way."""
        self._cube = Cube.around(box_m)
        self.known = Statistics(box_m, self._header.point_format)
        share = min(1.0, PREVIEW_POINTS / self._header.count)
        for records in batches(self._path, self._header):
            self._ctx.checkpoint()
            self._read += len(records)
            points_m = self._placing.to_model(records["xyz"] * self._header.scales + self._header.offsets)
            finite, sound = np.isfinite(points_m).all(axis=1), self._cube.reaches(points_m)
            if not sound.all():
                self._unreached += int((finite & ~sound).sum())
                self._lost += int((~sound).sum())
                records, points_m = records[sound], points_m[sound]
            if not len(records):
                continue
            self.known.add(records, points_m)
            stored = self._stored(records, points_m)
            self._spill.add(codes_of(stored["place"]), stored)
            yield Progress(_READ * min(1.0, self._read / self._header.count), "pointcloud.progress.reading")
            yield self._preview(stored[:: max(1, round(1.0 / share))])
        if not self.known.count:
            raise CityTwinError("pointcloud.empty", str(self._path), name=self._path.name)

    @property
    def is_elsewhere(self) -> bool:
        """Whether there are points that were not expected where they are."""
        return self._unreached > 0

    def _stored(self, records: Records, points_m: Floats) -> Stored:
        stored = np.empty(len(records), self._kind)
        stored["place"] = self._cube.places(points_m)
        stored["intensity"] = records["intensity"]
        stored["class"] = classes_of(records, self._header.point_format)
        if self._has_rgb:
            stored["rgb"] = records["rgb"]
        return stored

    def _preview(self, stored: Stored) -> Preview:
        # Seen from afar until the tiles are there: as wide as they stand apart in the file.
        rows = np.zeros(256, np.uint32)
        return Preview(self._chunk(stored, rows, ColourRule.of(self.known, has_rgb=self._has_rgb)))

    def tiles(self) -> Iterator[LoadEvent]:
        """The octree, node by node, and then its tree."""
        octree = Octree(self._spill, self._cube)
        rows = rows_of_classes(self.known)
        rule = ColourRule.of(self.known, has_rgb=self._has_rgb)
        self.spacing_m = octree.spacing_m(0)
        done = 0
        for node in octree.nodes():
            self._ctx.checkpoint()
            for chunk in self._tile(node, rows, rule):
                yield Geometry(chunk, int(LEVEL), False, node.number)
            done += len(node.stored)
            yield Progress(_READ + (0.95 - _READ) * done / self._spill.count, "pointcloud.progress.sorting")
        count = len(octree.parents)
        yield Tree(np.array(octree.parents, np.int64), np.array(octree.errors_m), np.zeros(count, np.bool_))

    def _tile(self, node: Node, rows: NDArray[np.uint32], rule: ColourRule) -> Iterator[PointChunk]:
        """What others are put between, and what stays as it is: drawn as wide as it stands apart."""
        for which, refined in ((node.covered, True), (~node.covered, False)):
            if which.any():
                natural_m = float(np.quantile(node.spacings_m[which], _SPARSEST))
                spacing_m = node.spacing_m if refined else min(natural_m, _WIDEST * node.spacing_m)
                yield self._chunk(node.stored[which], rows, rule, spacing_m=spacing_m, refined=refined)

    def _chunk(
        self,
        stored: Stored,
        rows: NDArray[np.uint32],
        rule: ColourRule,
        *,
        spacing_m: float = 0.0,
        refined: bool = False,
    ) -> PointChunk:
        """Some points; without a spacing, as wide as they stand apart among themselves."""
        places, cube = stored["place"], self._cube
        middle = (places.min(axis=0).astype(np.int64) + places.max(axis=0)) // 2
        positions = ((places - middle) * cube.unit_m).astype(np.float32)
        heights_m = positions[:, 2].astype(np.float64) + cube.points_m(middle)[2]
        rgb = stored["rgb"] if self._has_rgb else None
        colours = rule(rgb, stored["intensity"], stored["class"], heights_m)
        spacing_m = spacing_m or spacing_of(positions) or 1.0
        return points_sorted_by_row(
            PointChunk(cube.points_m(middle), positions, rows[stored["class"]], colours, spacing_m, refined)
        )

    def findings(self) -> list[Finding]:
        """What is wrong with the points."""
        found, name = [], self._path.name
        if self._read < self._header.count:
            count = self._header.count
            found.append(Finding.error("pointcloud.truncated", name, read=self._read, count=count))
        if self._lost:
            found.append(Finding.error("pointcloud.lost", name, count=self._lost))
        return found

    def close(self) -> None:
        """Let go of what was spilt."""
        self._spill.close()


def _version() -> str:
    return f"lazrs {metadata.version('lazrs')}"
