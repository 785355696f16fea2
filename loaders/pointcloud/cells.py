"""The cells of a COPC octree as tiles: their points, boxes and errors in the model frame."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from loaders.model.points import PointChunk, points_sorted_by_row, spacing_of
from loaders.pointcloud.colours import ColourRule
from loaders.pointcloud.copc import Info, Key
from loaders.pointcloud.georeference import Placing
from loaders.pointcloud.header import Header
from loaders.pointcloud.octree import ERROR_OF_SPACING
from loaders.pointcloud.records import Records, classes_of, has_rgb

POINT_BYTES = 20  # of positions, rows and colours

Floats = NDArray[np.float64]


class Cells(NamedTuple):
    """What all cells of a file share. ``scale`` is how many metres a source unit is, about, where the cloud is."""

    header: Header
    info: Info
    placing: Placing
    scale: float

    @staticmethod
    def of(header: Header, info: Info, placing: Placing) -> Cells:
        """Measure the scale in the middle of the cloud."""
        middle = info.low + info.width / 2.0
        step = info.width * 1e-3
        ends = placing.to_model(middle + np.array([[0.0, 0.0, 0.0], [step, 0.0, 0.0]]))
        across = np.linalg.norm(ends[1] - ends[0])
        return Cells(header, info, placing, float(across) / step if np.isfinite(across) and across > 0.0 else 1.0)

    def spacing_m(self, depth: int) -> float:
        """How far apart the points of a cell of that depth are."""
        return self.info.spacing * self.scale / (1 << max(depth, 0))

    def error_m(self, key: Key, *, has_children: bool) -> float:
        """What is wrong where a cell is shown without those within it."""
        return ERROR_OF_SPACING * self.spacing_m(key.depth) if has_children else 0.0

    def box_m(self, key: Key) -> Floats:
        """(6,) around the points of a cell and of those within it."""
        box = self.info.box(key, self._within())
        points = self.placing.to_model(corners(box))
        points = points[np.isfinite(points).all(axis=1)]
        return np.append(points.min(axis=0), points.max(axis=0)) if len(points) else np.zeros(6)

    def _within(self) -> Floats:
        bounds = self.header.bounds
        slack = np.abs(self.header.scales)
        if not np.isfinite(bounds).all() or (bounds[:3] > bounds[3:]).any():
            return np.array([-np.inf] * 3 + [np.inf] * 3)
        return np.append(bounds[:3] - slack, bounds[3:] + slack)

    def points_m(self, records: Records) -> Floats:
        """(n, 3) model points; NaN where one has no place."""
        return self.placing.to_model(records["xyz"] * self.header.scales + self.header.offsets)

    def chunks(
        self, records: Records, key: Key, children: list[Key], rows: NDArray[np.uint32], rule: ColourRule
    ) -> list[PointChunk]:
        """The points of a cell: those between which its ``children`` put others, and those that stay as they are.

        ``rows`` (256,) are the object rows of classes.
        """
        points = self.points_m(records)
        sound = np.isfinite(points).all(axis=1)
        points, records = points[sound], records[sound]
        covered = self._covered(records, key, children)
        parts = ((covered, True), (~covered, False))
        return [self._chunk(points[m], records[m], key, (rows, rule), refined=r) for m, r in parts if m.any()]

    def _covered(self, records: Records, key: Key, children: list[Key]) -> NDArray[np.bool_]:
        if not children or len(children) == 8:
            return np.full(len(records), bool(children))
        places = records["xyz"] * self.header.scales + self.header.offsets - self.info.low
        octants = np.floor(places / (self.info.width / (1 << (key.depth + 1)))).astype(np.int64) & 1
        known = {(child.x & 1) | (child.y & 1) << 1 | (child.z & 1) << 2 for child in children}
        return np.isin(octants @ (1, 2, 4), list(known))

    def _chunk(
        self,
        points: Floats,
        records: Records,
        key: Key,
        look: tuple[NDArray[np.uint32], ColourRule],
        *,
        refined: bool,
    ) -> PointChunk:
        rows, rule = look
        classes = classes_of(records, self.header.point_format)
        rgb = records["rgb"] if has_rgb(self.header.point_format) else None
        origin = np.round((points.min(axis=0) + points.max(axis=0)) / 2.0)
        positions = (points - origin).astype(np.float32)
        colours = rule(rgb, records["intensity"], classes, points[:, 2])
        most_m = 1.2 * self.spacing_m(key.depth)
        spacing_m = self.spacing_m(key.depth) if refined else min(spacing_of(positions) or most_m, most_m)
        return points_sorted_by_row(PointChunk(origin, positions, rows[classes], colours, spacing_m, refined))


def corners(box: Floats) -> Floats:
    """(8, 3) of a box (6,)."""
    ends = box.reshape(2, 3)
    return np.array([[ends[i, 0], ends[j, 1], ends[k, 2]] for i in (0, 1) for j in (0, 1) for k in (0, 1)])
