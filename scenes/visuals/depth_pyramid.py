"""Boxes on a picture, and the farthest depth over rectangles of it. Pure numbers, no graphics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CELL_PX = 8
_CORNERS = np.array([[x, y, z] for x in (0, 3) for y in (1, 4) for z in (2, 5)])

Floats = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class BoxesOnPicture:
    """Where boxes (k, 6) lie in clip space: ``corners`` (k, 8, 4)."""

    corners: Floats

    @staticmethod
    def of(boxes: Floats, clip_from_box: Floats) -> BoxesOnPicture:
        """``clip_from_box`` (4, 4) takes the boxes' frame to OpenGL's clip space."""
        homogeneous = np.concatenate([boxes[:, _CORNERS], np.ones((len(boxes), 8, 1))], axis=2)
        return BoxesOnPicture(homogeneous @ clip_from_box.T)

    def outside(self, margin: float = 0.0) -> Flags:
        """(k,) which lie wholly beyond one side of the picture, by such a share of its half width."""
        reach = (1.0 + margin) * self.corners[:, :, 3:]
        beyond = np.concatenate([self.corners[:, :, :2] - reach, -self.corners[:, :, :2] - reach], axis=2) > 0.0
        return np.asarray(np.any(np.all(beyond, axis=1), axis=1), np.bool_)


class DepthPyramid:
    """Depths (height, width), 0 near to 1 far, bottom row first: each level has the farthest of 2 x 2 of that below."""

    def __init__(self, depths: NDArray[np.float32]) -> None:
        self._size_px = depths.shape[1], depths.shape[0]
        rows, columns = (-(-side // CELL_PX) * CELL_PX for side in depths.shape)
        if (rows, columns) != depths.shape:
            padded = np.zeros((rows, columns), np.float32)  # beyond the picture there is nothing to see
            padded[: depths.shape[0], : depths.shape[1]] = depths
            depths = padded
        lines = depths.reshape(-1, CELL_PX, columns).max(axis=1)
        self._levels = [lines.reshape(len(lines), -1, CELL_PX).max(axis=2)]
        while max(self._levels[-1].shape) > 1:
            self._levels.append(_halved(self._levels[-1]))

    def farthest(self, first: Index, last: Index) -> NDArray[np.float32]:
        """(k,) the farthest depth in the cells ``first`` to ``last`` (k, 2) x and y, both within; or in some more."""
        level = np.ceil(np.log2((last - first).max(axis=1, initial=0) + 1.0)).astype(np.int64)
        found = np.zeros(len(first), np.float32)
        for number in np.unique(level).tolist():
            here = level == number
            grid = self._levels[number]
            (x0, y0), (x1, y1) = (first[here] >> number).T, (last[here] >> number).T
            found[here] = np.max([grid[y0, x0], grid[y0, x1], grid[y1, x0], grid[y1, x1]], axis=0)
        return found

    def covers(self, boxes: BoxesOnPicture, epsilon: float) -> Flags:
        """(k,) which lie wholly behind what is drawn; none that reaches to the eye, or is nowhere on the picture."""
        corners = boxes.corners
        ahead = np.asarray(np.all(corners[:, :, 3] > 0.0, axis=1), np.bool_)
        places = corners[:, :, :3] / np.where(ahead[:, None, None], corners[:, :, 3:], 1.0)
        cells = (places[:, :, :2] + 1.0) / 2.0 * (np.array(self._size_px) / CELL_PX)
        low, high = np.floor(cells.min(axis=1)) - 1.0, np.floor(cells.max(axis=1)) + 1.0
        most = np.array(self._levels[0].shape[::-1], np.float64) - 1.0
        on_picture = (high >= 0.0).all(axis=1) & (low <= most).all(axis=1)
        nearest = (places[:, :, 2].min(axis=1) + 1.0) / 2.0
        asked = ahead & on_picture & (nearest > 0.0)
        first = np.clip(low[asked], 0.0, most).astype(np.int64)
        last = np.clip(high[asked], 0.0, most).astype(np.int64)
        covered = np.zeros(len(corners), np.bool_)
        covered[asked] = nearest[asked] > self.farthest(first, last) + epsilon
        return covered


def _halved(grid: NDArray[np.float32]) -> NDArray[np.float32]:
    rows, columns = (-(-side // 2) * 2 for side in grid.shape)
    padded = np.zeros((rows, columns), np.float32)
    padded[: grid.shape[0], : grid.shape[1]] = grid
    halved: NDArray[np.float32] = padded.reshape(rows // 2, 2, columns // 2, 2).max(axis=(1, 3))
    return halved
