"""Colouring by a column."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pytest

from loaders.model.errors import CityTwinError
from twin_app.usecases.colouring import MISSING_COLOUR, OTHER_COLOUR, RAMP, colours_together, rgba


@dataclass
class Tables:
    columns: dict[str, list[object]]
    values: list[tuple[int, str, str, str, float | None]]

    def objects(self) -> pa.Table:
        return pa.table(self.columns)

    def properties(self) -> pa.Table:
        names = ("object", "set", "name", "value", "number")
        columns = [list(column) for column in zip(*self.values, strict=True)] or [[] for _ in names]
        types = (pa.uint32(), pa.string(), pa.string(), pa.string(), pa.float64())
        return pa.table({n: pa.array(c, t) for n, c, t in zip(names, columns, types, strict=True)})


def colours_by(tables: Tables, column: str) -> tuple[np.ndarray, list[tuple[str, str]]]:
    (colours,), legend = colours_together([tables], column)  # type: ignore[list-item]
    assert colours is not None
    return colours, legend


def test_classes_get_distinct_colours_and_the_rare_ones_share_one() -> None:
    classes = [f"Ifc{i}" for i in range(9) for _ in range(10 - i)]
    colours, legend = colours_by(Tables({"class": classes}, []), "class")
    assert [text for text, _ in legend][:7] == [f"Ifc{i}" for i in range(7)]
    assert tuple(colours[-1]) == rgba(OTHER_COLOUR)
    assert len({tuple(c) for c in colours}) == 8


def test_numbers_get_a_ramp_and_missing_is_grey() -> None:
    values = [(i, "Qto", "Height", str(i * 3.0), i * 3.0) for i in range(40)]
    tables = Tables({"class": ["A"] * 41}, values)
    colours, legend = colours_by(tables, "Qto.Height")
    assert tuple(colours[0]) == rgba(RAMP[0])
    assert tuple(colours[39]) == rgba(RAMP[-1])
    assert tuple(colours[40]) == rgba(MISSING_COLOUR)
    order = [RAMP.index(f"#{c[0]:02X}{c[1]:02X}{c[2]:02X}") for c in colours[:40]]
    assert order == sorted(order)
    assert len(legend) == 8


def test_an_unknown_column_names_what_there_is() -> None:
    with pytest.raises(CityTwinError) as caught:
        colours_by(Tables({"class": ["A"], "name": ["n"]}, []), "colour")
    assert caught.value.arguments["known"] == "class, name"


def test_colours_are_bytes() -> None:
    assert rgba("#0072B2") == (0, 0x72, 0xB2, 255)
    assert np.array(rgba("#FFFFFF"), np.uint8).tolist() == [255] * 4


def test_tilesets_share_one_legend_and_one_without_the_column_is_left_alone() -> None:
    one = Tables({"class": ["Wall", "Door"]}, [(0, "Pset", "Fire", "REI 90", None)])
    two = Tables({"class": ["Door", "Door", "Slab"]}, [(2, "Pset", "Fire", "REI 30", None)])
    three = Tables({"class": ["Pipe"]}, [])
    (first, second, third), legend = colours_together([one, two, three], "class")  # type: ignore[list-item]
    assert first is not None
    assert second is not None
    assert first[1].tolist() == second[0].tolist() == second[1].tolist() == list(rgba(dict(legend)["Door"]))
    assert {text for text, _ in legend} == {"Wall", "Door", "Slab", "Pipe"}
    (first, second, third), legend = colours_together([one, two, three], "Pset.Fire")  # type: ignore[list-item]
    assert third is None
    assert first is not None
    assert second is not None
    assert first[0].tolist() != second[2].tolist()
    assert dict(legend).keys() == {"REI 90", "REI 30", "—"}


def test_storeys_are_told_by_name() -> None:
    tables = Tables({"name": ["Level 1", "Wall", None], "storey": [-1, 0, None]}, [])
    _, legend = colours_by(tables, "storey")
    assert [text for text, _ in legend] == ["Level 1", "—"]
