"""The days of the demo city that are simulated: this one until now, and early in it the one before as well."""

from __future__ import annotations

import pytest

from twin_app.live.values import time_us_of
from twin_app.usecases.simulated_events import begins_us


@pytest.mark.parametrize(
    ("now", "begins"),
    [
        ("2026-11-25T08:00:00+08:00", ["2026-11-25T00:00:00+08:00"]),
        ("2026-11-25T23:59:59+08:00", ["2026-11-25T00:00:00+08:00"]),
        ("2026-11-25T00:12:00+08:00", ["2026-11-24T00:00:00+08:00", "2026-11-25T00:00:00+08:00"]),
        ("2026-11-24T16:30:00Z", ["2026-11-24T00:00:00+08:00", "2026-11-25T00:00:00+08:00"]),
    ],
)
def test_the_day_is_that_of_the_city(now: str, begins: list[str]) -> None:
    assert begins_us(time_us_of(now)) == [time_us_of(one) for one in begins]
