"""The alternative for ``bench open``: a plain loop over ifcopenshell's iterator, in a warm process of its own."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from loaders import processes
from loaders.convert import memory
from loaders.model.errors import CityTwinError

KERNEL = "opencascade"


@dataclass(frozen=True, slots=True)
class Baseline:
    """One run. ``bounds_m`` maps GlobalId -> (6,) in the model frame, and is empty unless asked for."""

    seconds: float
    first_element_seconds: float
    elements: int
    peak_rss_bytes: int
    bounds_m: dict[str, tuple[float, ...]]


def run_baseline(path: Path, *, with_bounds: bool = False) -> Baseline:
    """Open and mesh ``path`` with the default kernel on all cores. Raises `CityTwinError` when it crashes."""
    child = processes.Child(_loop, path, with_bounds)
    sampler = memory.PeakSampler(child.pid)
    try:
        while not child.connection.poll(0.05):
            sampler.sample()
        found: Baseline | str = child.connection.recv()
        child.exit_code()
    except (EOFError, OSError) as error:
        raise CityTwinError("convert.child_died", str(path), name=path.name, signal=str(child.exit_code())) from error
    finally:
        child.close()
    if isinstance(found, str):
        raise CityTwinError("convert.loader_failed", str(path), name=path.name, reason=found)
    peak = max(found.peak_rss_bytes, sampler.peak_bytes)
    return Baseline(found.seconds, found.first_element_seconds, found.elements, peak, found.bounds_m)


def _loop(path: Path, with_bounds: bool, connection: Connection[Any, Any]) -> None:
    processes.lead_group()
    import ifcopenshell
    import ifcopenshell.geom

    start = time.perf_counter()
    try:
        model = ifcopenshell.open(str(path))
    except (RuntimeError, OSError, ifcopenshell.Error) as error:
        connection.send(f"{type(error).__name__}: {error}")
        return
    settings = ifcopenshell.geom.settings()
    if with_bounds:
        settings.set("use-world-coords", True)
    iterator = ifcopenshell.geom.iterator(settings, model, os.cpu_count() or 1)
    found = _iterate(iterator, start, with_bounds)
    connection.send(found)


def _iterate(iterator: Any, start_s: float, with_bounds: bool) -> Baseline:
    elements, first_s = 0, 0.0
    bounds: dict[str, tuple[float, ...]] = {}
    more = iterator.initialize()
    while more:
        shape = iterator.get()
        vertices = np.asarray(shape.geometry.verts).reshape(-1, 3)
        if len(vertices):
            elements += 1
            first_s = first_s or time.perf_counter() - start_s
            if with_bounds:
                bounds[shape.guid] = _joined(bounds.get(shape.guid), vertices)
        more = iterator.next()
    seconds = time.perf_counter() - start_s
    return Baseline(seconds, first_s or seconds, elements, memory.own_peak_bytes(), bounds)


def _joined(known: tuple[float, ...] | None, vertices: np.ndarray[Any, np.dtype[np.float64]]) -> tuple[float, ...]:
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    if known is not None:
        low, high = np.minimum(low, known[:3]), np.maximum(high, known[3:])
    return (*low.tolist(), *high.tolist())
