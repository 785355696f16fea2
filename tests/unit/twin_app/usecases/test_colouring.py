"""Colouring by a column."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pytest

from loaders.model.errors import CityTwinError
from twin_app.usecases.colouring import MISSING_COLOUR, OTHER_COLOUR, RAMP, colours_by, rgba


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


def test_classes_get_distinct_colours_and_the_rare_ones_share_one() -> None:
    classes = [f"Ifc{i}" for i in range(9) for _ in range(10 - i)]
    colours, legend = colours_by(Tables({"class": classes}, []), "class")  # type: ignore[arg-type]
    assert [text for text, _ in legend][:7] == [f"Ifc{i}" for i in range(7)]
    assert tuple(colours[-1]) == rgba(OTHER_COLOUR)
    assert len({tuple(c) for c in colours}) == 8


def test_numbers_get_a_ramp_and_missing_is_grey() -> None:
    values = [(i, "Qto", "Height", str(i * 3.0), i * 3.0) for i in range(40)]
    tables = Tables({"class": ["A"] * 41}, values)
    colours, legend = colours_by(tables, "Qto.Height")  # type: ignore[arg-type]
    assert tuple(colours[0]) == rgba(RAMP[0])
    assert tuple(colours[39]) == rgba(RAMP[-1])
    assert tuple(colours[40]) == rgba(MISSING_COLOUR)
    order = [RAMP.index(f"#{c[0]:02X}{c[1]:02X}{c[2]:02X}") for c in colours[:40]]
    assert order == sorted(order)
    assert len(legend) == 8


def test_an_unknown_column_names_what_there_is() -> None:
    with pytest.raises(CityTwinError) as caught:
        colours_by(Tables({"class": ["A"], "name": ["n"]}, []), "colour")  # type: ignore[arg-type]
    assert caught.value.arguments["known"] == "class, name"


def test_colours_are_bytes() -> None:
    assert rgba("#0072B2") == (0, 0x72, 0xB2, 255)
    assert np.array(rgba("#FFFFFF"), np.uint8).tolist() == [255] * 4
