"""Imported by the fork server: what children would otherwise load one by one.

A library that is missing or broken here must not take the server down: the loader that needs it says so.
"""

from __future__ import annotations

import contextlib
import importlib

LIBRARIES = (
    "numpy",
    "numpy.ma",
    "pyarrow",
    "pyarrow.compute",
    "pyarrow.parquet",
    "pyproj",
    "ifcopenshell",
    "ifcopenshell.geom",
    "ifclite_geom",
    "loaders.convert.child",
)

for _name in LIBRARIES:
    with contextlib.suppress(Exception):
        importlib.import_module(_name)

with contextlib.suppress(Exception):
    importlib.import_module("loaders.registry").formats()
