"""Resident memory of a process and everything below it."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

_PERIOD_S = 0.05


def tree_rss_bytes(pid: int) -> int:
    """Resident bytes of ``pid`` and its descendants together; shared pages count once each. 0 off Linux."""
    if sys.platform != "linux":
        return 0
    page = os.sysconf("SC_PAGE_SIZE")
    total, waiting = 0, [pid]
    while waiting:
        process = Path(f"/proc/{waiting.pop()}")
        try:
            total += int((process / "statm").read_text().split()[1]) * page
            for thread in (process / "task").iterdir():
                waiting += map(int, (thread / "children").read_text().split())
        except (OSError, IndexError, ValueError):
            continue  # it ended meanwhile
    return total


def own_peak_bytes() -> int:
    """The largest resident size that this process ever had."""
    if sys.platform == "win32":
        return 0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


class PeakSampler:
    """The largest tree size seen, sampled when asked and not more often than every 50 ms."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._next_s = 0.0
        self.peak_bytes = 0

    def sample(self) -> None:
        """Look, if it is time to."""
        now = time.monotonic()
        if now >= self._next_s:
            self._next_s = now + _PERIOD_S
            self.peak_bytes = max(self.peak_bytes, tree_rss_bytes(self._pid))
