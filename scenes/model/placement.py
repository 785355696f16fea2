"""Where the user puts a model, on top of where its georeference puts it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from loaders.model.frames import Matrix, rotation_z, translation


class BaseOrigin(StrEnum):
    """Who said where a model stands before the user moved it."""

    FILE = "file"  # its georeference
    LATITUDE = "latitude"  # its IfcSite's latitude and longitude
    MIDDLE = "middle"  # the program: in the middle of what has a place
    OWN = "own"  # nobody: its own coordinates
    PROJECT = "project"  # the project file, which keeps what the program chose


@dataclass(frozen=True, slots=True)
class Placement:
    """A move in world metres and a counter-clockwise turn about the middle of the model's footprint."""

    east_m: float = 0.0
    north_m: float = 0.0
    height_m: float = 0.0
    rotation_deg: float = 0.0

    @property
    def is_default(self) -> bool:
        """Whether it leaves the model where its georeference puts it."""
        return self == Placement()


def placed(base_world_from_model: Matrix, placement: Placement, bounds_m: NDArray[np.float64]) -> Matrix:
    """``world_from_model`` of a model whose model-frame bounds are ``bounds_m`` (6,), NaN for one without shapes."""
    pivot = np.nan_to_num(np.array([*(bounds_m[:2] + bounds_m[3:5]) / 2, 0.0]))
    turned = translation(pivot) @ rotation_z(math.radians(placement.rotation_deg)) @ translation(-pivot)
    moved = translation((placement.east_m, placement.north_m, placement.height_m))
    return moved @ base_world_from_model @ turned
