"""Colouring objects by a column: classes by distinct hues, numbers by a perceptual ramp, missing in grey."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from loaders.model.errors import CityTwinError
from loaders.tileset import Tileset

# Okabe and Ito, "Color Universal Design" (2008): seven hues that colour-blind people can tell apart.
CATEGORY_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442")
OTHER_COLOUR, MISSING_COLOUR = "#9A9A96", "#C9C9C4"
# viridis at seven even steps (Smith and van der Walt, 2015, CC0).
RAMP = ("#440154", "#443983", "#31688E", "#21918C", "#35B779", "#90D743", "#FDE725")


Colours = NDArray[np.uint8]
Entries = list[tuple[str, str]]


def colours_together(tilesets: Sequence[Tileset], column: str) -> tuple[list[Colours | None], Entries]:
    """Colours (num_objects, 4) uint8 of each tileset, None for one that lacks the column, and one legend for all.

    The legend is ``[(text, colour), …]`` of at most nine entries. ``column`` is a column of the objects table,
    ``Set.Property`` or a property's name. Raises `CityTwinError` ``colour.unknown_column`` where none has it.
    """
    values: list[list[Any] | None] = []
    failure: CityTwinError | None = None
    for tileset in tilesets:
        try:
            values.append(_values(tileset, column))
        except CityTwinError as error:
            failure = error
            values.append(None)
    known = [some for some in values if some is not None]
    if not known:
        raise failure or CityTwinError("colour.unknown_column", column, known="")
    colours, legend = _coloured([value for some in known for value in some])
    ends = np.cumsum([len(some) for some in known])
    parts = iter(np.split(colours, ends[:-1]))
    return [None if some is None else next(parts) for some in values], legend


def _coloured(values: Sequence[Any]) -> tuple[Colours, Entries]:
    numbers = _numbers(values)
    return _by_category(values) if numbers is None else _by_number(numbers)


def category_colours(values: Sequence[str]) -> tuple[list[str], Entries]:
    """A colour for each of some texts, and the legend."""
    colours, legend = _by_category(values)
    return ["#{:02X}{:02X}{:02X}".format(*colour[:3]) for colour in colours.tolist()], legend


def _values(tileset: Tileset, column: str) -> list[Any]:
    objects = tileset.objects()
    if column in objects.column_names and column != "tiles":
        values: list[Any] = objects[column].to_pylist()
        return _storey_names(objects, values) if column == "storey" else values
    table = tileset.properties()
    set_name, dot, name = column.rpartition(".")
    mask = pc.equal(table["name"], name if dot else column)
    if dot:
        mask = pc.and_kleene(mask, pc.equal(table["set"], set_name))
    found = table.filter(mask)
    if not found.num_rows:
        raise CityTwinError("colour.unknown_column", column, known=", ".join(objects.column_names[:8]))
    result: list[Any] = [None] * objects.num_rows
    shown = pc.coalesce(found["number"].cast(pa.string()), found["value"])
    for row, value in zip(found["object"].to_pylist(), shown.to_pylist(), strict=True):
        result[row] = value
    return result


def _storey_names(objects: pa.Table, rows: list[int | None]) -> list[str | None]:
    names = objects["name"].to_pylist()
    return [names[row] if row is not None and row >= 0 else None for row in rows]


def _numbers(values: Sequence[Any]) -> NDArray[np.float64] | None:
    result = np.full(len(values), np.nan)
    for row, value in enumerate(values):
        if value is None or isinstance(value, bool):
            if value is None:
                continue
            return None
        try:
            result[row] = float(value)
        except (TypeError, ValueError):
            return None
    finite = np.unique(result[np.isfinite(result)])
    return result if finite.size > len(RAMP) else None


def _by_number(numbers: NDArray[np.float64]) -> tuple[NDArray[np.uint8], list[tuple[str, str]]]:
    known = np.isfinite(numbers)
    edges = np.unique(np.quantile(numbers[known], np.linspace(0, 1, len(RAMP) + 1)))
    classes = np.clip(np.searchsorted(edges, numbers, side="right") - 1, 0, max(edges.size - 2, 0))
    colours = np.array([rgba(colour) for colour in RAMP], np.uint8)[classes]
    colours[~known] = rgba(MISSING_COLOUR)
    legend = [(f"{low:.4g} – {high:.4g}", RAMP[i]) for i, (low, high) in enumerate(itertools.pairwise(edges))]
    return colours, legend + ([("—", MISSING_COLOUR)] if not known.all() else [])


def _by_category(values: Sequence[Any]) -> tuple[NDArray[np.uint8], list[tuple[str, str]]]:
    texts = ["" if value is None else str(value) for value in values]
    names, counts = np.unique([text for text in texts if text], return_counts=True)
    common = [str(name) for name in names[np.argsort(-counts, kind="stable")][: len(CATEGORY_COLOURS)]]
    colour_of = dict(zip(common, CATEGORY_COLOURS, strict=False))
    chosen = [colour_of.get(text, OTHER_COLOUR) if text else MISSING_COLOUR for text in texts]
    legend = list(colour_of.items())
    legend += [("…", OTHER_COLOUR)] if names.size > len(common) else []
    legend += [("—", MISSING_COLOUR)] if "" in texts else []
    return np.array([rgba(colour) for colour in chosen], np.uint8).reshape(-1, 4), legend


def rgba(colour: str) -> tuple[int, int, int, int]:
    """``#RRGGBB`` as four bytes, opaque."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16), 255
