"""The placed models: a handful of IFC files, each of them in many places."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from loaders.model.frames import Matrix, rotation_z, translation
from twin_app.demo.frame import Site
from twin_app.demo.ifc.project import Spec
from twin_app.demo.metropolis.build import BLOCK_ABOVE_M, Filled
from twin_app.demo.metropolis.land import PLAIN_M
from twin_app.demo.program import CLINIC, HOUSING, LABS, MUSEUM, SCHOOL, TOWER, Design

DESIGNS = (TOWER, HOUSING, SCHOOL, CLINIC, LABS, MUSEUM)
_PLINTH_M = 0.05


@dataclass(frozen=True, slots=True)
class Placed:
    """A model in its place: ``world_from_model`` overrides what its file says."""

    design: Design
    number: int  # of this design, from 1
    path: Path
    spec: Spec

    @property
    def world_from_model(self) -> Matrix:
        """From the file's coordinates to the project's."""
        spec = self.spec
        return translation((spec.east_m, spec.north_m, spec.height_m)) @ rotation_z(spec.angle_rad)


def place_models(folder: Path, site: Site, filled: list[Filled], seed: int) -> list[Placed]:
    """A model for each parcel, the designs in turn."""
    east, north = site.south_west_m
    placed = []
    for index, one in enumerate(one for one in filled if one.parcel):
        design = DESIGNS[index % len(DESIGNS)]
        x, y = one.block.middle_m
        height, angle = PLAIN_M + BLOCK_ABOVE_M + _PLINTH_M, one.block.angle_rad
        spec = Spec(design.key, design.name_zh, design.use, east + x, north + y, height, angle, seed)
        placed.append(Placed(design, index // len(DESIGNS) + 1, folder / f"{design.key}.ifc", spec))
    return placed


def write_models(placed: list[Placed], begin: Callable[[float], None]) -> int:
    """Write each design once, where its first model stands; gives the elements of all models together.

    ``begin`` is told the weight of the file that comes next, and may raise to stop.
    """
    elements: dict[str, int] = {}
    for one in placed:
        if one.design.key not in elements:
            begin(one.design.weight)
            elements[one.design.key] = one.design.write(one.spec, one.path)
    return int(np.sum([elements[one.design.key] for one in placed])) if placed else 0
