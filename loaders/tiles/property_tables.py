"""Properties of features: batch tables of 3D Tiles 1.0 and property tables of EXT_structural_metadata, as columns."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loaders.tiles.gltf_document import WIDTHS, Document

MOST_FEATURES = 10_000_000
# Component types of batch tables (3D Tiles 1.0, section 14.4) and of property tables (3D Metadata, section 4.2).
_BATCH_TYPES = {
    "BYTE": np.int8,
    "UNSIGNED_BYTE": np.uint8,
    "SHORT": np.int16,
    "UNSIGNED_SHORT": np.uint16,
    "INT": np.int32,
    "UNSIGNED_INT": np.uint32,
    "FLOAT": np.float32,
    "DOUBLE": np.float64,
}
_TYPES: dict[str, Any] = {f"{kind}{bits}": f"<{letter}{bits // 8}" for kind, letter in (("INT", "i"), ("UINT", "u"))
                          for bits in (8, 16, 32, 64)} | {"FLOAT32": "<f4", "FLOAT64": "<f8"}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class PropertyTable:
    """``columns`` by name, each with ``count`` values: numbers, texts, booleans, lists or None."""

    name: str
    count: int
    columns: dict[str, list[Any]] = field(default_factory=dict)


def batch_table(json: dict[str, Any], binary: bytes, count: int) -> PropertyTable:
    """The table of ``count`` batches, without columns of unknown kinds; raises ValueError for an absurd count."""
    if not 0 <= count <= MOST_FEATURES:
        raise ValueError("absurd number of features")
    columns: dict[str, list[Any]] = {}
    for name, values in json.items():
        if name in ("extensions", "extras"):
            continue
        if isinstance(values, list):
            columns[name] = (values + [None] * count)[:count]
        elif isinstance(values, dict) and "byteOffset" in values:
            columns[name] = _binary(values, binary, count).tolist()
    return PropertyTable("BatchTable", count, columns)


def _binary(values: dict[str, Any], binary: bytes, count: int) -> NDArray[Any]:
    kind = np.dtype(_BATCH_TYPES[values.get("componentType", "FLOAT")])
    width = WIDTHS[values.get("type", "SCALAR")]
    start = int(values["byteOffset"])
    if start < 0 or start + count * width * kind.itemsize > len(binary):
        raise ValueError("a batch table column reaches beyond its table")
    found = np.frombuffer(binary, kind, count * width, start)
    return found if width == 1 else found.reshape(count, width)


def property_tables(document: Document) -> list[PropertyTable]:
    """All property tables of a document; properties of kinds that are not understood are left out."""
    extension = document.extension("EXT_structural_metadata")
    if extension is None:
        return []
    classes = extension.get("schema", {}).get("classes", {})
    return [_table(document, table, classes) for table in extension.get("propertyTables", ())]


def _table(document: Document, table: dict[str, Any], classes: dict[str, Any]) -> PropertyTable:
    count = int(table["count"])
    if not 0 <= count <= MOST_FEATURES:
        raise ValueError("absurd number of features")
    about = classes.get(table.get("class", ""), {}).get("properties", {})
    columns = {}
    for name, stored in table.get("properties", {}).items():
        kind = about.get(name)
        if kind is not None:
            values, nothing = _column(document, stored, kind, count), kind.get("noData")
            known = values if nothing is None else [None if value == nothing else value for value in values]
            columns[str(kind.get("name", name))] = known
    return PropertyTable(str(table.get("name") or table.get("class") or ""), count, columns)


def _column(document: Document, stored: dict[str, Any], kind: dict[str, Any], count: int) -> list[Any]:
    values = document.view(stored["values"]).tobytes()
    if not kind.get("array"):
        return _values(document, stored, kind, (values, count))
    if kind.get("count"):
        each = int(kind["count"])
        flat = _values(document, stored, kind, (values, count * each))
        return [flat[i * each : (i + 1) * each] for i in range(count)]
    ends = _offsets(document, stored["arrayOffsets"], stored.get("arrayOffsetType", "UINT32"), count)
    flat = _values(document, stored, kind, (values, int(ends[-1])))
    return [flat[a:b] for a, b in itertools.pairwise(ends)]


def _values(document: Document, stored: dict[str, Any], kind: dict[str, Any], data: tuple[bytes, int]) -> list[Any]:
    raw, count = data
    shape = kind["type"]
    if shape == "STRING":
        ends = _offsets(document, stored["stringOffsets"], stored.get("stringOffsetType", "UINT32"), count)
        return [raw[a:b].decode("utf-8", "replace") for a, b in itertools.pairwise(ends)]
    if shape == "BOOLEAN":
        bits = np.unpackbits(np.frombuffer(raw, np.uint8), bitorder="little")
        if bits.size < count:
            raise ValueError("a property is cut short")
        return [bool(bit) for bit in bits[:count]]
    if shape == "ENUM":
        kind = {"componentType": "UINT16"} | kind
    width = WIDTHS.get(shape, 1)
    number = np.dtype(_TYPES[kind.get("componentType", "UINT16")])
    if count * width * number.itemsize > len(raw):
        raise ValueError("a property is cut short")
    found = np.frombuffer(raw, number, count * width)
    if kind.get("normalized") and number.kind in "iu":
        found = np.maximum(found / float(np.iinfo(number).max), -1.0)
    found = found * kind["scale"] if isinstance(kind.get("scale"), float | int) else found
    found = found + kind["offset"] if isinstance(kind.get("offset"), float | int) else found
    shaped: list[Any] = (found if width == 1 else found.reshape(count, width)).tolist()
    return shaped


def _offsets(document: Document, view: int, kind: str, count: int) -> list[int]:
    data = document.view(view).tobytes()
    number = np.dtype(_TYPES[kind])
    if (count + 1) * number.itemsize > len(data):
        raise ValueError("offsets are cut short")
    found = np.frombuffer(data, number, count + 1).astype(np.int64)
    if (np.diff(found) < 0).any():
        raise ValueError("offsets do not ascend")
    offsets: list[int] = found.tolist()
    return offsets
