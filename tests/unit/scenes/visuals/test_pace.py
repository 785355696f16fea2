"""Detail of moving pictures follows how long they take."""

from __future__ import annotations

from scenes.visuals.pace import COARSEST, QUICK_SECS, SLOW_SECS, Pace


def draw(pace: Pace, clock: list[float], seconds: float, *, moving: bool = True) -> None:
    pace.begin()
    clock[0] += seconds
    pace.end(moving=moving)


def test_slow_pictures_of_motion_get_coarser_and_quick_ones_finer_within_bounds() -> None:
    clock = [0.0]
    pace = Pace(lambda: clock[0])
    draw(pace, clock, 2 * SLOW_SECS, moving=False)
    assert pace.factor == 1.0
    draw(pace, clock, 2 * SLOW_SECS)
    once = pace.factor
    assert once > 1.0
    draw(pace, clock, (SLOW_SECS + QUICK_SECS) / 2)
    assert pace.factor == once
    for _ in range(50):
        draw(pace, clock, 2 * SLOW_SECS)
    assert pace.factor == COARSEST
    for _ in range(50):
        draw(pace, clock, QUICK_SECS / 2)
    assert pace.factor == 1.0


def test_an_end_without_a_beginning_is_no_picture() -> None:
    pace = Pace(lambda: 100.0)
    pace.end(moving=True)
    assert pace.factor == 1.0
