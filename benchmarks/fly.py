"""Half an hour of random flying over the large city: memory has to stay flat, and nothing may go wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.city_project import Program, city
from benchmarks.flight import fly, wandering
from loaders.model.errors import Severity

_SAMPLE_SECS = 0.5


def resident_bytes() -> int:
    """Memory of this process now, where the system tells; else 0."""
    try:
        fields = Path("/proc/self/statm").read_text("ascii").split()
    except OSError:
        return 0
    import resource

    return int(fields[1]) * resource.getpagesize()


def run(minutes: float = 30.0, buildings: int = 100_000, models: int = 100) -> dict[str, Any]:
    """``ours`` is the mean memory in the last third, ``theirs`` that in the first third."""
    from benchmarks.open import machine

    project = city(buildings, models)
    program = Program(animated=True)
    failures: list[str] = []
    try:
        program.open(project)
        program.canvas.failed.connect(lambda layer, finding: failures.append(f"{layer.name}: {finding.code}"))
        middle = program.bookmark("Whole city").target_m
        samples: list[tuple[float, int]] = []

        def sample(now: float) -> None:
            if not samples or now - samples[-1][0] >= _SAMPLE_SECS:
                samples.append((now, resident_bytes()))

        flight = fly(program, wandering(middle, 8_000.0, 3), 60.0 * minutes, sample)
        messages = [one.code for one in program.workbench.messages if one.severity is Severity.ERROR]
        streamer = program.canvas.visuals.context.streamer
        held = {"data_bytes": streamer.data_bytes, "graphics_bytes": streamer.graphics_bytes}
    finally:
        program.close()
    thirds = [
        float(np.mean([size for now, size in samples if low <= now * 3.0 / flight.seconds < low + 1.0]))
        for low in range(3)
    ]
    return {
        "bench": "fly",
        "ours": thirds[2],
        "theirs": {"first_third": thirds[0]},
        "ratio": thirds[2] / thirds[0],
        "unit": "B",
        "runs": 1,
        "minutes": flight.seconds / 60.0,
        "pictures": len(flight.gaps_secs),
        "longest_gap_s": flight.longest_secs,
        "memory_by_third": thirds,
        "memory_peak": max(size for _, size in samples),
        **held,
        "errors": failures + messages,
        "files": [str(project)],
        "machine": machine(),
    }
