"""One pass over the alarms of 10 000 signals with four limits each, beside a plain loop over the same limits."""

from __future__ import annotations

import statistics
import time
from typing import Any

import numpy as np

from benchmarks.open import machine
from twin_app.live.alarms.engine import AlarmEngine, Now
from twin_app.live.alarms.model import AlarmRule, Level

NUM_SIGNALS = 10_000
_LIMITS = {Level.LL: 5.0, Level.L: 10.0, Level.H: 90.0, Level.HH: 95.0}


def run(runs: int = 20) -> dict[str, Any]:
    """Milliseconds of a pass, median of ``runs``, and how many times a loop takes as long."""
    rules = [
        AlarmRule(f"s/{signal}", level, limit, dead_band=1.0, on_delay_s=2.0)
        for signal in range(NUM_SIGNALS)
        for level, limit in _LIMITS.items()
    ]
    engine = AlarmEngine(rules, lambda stream: int(stream[2:]))
    random = np.random.default_rng(7)
    start, steps = random.uniform(8.0, 92.0, NUM_SIGNALS), random.normal(0.0, 0.3, (runs + 1, NUM_SIGNALS))
    frames = list(start + np.cumsum(steps, axis=0))  # values that wander, so that some alarms change in most passes
    usable = random.random(NUM_SIGNALS) > 0.02
    ours, loop, moved = [], [], 0
    dwell_s = [0.0] * len(rules)
    for number, values in enumerate(frames):
        begin_s = time.perf_counter()
        moved += len(engine.watch(Now(float(number), number), values, usable))
        middle_s = time.perf_counter()
        _loop(rules, values.tolist(), usable.tolist(), dwell_s)
        ours.append(middle_s - begin_s)
        loop.append(time.perf_counter() - middle_s)
    ours_ms, loop_ms = (1000.0 * statistics.median(times[1:]) for times in (ours, loop))
    return {
        "bench": "alarms",
        "unit": "ms",
        "ours": ours_ms,
        "theirs": {"a plain loop": loop_ms},
        "ratio": loop_ms / ours_ms,
        "runs": runs,
        "alarms": len(rules),
        "longest_ms": 1000.0 * max(ours[1:]),
        "changes": moved,
        "machine": machine(),
    }


def _loop(rules: list[AlarmRule], values: list[float], usable: list[bool], dwell_s: list[float]) -> None:
    """No more than what any implementation must do: compare, and count the delay."""
    for number, rule in enumerate(rules):
        signal = number // len(_LIMITS)
        if usable[signal]:
            low = rule.level in (Level.L, Level.LL)
            beyond = values[signal] < rule.limit if low else values[signal] > rule.limit
            dwell_s[number] = dwell_s[number] + 1.0 if beyond else 0.0
