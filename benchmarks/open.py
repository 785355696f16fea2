"""``bench open``: cold conversion, first geometry and second open against a plain ifcopenshell loop."""

from __future__ import annotations

import dataclasses
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.open_baseline import KERNEL, Baseline, run_baseline
from loaders.convert import ConvertOptions, ConvertReport, convert, warm_up
from loaders.model.errors import CityTwinError
from loaders.tileset import Tileset

THEIRS = f"ifcopenshell.geom.iterator ({KERNEL})"
_DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "ifc"

FirstFrame = Callable[[Tileset], None]


def read_all_tiles(tileset: Tileset) -> None:
    """Stands in for a first frame where nothing can be drawn: every vertex of every tile is touched."""
    for tile in tileset.tiles:
        for chunk in tileset.read_tile(tile.index):
            chunk.positions.sum()


@dataclasses.dataclass(frozen=True, slots=True)
class _Ours:
    cold: ConvertReport
    second_open_s: float


def run(files: list[Path] | None = None, runs: int = 3, first_frame: FirstFrame = read_all_tiles) -> dict[str, Any]:
    """The contract's keys; ``files`` holds a row per file. Runs of both sides alternate.

    ``first_frame`` shows a tileset; it ends the second open. Files that the alternative cannot open
    are listed with its error and leave the medians alone.
    """
    paths = sorted(_DATA.glob("*.ifc")) if files is None else files
    warm_up(wait=True)
    with tempfile.TemporaryDirectory(prefix="citytwin-bench-") as folder:
        rows = [_row(path, runs, Path(folder), first_frame) for path in paths]
    return _summary(rows, runs)


def _row(path: Path, runs: int, folder: Path, first_frame: FirstFrame) -> dict[str, Any]:
    ours: list[_Ours] = []
    theirs: list[Baseline] = []
    try:
        for index in range(runs):
            ours.append(_convert_and_open(path, folder / str(index), first_frame))
            theirs.append(run_baseline(path))
        checked = run_baseline(path, with_bounds=True)
    except CityTwinError as error:
        return {"file": path.name, "error": {"code": error.code, "message": str(error), "place": error.place}}
    row = {"file": path.name, "bytes": path.stat().st_size} | _times(ours, theirs)
    return row | _agreement(Tileset.open(Path(ours[-1].cold.tileset)), checked)


def _convert_and_open(path: Path, cache: Path, first_frame: FirstFrame) -> _Ours:
    options = ConvertOptions(cache_folder=cache)
    cold = convert(path, dataclasses.replace(options, use_cache=False))
    start = time.perf_counter()
    again = convert(path, options)
    first_frame(Tileset.open(Path(again.tileset)))
    return _Ours(cold, time.perf_counter() - start)


def _times(ours: list[_Ours], theirs: list[Baseline]) -> dict[str, Any]:
    def median(values: list[float]) -> float:
        return round(statistics.median(values), 6)

    mine = {
        "cold_s": median([one.cold.seconds for one in ours]),
        "first_geometry_s": median([one.cold.first_geometry_seconds for one in ours]),
        "second_open_s": median([one.second_open_s for one in ours]),
        "peak_rss_mb": median([one.cold.peak_rss_mb for one in ours]),
    }
    other = {
        "total_s": median([one.seconds for one in theirs]),
        "first_element_s": median([one.first_element_seconds for one in theirs]),
        "peak_rss_mb": median([one.peak_rss_bytes / 1e6 for one in theirs]),
    }
    ratios = {
        "ratio_cold": mine["cold_s"] / other["total_s"],
        "ratio_first_geometry": mine["first_geometry_s"] / other["total_s"],
        "ratio_second_open": mine["second_open_s"] / other["total_s"],
        "ratio_peak_memory": mine["peak_rss_mb"] / other["peak_rss_mb"],
    }
    return {"ours": mine, "theirs": other} | {name: round(value, 4) for name, value in ratios.items()}


def _agreement(tileset: Tileset, theirs: Baseline) -> dict[str, Any]:
    """Element by element: which are missing on one side, and how far their boxes differ, in metres."""
    bounds = tileset.object_bounds_m()
    guids = tileset.objects().column("guid").to_pylist()
    mine = {guid: bounds[row] for row, guid in enumerate(guids) if guid is not None and np.isfinite(bounds[row]).all()}
    common = sorted(mine.keys() & theirs.bounds_m.keys())
    differences = {guid: float(np.abs(mine[guid] - np.array(theirs.bounds_m[guid])).max()) for guid in common}
    worst = max(differences.items(), key=lambda item: item[1], default=("", 0.0))
    return {
        "elements": {"ours": len(mine), "theirs": len(theirs.bounds_m)},
        "elements_equal": mine.keys() == theirs.bounds_m.keys(),
        "missing": sorted(theirs.bounds_m.keys() - mine.keys())[:20],
        "more": sorted(mine.keys() - theirs.bounds_m.keys())[:20],
        "max_bounds_difference_m": round(worst[1], 6),
        "worst_element": worst[0],
        "beyond_5_mm": sum(value > 0.005 for value in differences.values()),
    }


def _summary(rows: list[dict[str, Any]], runs: int) -> dict[str, Any]:
    good = [row for row in rows if "error" not in row]

    def median(*keys: str) -> float | None:
        values = []
        for row in good:
            value: Any = row
            for key in keys:
                value = value[key]
            values.append(value)
        return round(statistics.median(values), 4) if values else None

    return {
        "bench": "open",
        "ours": median("ours", "cold_s"),
        "theirs": {THEIRS: median("theirs", "total_s")},
        "ratio": median("ratio_cold"),
        "ratio_first_geometry": median("ratio_first_geometry"),
        "ratio_second_open": median("ratio_second_open"),
        "ratio_peak_memory": median("ratio_peak_memory"),
        "elements_equal": all(row["elements_equal"] for row in good),
        "max_bounds_difference_m": max((row["max_bounds_difference_m"] for row in good), default=None),
        "unit": "s",
        "runs": runs,
        "files": rows,
        "machine": machine(),
    }


def machine() -> dict[str, Any]:
    """What it ran on."""
    engines = {name: metadata.version(name) for name in ("ifcopenshell", "ifclite-geom", "numpy", "pyarrow")}
    return {
        "system": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "versions": engines,
    }
