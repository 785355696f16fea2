"""From values to at most seven classes, and from those to colours and a legend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scenes.model.overlays.palettes import DEFAULT, MAX_CLASSES, MISSING_RGB, faded, sampled
from scenes.model.overlays.readings import Readings

# What the alpha of a colour says instead of an opacity, see `Layer.live_colours`.
PLAIN, FADED_CODE, EMPTY_CODE, KEEP = 255, 254, 253, 252
EMPTY_CLASS = 255


class LegendClass(NamedTuple):
    """One class of a legend: from ``low`` up to ``high`` (infinite: open), drawn in ``rgb``."""

    low: float
    high: float
    rgb: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class ColourScale:
    """Classes between ascending ``edges`` (k - 1 of them for k classes); what lies on an edge is in the upper one.

    ``target`` is told in the legend; ``reverse`` runs the palette the other way round.
    """

    edges: tuple[float, ...]
    palette: str = DEFAULT
    unit: str = ""
    target: float | None = None
    reverse: bool = False

    def __post_init__(self) -> None:
        edges = np.asarray(self.edges, np.float64)
        if len(edges) >= MAX_CLASSES or not np.isfinite(edges).all() or (np.diff(edges) <= 0.0).any():
            raise ValueError(f"{self.edges} are no ascending edges of at most {MAX_CLASSES} classes")

    @property
    def num_classes(self) -> int:
        """One to seven."""
        return len(self.edges) + 1

    def colours(self) -> NDArray[np.uint8]:
        """One for each class, (k, 3)."""
        shares = np.linspace(0.0, 1.0, self.num_classes) if self.num_classes > 1 else np.array([0.5])
        return sampled(self.palette, shares[::-1] if self.reverse else shares)

    def classes(self, values: NDArray[np.float64]) -> NDArray[np.uint8]:
        """The class of each value, `EMPTY_CLASS` where it is no finite number."""
        known = np.isfinite(values)
        found = np.searchsorted(np.asarray(self.edges), np.where(known, values, 0.0), side="right")
        return np.where(known, found, EMPTY_CLASS).astype(np.uint8)

    def places(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where values lie among the classes: the class, and how far through it; 0 where there is none.

        The open classes at the ends are taken to be as wide as their neighbours.
        """
        edges = np.asarray(self.edges, np.float64)
        if not len(edges):
            return np.full(values.shape, 0.5)
        first, last = (edges[1] - edges[0], edges[-1] - edges[-2]) if len(edges) > 1 else (1.0, 1.0)
        bounds = np.concatenate([[edges[0] - first], edges, [edges[-1] + last]])
        inside = np.interp(np.where(np.isfinite(values), values, bounds[0]), bounds, np.arange(len(bounds)))
        return np.asarray(np.minimum(inside, self.num_classes - 1e-3))

    def rgba(self, readings: Readings) -> NDArray[np.uint8]:
        """Colours (n, 4): good in their class's colour, faded ones desaturated, empty ones grey; alpha says which."""
        empty, pale = readings.empty, readings.faded
        result = np.empty((len(readings), 4), np.uint8)
        classes = self.classes(np.where(empty, np.nan, readings.value))
        colours = self.colours()
        result[:, :3] = colours[np.where(classes == EMPTY_CLASS, 0, classes)]
        result[pale, :3] = faded(result[pale, :3])
        result[empty, :3] = MISSING_RGB
        result[:, 3] = np.where(empty, EMPTY_CODE, np.where(pale, FADED_CODE, PLAIN))
        return result

    def legend(self) -> tuple[LegendClass, ...]:
        """The classes from the lowest up."""
        bounds = [-np.inf, *self.edges, np.inf]
        return tuple(
            LegendClass(low, high, (int(rgb[0]), int(rgb[1]), int(rgb[2])))
            for low, high, rgb in zip(bounds[:-1], bounds[1:], self.colours(), strict=True)
        )


def scale_for(
    values: NDArray[np.float64],
    *,
    palette: str = "",
    unit: str = "",
    target: float | None = None,
    num_classes: int = MAX_CLASSES,
    reverse: bool = False,
) -> ColourScale:
    """A scale with round edges for some values; with a ``target``, a diverging one with an edge on it.

    Values that differ by nothing give a single class.
    """
    known = values[np.isfinite(values)]
    chosen = palette or ("diverging" if target is not None else DEFAULT)
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
    if target is not None:
        edges = _about(target, max(high - target, target - low), max(1, min(num_classes, 6) // 2))
    else:
        edges = _round_edges(low, high, min(max(num_classes, 1), MAX_CLASSES))
    return ColourScale(edges, chosen, unit, target, reverse)


def _round_edges(low: float, high: float, num_classes: int) -> tuple[float, ...]:
    if not high > low or num_classes < 2:
        return ()
    step = round_step((high - low) / num_classes)
    first = np.floor(low / step) + 1.0
    edges = np.arange(first, first + num_classes) * step
    return tuple(sorted({float(f"{edge:.12g}") for edge in edges[edges < high][: num_classes - 1]}))


def _about(target: float, reach: float, num_each: int) -> tuple[float, ...]:
    """Edges on both sides of a target, as many on each, and the target itself."""
    step = round_step(reach / num_each) if reach > 0.0 else 0.0
    if step <= 0.0:
        return (target,)
    offsets = np.arange(1 - num_each, num_each) * step
    # The target to the last bit, and what is too near to it for a float left out.
    edges = {target, *(float(f"{target + offset:.12g}") for offset in offsets if abs(offset) > abs(target) * 1e-11)}
    return tuple(sorted(edges))


def round_step(least: float) -> float:
    """The smallest of 1, 2, 2.5, 5 × 10^k that is no less than a positive number."""
    power = 10.0 ** np.floor(np.log10(least))
    return float(next(step * power for step in (1.0, 2.0, 2.5, 5.0, 10.0) if step * power >= least * (1 - 1e-9)))
