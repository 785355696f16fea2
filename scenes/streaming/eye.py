"""What a camera sees of boxes: in the picture or not, and how large a metre there is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenes.model.view import CameraView

Floats = NDArray[np.float64]
_NEAREST_M = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Eye:
    """A camera as the streaming needs it, world metres, float64.

    ``planes`` (k, 4): ``planes[:, :3] @ point + planes[:, 3] >= 0`` inside the picture.
    ``pixels_per_radian`` is the picture's height over the height that is seen at distance 1;
    of a parallel view, ``pixels_per_metre`` counts, which is 0 in perspective.
    """

    position_m: Floats
    planes: Floats
    pixels_per_radian: float
    pixels_per_metre: float

    @staticmethod
    def of(view: CameraView, size_px: tuple[int, int]) -> Eye:
        """The eye of a camera whose picture is ``size_px`` wide and high."""
        position = np.asarray(view.position_m, np.float64)
        forward = _unit(np.subtract(view.target_m, view.position_m), np.array([0.0, 1.0, 0.0]))
        right = _unit(np.cross(forward, np.asarray(view.up, np.float64)), np.array([1.0, 0.0, 0.0]))
        up = np.cross(right, forward)
        aspect = max(1, size_px[0]) / max(1, size_px[1])
        if view.orthographic:
            half = view.height_m / 2.0
            planes = _slab_planes(position, right, half * aspect) + _slab_planes(position, up, half)
            return Eye(position, np.array(planes), 0.0, max(1, size_px[1]) / max(view.height_m, 1e-9))
        tangent = math.tan(math.radians(view.field_of_view_deg) / 2.0)
        normals = [forward]
        for across, share in ((right, tangent * aspect), (-right, tangent * aspect), (up, tangent), (-up, tangent)):
            normals.append(_unit(forward * share + across, forward))
        planes = [np.append(normal, -normal @ position) for normal in normals]
        return Eye(position, np.array(planes), max(1, size_px[1]) / (2.0 * tangent), 0.0)

    def sees(self, boxes_m: Floats) -> NDArray[np.bool_]:
        """Which boxes (n, 6) may be in the picture; a few outside its corners are let through."""
        seen = np.ones(len(boxes_m), np.bool_)
        for plane in self.planes:
            normal = plane[:3]
            # The corner furthest along the normal is told by the normal's signs.
            low = np.where(normal > 0.0, boxes_m[:, 3:], boxes_m[:, :3])
            seen &= low @ normal + plane[3] >= 0.0
        return seen

    def distances_m(self, boxes_m: Floats) -> Floats:
        """How far (n,) the eye is from boxes (n, 6); 0 inside."""
        gaps = np.maximum(np.maximum(boxes_m[:, :3] - self.position_m, self.position_m - boxes_m[:, 3:]), 0.0)
        distances: Floats = np.sqrt(np.einsum("ij,ij->i", gaps, gaps))
        return distances

    def errors_px(self, boxes_m: Floats, errors_m: Floats) -> Floats:
        """How large (n,) errors in metres look at the nearest point of their boxes."""
        if self.pixels_per_metre:
            return errors_m * self.pixels_per_metre
        return errors_m * self.pixels_per_radian / np.maximum(self.distances_m(boxes_m), _NEAREST_M)


def _unit(vector: Floats, instead: Floats) -> Floats:
    length = float(np.linalg.norm(vector))
    return vector / length if math.isfinite(length) and length > 0.0 else instead


def _slab_planes(position: Floats, axis: Floats, half_m: float) -> list[Floats]:
    at = float(axis @ position)
    return [np.append(axis, half_m - at), np.append(-axis, half_m + at)]
