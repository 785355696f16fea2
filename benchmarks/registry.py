"""The measurements that ``citytwin bench`` offers: each sets ours beside an alternative, in one run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

Bench = Callable[[list[Path] | None, int, float], dict[str, Any]]  # files, runs, minutes


def _open(files: list[Path] | None, runs: int, _minutes: float) -> dict[str, Any]:
    from benchmarks import open as bench

    return bench.run(files, runs)


def _frame(_files: list[Path] | None, runs: int, _minutes: float) -> dict[str, Any]:
    from benchmarks import frame as bench

    return bench.run(runs=runs)


def _pick(_files: list[Path] | None, runs: int, _minutes: float) -> dict[str, Any]:
    from benchmarks import pick as bench

    return bench.run(runs=runs)


def _start(_files: list[Path] | None, runs: int, _minutes: float) -> dict[str, Any]:
    from benchmarks import start as bench

    return bench.run(runs=runs)


def _latency(files: list[Path] | None, runs: int, _minutes: float) -> dict[str, Any]:
    from benchmarks import latency as bench

    return bench.run(files, runs)


def _convert(files: list[Path] | None, runs: int, _minutes: float) -> dict[str, Any]:
    from benchmarks import convert as bench

    return bench.run(files, runs)


def _city(_files: list[Path] | None, runs: int, _minutes: float) -> dict[str, Any]:
    from benchmarks import city_scale as bench

    return bench.run(runs=runs)


def _naive(_files: list[Path] | None, runs: int, _minutes: float) -> dict[str, Any]:
    from benchmarks import naive as bench

    return bench.run(runs=runs)


def _fly(_files: list[Path] | None, _runs: int, minutes: float) -> dict[str, Any]:
    from benchmarks import fly as bench

    return bench.run(minutes=minutes)


def _tileset(files: list[Path] | None, runs: int, _minutes: float) -> dict[str, Any]:
    from benchmarks import tileset_stream as bench

    return bench.run(files, runs)


def _recolour(_files: list[Path] | None, runs: int, _minutes: float) -> dict[str, Any]:
    from benchmarks import recolour as bench

    return bench.run(runs=runs)


def _alarms(_files: list[Path] | None, runs: int, _minutes: float) -> dict[str, Any]:
    from benchmarks import alarms as bench

    return bench.run(runs=runs)


def _history(_files: list[Path] | None, runs: int, _minutes: float) -> dict[str, Any]:
    from benchmarks import history as bench

    return bench.run(runs=runs)


def _feed(_files: list[Path] | None, runs: int, _minutes: float) -> dict[str, Any]:
    from benchmarks import feed as bench

    return bench.run(runs=runs)


BENCHES: dict[str, Bench] = {
    "open": _open,
    "convert": _convert,
    "frame": _frame,
    "pick": _pick,
    "start": _start,
    "latency": _latency,
    "city": _city,
    "naive": _naive,
    "fly": _fly,
    "tileset": _tileset,
    "recolour": _recolour,
    "alarms": _alarms,
    "history": _history,
    "feed": _feed,
}
