"""What this machine has."""

from __future__ import annotations

import os
from pathlib import Path

_CONTAINER_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def memory_bytes() -> int | None:
    """The memory that programs may use here, that of a container where it has less; None where nobody tells."""
    try:
        found = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    except (AttributeError, OSError, ValueError):
        found = []
    for path in _CONTAINER_LIMITS:
        try:
            found.append(int(path.read_text("ascii")))
        except (OSError, ValueError):  # "max", or no container
            continue
    return min(found, default=None)
