"""Imported by the fork server: what children would otherwise load one by one.

A library that is missing or broken here must not take the server down: the loader that needs it says so.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import pkgutil
import sys
from collections.abc import Iterator
from types import TracebackType

LIBRARIES = (
    "numpy",
    "numpy.ma",
    "pyarrow",
    "pyarrow.compute",
    "pyarrow.parquet",
    "pyproj",
    "ifcopenshell",
    "ifcopenshell.geom",
    "ifcopenshell.util.unit",
    "ifclite_geom",
    "embreex.mesh_construction",
    "embreex.rtcore_scene",
    "shapely",
    "mapbox_earcut",
    "loaders.convert.child",
)

FAMILIES = ("loaders.ifc", "loaders.city", "loaders.terrain")


def _modules() -> Iterator[str]:
    yield from LIBRARIES
    for family in FAMILIES:
        package = importlib.import_module(family)
        yield from (found.name for found in pkgutil.iter_modules(package.__path__, family + "."))


def _tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What a child says when it fails before it runs; not that the program that wanted it has died meanwhile."""
    if not issubclass(kind, EOFError):
        sys.__excepthook__(kind, error, trace)


sys.excepthook = _tell
for _name in _modules():
    with contextlib.suppress(Exception):
        importlib.import_module(_name)
# Both look through the metadata of all installed packages, and remember what they found.
for _module, _function in (("loaders.registry", "formats"), ("loaders.ifc.fast_engine", "version")):
    with contextlib.suppress(Exception):
        getattr(importlib.import_module(_module), _function)()
# What is loaded here stays: children need not look at it again, and their pages stay shared.
gc.collect()
gc.freeze()
