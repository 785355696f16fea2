"""The classes of points (ASPRS LAS 1.4 R15, section 2.6, tables 9 and 17): names, and colours that tell them apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NAMES = {
    0: "NeverClassified",
    1: "Unclassified",
    2: "Ground",
    3: "LowVegetation",
    4: "MediumVegetation",
    5: "HighVegetation",
    6: "Building",
    7: "LowNoise",
    8: "ModelKeyPoint",
    9: "Water",
    10: "Rail",
    11: "RoadSurface",
    12: "Overlap",
    13: "WireGuard",
    14: "WireConductor",
    15: "TransmissionTower",
    16: "WireConnector",
    17: "BridgeDeck",
    18: "HighNoise",
    19: "OverheadStructure",
    20: "IgnoredGround",
    21: "Snow",
    22: "TemporalExclusion",
}
_OTHER = (186, 186, 182)
_COLOURS = {
    2: (176, 152, 118),
    3: (164, 190, 116),
    4: (118, 166, 88),
    5: (74, 132, 70),
    6: (198, 152, 134),
    7: (200, 60, 160),
    8: (150, 120, 90),
    9: (96, 150, 204),
    10: (120, 104, 112),
    11: (138, 140, 146),
    13: (224, 190, 60),
    14: (232, 206, 84),
    15: (120, 132, 170),
    16: (206, 170, 70),
    17: (150, 150, 178),
    18: (200, 60, 160),
    19: (168, 150, 190),
    20: (160, 140, 110),
    21: (236, 240, 246),
}


def class_name(code: int) -> str:
    """What a class is called in tables; those that users define are numbered."""
    return NAMES.get(code, f"Class{code}")


def palette() -> NDArray[np.uint8]:
    """(256, 3) a colour for each class."""
    return np.array([_COLOURS.get(code, _OTHER) for code in range(256)], np.uint8)


def are_telling(codes: NDArray[np.integer]) -> bool:
    """Whether classes say anything: a cloud of which nothing is known is of one class, or of none."""
    return bool((codes > 1).any())
