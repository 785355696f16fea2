"""Waiting for what other threads and processes do."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(condition: Callable[[], bool], limit_s: float = 20.0) -> None:
    """Wait until something is true; the test fails where it never comes to that."""
    end_s = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end_s, "it never came to that"
        time.sleep(0.01)
