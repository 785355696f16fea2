"""Formats made up for tests: a text file says what its loader does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from loaders.model.errors import CityTwinError, Finding
from loaders.model.events import Found, Geometry, LoadEvent, Objects, Opened, Preview, Progress, Properties, Unmeshed
from loaders.model.formats import Format, LayerKind, LoadContext
from loaders.model.frames import Georeference, translation
from loaders.model.meshes import MeshChunk
from loaders.model.tables import NO_ROW, OBJECTS_SCHEMA, PROPERTIES_SCHEMA, CimLevel

CUBE = np.array([[x, y, z] for z in (0, 1) for y in (0, 1) for x in (0, 1)], np.float32)
FACES = [[0, 2, 1], [1, 2, 3], [4, 5, 6], [5, 7, 6], [0, 1, 4], [1, 5, 4]]
FACES += [[2, 6, 3], [3, 6, 7], [0, 4, 2], [2, 4, 6], [1, 3, 5], [3, 7, 5]]
CUBE_FACES = np.array(FACES, np.uint32)


def cubes(rows: list[int], origin_m: tuple[float, float, float] = (0, 0, 0), **changes: Any) -> MeshChunk:
    """One unit cube per row, side by side along x."""
    count = len(rows)
    offsets = np.arange(count, dtype=np.float32)[:, None, None] * np.array([2, 0, 0], np.float32)
    values: dict[str, Any] = {
        "origin_m": np.array(origin_m, np.float64),
        "positions": (CUBE[None] + offsets).reshape(-1, 3),
        "triangles": (CUBE_FACES[None] + (np.arange(count, dtype=np.uint32) * 8)[:, None, None]).reshape(-1, 3),
        "rows": np.repeat(np.array(rows, np.uint32), 8),
        "colours": np.tile(np.array([200, 100, 50, 255], np.uint8), (count * 8, 1)),
    }
    return MeshChunk(**(values | changes))


def object_table(count: int, **columns: Any) -> pa.Table:
    """Objects under one root, in the contract's schema."""
    values: dict[str, Any] = {name: [None] * count for name in OBJECTS_SCHEMA.names}
    values |= {
        "id": [f"object-{row}" for row in range(count)],
        "class": ["IfcBuilding"] + ["IfcWall"] * (count - 1),
        "name": [f"Wall {row}" for row in range(count)],
        "parent": [NO_ROW] + [0] * (count - 1),
        "storey": [NO_ROW] * count,
        "level": [int(CimLevel.COMPONENTS)] * count,
        "hidden": [False] * count,
        "engine": [None] + ["synthetic"] * (count - 1),
    }
    return pa.table(values | columns, schema=OBJECTS_SCHEMA)


def property_table(owners: list[int]) -> pa.Table:
    """One property for each owner, numbered in order."""
    count = len(owners)
    text = ["x"] * count
    return pa.table(
        {
            "object": owners,
            "kind": text,
            "set": text,
            "name": [f"p{index}" for index in range(count)],
            "value": [str(index) for index in range(count)],
            "number": [float(index) for index in range(count)],
            "value_type": ["integer"] * count,
            "unit": [None] * count,
            "inherited": [False] * count,
        },
        schema=PROPERTIES_SCHEMA,
    )


def _sniff(_path: Path, head: bytes) -> int:
    return 90 if head.startswith(b'{"synthetic"') else 0


def _load(path: Path, ctx: LoadContext) -> Iterator[LoadEvent]:
    orders = json.loads(path.read_text("utf-8"))
    count = orders.get("objects", 10)
    yield Opened("SYN 1", Georeference("EPSG:4547", translation((500_000.0, 3_380_000.0, 20.0)), "file"))
    if orders.get("preview"):
        yield Preview(cubes([1], (0, 0, 5)))
    for row in range(1, count):
        yield Progress(row / count, "progress.meshing")
        ctx.checkpoint()
        yield Geometry(cubes([row], (row * 3.0, 0.0, 0.0)), CimLevel.COMPONENTS)
        if row == count // 2:
            _misbehave(orders, path)
    yield Found(Finding.warning("tileset.not_finite", "nowhere", count=1))
    yield Unmeshed(0, "object-0", "IfcBuilding", "convert.loader_failed", {"name": "x", "reason": "y"})
    options = {name: str(value) for name, value in ctx.options.items()}
    yield Properties(property_table([1, 1, 2]))
    yield Objects(object_table(count), {"synthetic": "1"}, {"options": options})


def _misbehave(orders: dict[str, Any], path: Path) -> None:
    if "sleep" in orders:  # native code that hears nothing
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        time.sleep(orders["sleep"])
    if "signal" in orders:
        os.kill(os.getpid(), orders["signal"])
    if "raise" in orders:
        raise {"typed": CityTwinError("tileset.incomplete", str(path)), "value": ValueError("odd")}[orders["raise"]]
    if "grandchild" in orders:
        process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        Path(orders["grandchild"]).write_text(str(process.pid), "utf-8")
        time.sleep(60)
    if "print" in orders:
        os.write(2, b"noise of a native library\n")
        print("noise")  # noqa: T201 - what a careless library does


FORMAT = Format("synthetic", LayerKind.BUILDING, (".syn",), _sniff, _load)


def formats() -> tuple[Format, ...]:
    """The registry of these tests."""
    return (FORMAT,)


def write_source(path: Path, **orders: Any) -> Path:
    """A source file that makes the loader do as told."""
    path.write_text(json.dumps({"synthetic": 1, **orders}), "utf-8")
    return path
