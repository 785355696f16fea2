"""Colours of elements that say nothing about theirs: calm, and the same in every model."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

_BY_CLASS = {
    "IfcWall": (226, 221, 211, 255),
    "IfcSlab": (203, 199, 191, 255),
    "IfcRoof": (168, 118, 100, 255),
    "IfcWindow": (150, 184, 204, 120),
    "IfcCurtainWall": (150, 184, 204, 130),
    "IfcPlate": (160, 190, 206, 130),
    "IfcDoor": (150, 112, 78, 255),
    "IfcColumn": (188, 184, 178, 255),
    "IfcBeam": (182, 178, 172, 255),
    "IfcMember": (176, 172, 166, 255),
    "IfcStair": (198, 192, 182, 255),
    "IfcRailing": (120, 124, 130, 255),
    "IfcFooting": (170, 166, 158, 255),
    "IfcPile": (170, 166, 158, 255),
    "IfcCovering": (232, 228, 220, 255),
    "IfcFurnishingElement": (190, 160, 124, 255),
    "IfcFurniture": (190, 160, 124, 255),
    "IfcFlowSegment": (128, 152, 168, 255),
    "IfcFlowTerminal": (196, 200, 204, 255),
    "IfcSite": (156, 176, 134, 255),
    "IfcGeographicElement": (138, 164, 116, 255),
    "IfcSpace": (122, 176, 214, 70),
    "IfcOpeningElement": (230, 160, 90, 70),
    "IfcSensor": (0, 150, 136, 255),
}
_OTHER = (200, 197, 190, 255)


def default_rgba(ifc_class: str) -> tuple[int, int, int, int]:
    """The colour of a class, or of the class whose name it begins with (IfcWallStandardCase)."""
    if ifc_class in _BY_CLASS:
        return _BY_CLASS[ifc_class]
    for name, colour in _BY_CLASS.items():
        if ifc_class.startswith(name):
            return colour
    return _OTHER


def rgba_bytes(rgba: NDArray[np.float32], ifc_class: str) -> NDArray[np.uint8]:
    """Styles (k, 4) as bytes, what the file leaves open filled in; a last row for faces without a style. Read only."""
    return _rgba_bytes(rgba.tobytes(), ifc_class)


@lru_cache(maxsize=4096)
def _rgba_bytes(styles: bytes, ifc_class: str) -> NDArray[np.uint8]:
    rgba = np.frombuffer(styles, np.float32).reshape(-1, 4)
    fallback = np.array(default_rgba(ifc_class), np.uint8)
    if not len(rgba):
        return fallback[None, :]
    unknown = np.isnan(rgba[:, :3]).any(axis=1)
    known = np.clip(np.nan_to_num(rgba, nan=1.0) * 255.0 + 0.5, 0, 255).astype(np.uint8)
    known[unknown] = fallback
    # A wholly transparent style would be an element that nobody can see or click.
    known[:, 3] = np.maximum(known[:, 3], 26)
    return np.vstack([known, fallback])
