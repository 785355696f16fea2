"""The streets of the city: a grid bent without shear, and the blocks between its lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin_app.demo.frame import Points
from twin_app.demo.metropolis.land import Land

# Cells of the grid before it is bent, metres from street middle to street middle.
CELL_U_M, CELL_V_M = 168.0, 126.0
_STREET_M, _AVENUE_M, _LANE_M = 16.0, 34.0, 11.0  # from block to block
_AVENUE_EVERY, _STREET_EVERY = 8, 2
_PARCEL_EVERY = 3  # in both directions
_ROOM_M = (84.0, 66.0)  # that a placed model needs


@dataclass(frozen=True, slots=True)
class Block:
    """A block: its cell of the grid, middle and turn in site metres, inner size, corners of cell and block (4, 2)."""

    cell: tuple[int, int]
    middle_m: tuple[float, float]
    angle_rad: float
    size_m: tuple[float, float]
    around_m: Points
    outline_m: Points
    from_middle: float  # share of half the site's width

    @property
    def takes_model(self) -> bool:
        """Whether a placed model may stand here instead of houses."""
        return all(one % _PARCEL_EVERY == 1 for one in self.cell) and all(
            have >= need for have, need in zip(self.size_m, _ROOM_M, strict=True)
        )


def _bent(plan: NDArray[np.complex128], half_m: float) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
    """Where points about the middle go, and the derivative. Analytic functions keep right angles."""
    square = (0.26 + 0.20j) / half_m
    wave, k = 0.035 * half_m, 2.2 / half_m
    turned = np.exp(0.22j)
    bent = turned * (plan + square * plan**2 / 2.0 + wave * np.sin(k * plan))
    return bent, turned * (1.0 + square * plan + wave * k * np.cos(k * plan))


def _half_street_m(index: NDArray[np.int64]) -> NDArray[np.float64]:
    avenue, street = index % _AVENUE_EVERY == 0, index % _STREET_EVERY == 0
    return np.where(avenue, _AVENUE_M, np.where(street, _STREET_M, _LANE_M)) / 2.0


def lay_blocks(land: Land) -> list[Block]:
    """All blocks that can be built on, from the middle outwards with a ragged edge."""
    half = land.middle_m
    reach_u, reach_v = int(half / CELL_U_M) + 2, int(half / CELL_V_M) + 2
    columns, rows = np.meshgrid(np.arange(-reach_u, reach_u), np.arange(-reach_v, reach_v))
    i, j = columns.ravel(), rows.ravel()
    middles, slopes = _bent((i + 0.5) * CELL_U_M + 1j * (j + 0.5) * CELL_V_M, half)
    around = _corners(i, j, 0.0, half)
    inner = _corners(i, j, 1.0 / np.abs(slopes), half)
    x, y = around.real + half, around.imag + half
    free = land.is_plain(x, y).all(axis=1) & land.is_plain(middles.real + half, middles.imag + half)
    free &= np.abs(middles) < 0.82 * half
    inside = np.abs(slopes)
    across = CELL_U_M * inside - _half_street_m(i) - _half_street_m(i + 1)
    along = CELL_V_M * inside - _half_street_m(j) - _half_street_m(j + 1)
    ragged = np.abs(middles) / half * (1.0 + 0.22 * land.noise(middles.real, middles.imag, 0.21 * half))
    blocks = []
    for n in np.flatnonzero(free)[np.argsort(ragged[free], kind="stable")].tolist():
        # Streets of unequal width move a block out of the middle of its cell.
        centre = inner[n].mean()
        middle = (float(centre.real + half), float(centre.imag + half))
        ring, outline = (np.column_stack([c[n].real + half, c[n].imag + half]) for c in (around, inner))
        angle, size = float(np.angle(slopes[n])), (float(across[n]), float(along[n]))
        blocks.append(Block((int(i[n]), int(j[n])), middle, angle, size, ring, outline, float(abs(middles[n]) / half)))
    return blocks


def _corners(
    i: NDArray[np.int64], j: NDArray[np.int64], share: float | NDArray[np.float64], half_m: float
) -> NDArray[np.complex128]:
    """The corners (n, 4) of cells, counter-clockwise, moved inwards by ``share`` of half their streets."""
    west, east = i * CELL_U_M + _half_street_m(i) * share, (i + 1) * CELL_U_M - _half_street_m(i + 1) * share
    south, north = j * CELL_V_M + _half_street_m(j) * share, (j + 1) * CELL_V_M - _half_street_m(j + 1) * share
    plan = np.stack([west + 1j * south, east + 1j * south, east + 1j * north, west + 1j * north], axis=1)
    return _bent(plan, half_m)[0]
