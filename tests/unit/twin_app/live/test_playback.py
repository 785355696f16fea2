"""Looking at other times: what stands still, what runs on, and that it is what the table said then."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from twin_app.live.moment import Stretch, in_order, newest_of
from twin_app.live.playback import Mode, Playback
from twin_app.live.recent import Recent
from twin_app.live.streams import StreamInfo
from twin_app.live.table import LatestTable
from twin_app.live.values import US_PER_S, Observation, Quality, Reason, State

START_US = 1_700_000_000 * US_PER_S


class Bench:
    """A table, its ring, and clocks that are set by hand; what is wanted is noted."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.table = LatestTable(monotonic_s=lambda: self.now_s, clock_us=self.clock_us)
        self.recent = Recent()
        self.wanted: list[tuple[int, int]] = []
        self.playback = Playback(
            self.table,
            lambda *span_us: self.wanted.append(span_us),
            clock_us=self.clock_us,
            monotonic_s=lambda: self.now_s,
        )

    def clock_us(self) -> int:
        return START_US + round(self.now_s * US_PER_S)

    def come(self, key: str, value: float, quality: int = Quality.GOOD, state: int = State.MISSING) -> None:
        self.recent.take(self.table.accept([Observation(key, value, self.clock_us(), quality, 0, state)]))

    def bring(self) -> bool:
        from_us, to_us = self.wanted.pop()
        observed = in_order([self.recent.between(0, to_us)])
        return self.playback.take(Stretch(from_us, min(to_us, self.clock_us()), observed))


def run_in(bench: Bench, seconds: int) -> None:
    for _ in range(seconds):
        bench.now_s += 1.0
        bench.come("f/a", bench.now_s)


def test_what_is_paused_stands_still_while_values_come() -> None:
    bench = Bench()
    bench.table.declare([StreamInfo("f/a", interval_s=2.0)])
    run_in(bench, 5)
    bench.playback.pause()
    run_in(bench, 20)
    latest = bench.playback.latest()
    assert (latest.value.tolist(), latest.age_s.tolist(), latest.reason.tolist()) == ([5.0], [0.0], [Reason.NONE])
    assert bench.table.latest().value.tolist() == [25.0]
    assert bench.playback.time_us() == START_US + 5 * US_PER_S
    assert not bench.playback.beat()
    bench.playback.live()
    assert bench.playback.latest().value.tolist() == [25.0]


def test_a_stream_that_came_later_is_missing_at_the_time_that_is_looked_at() -> None:
    bench = Bench()
    run_in(bench, 2)
    bench.playback.pause()
    bench.come("f/b", 7.0)
    for latest in (bench.playback.latest(), bench.playback.latest(np.array([0, 1]))):
        assert latest.state.tolist() == [State.MEASURED, State.MISSING]
        assert np.isnan(latest.value[1])
        assert np.isinf(latest.age_s[1])


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3), st.sampled_from(Quality)), min_size=1, max_size=40),
    st.integers(0, 41),
)
def test_a_past_time_shows_what_the_table_said_then(told: list[tuple[int, int, Quality]], when_s: int) -> None:
    bench = Bench()
    bench.table.declare([StreamInfo(f"f/{n}", interval_s=float(n * 2)) for n in range(3)])
    bench.table.declare([StreamInfo("f/2", state=State.SIMULATED)])
    said = None
    for stream, value, quality in told:
        bench.now_s += 1.0
        bench.come(f"f/{stream}", float(value), quality)
        if bench.now_s == when_s:
            said = bench.table.latest()
    bench.now_s = 50.0
    if said is None:
        return
    bench.playback.go(START_US + when_s * US_PER_S)
    assert bench.bring()
    found = bench.playback.latest()
    for name in ("value", "source_us", "age_s", "quality", "reason", "state"):
        assert np.allclose(getattr(found, name), getattr(said, name), equal_nan=True), name


def test_values_that_are_old_at_that_time_are_stale_then() -> None:
    bench = Bench()
    bench.table.declare([StreamInfo("f/a", interval_s=1.0)])
    run_in(bench, 3)
    bench.now_s = 100.0
    bench.playback.go(START_US + 10 * US_PER_S)
    assert bench.bring()
    latest = bench.playback.latest()
    assert (latest.value.tolist(), latest.age_s.tolist()) == ([3.0], [7.0])
    assert (latest.quality.tolist(), latest.reason.tolist()) == ([Quality.UNCERTAIN], [Reason.STALE])


def test_until_it_is_read_the_time_shown_is_that_of_the_values() -> None:
    bench = Bench()
    run_in(bench, 30)
    bench.playback.pause()
    bench.playback.go(START_US + 3 * US_PER_S)
    assert (bench.playback.time_us() - START_US, bench.playback.wanted_us) == (30 * US_PER_S, START_US + 3 * US_PER_S)
    assert bench.playback.latest().value.tolist() == [30.0]
    bench.playback.go(START_US + 4 * US_PER_S)  # on its way already
    assert len(bench.wanted) == 1
    assert bench.bring()
    assert (bench.playback.time_us() - START_US, bench.playback.wanted_us) == (4 * US_PER_S, None)
    assert bench.playback.latest().value.tolist() == [4.0]


def test_time_runs_on_at_a_speed_and_is_live_when_it_meets_the_present() -> None:
    bench = Bench()
    run_in(bench, 100)
    bench.playback.speed = 10.0
    bench.playback.go(START_US + 10 * US_PER_S)
    bench.bring()
    bench.playback.play()
    run_in(bench, 3)
    assert bench.playback.beat()
    assert bench.playback.latest().value.tolist() == [40.0]
    assert bench.playback.mode is Mode.PLAYING
    for _ in range(9):
        run_in(bench, 1)
        bench.playback.beat()
        if bench.wanted:
            bench.bring()
            bench.playback.beat()
    assert bench.playback.is_live
    assert bench.playback.latest().value.tolist() == [112.0]


def test_the_next_part_is_asked_for_before_it_is_needed() -> None:
    bench = Bench()
    bench.come("f/a", 1.0)
    bench.now_s = 4000.0
    bench.playback.go(START_US + 100 * US_PER_S)
    bench.bring()
    bench.playback.play()
    bench.now_s += 115.0
    assert bench.playback.beat()
    [(from_us, _)] = bench.wanted
    assert from_us == START_US + 220 * US_PER_S
    assert not bench.bring()
    bench.now_s += 20.0
    assert bench.playback.beat()
    assert bench.playback.wanted_us is None
    assert bench.playback.time_us() == START_US + 235 * US_PER_S


def test_the_future_is_not_known() -> None:
    bench = Bench()
    run_in(bench, 5)
    bench.playback.go(START_US + 99 * US_PER_S)
    bench.bring()
    assert bench.playback.time_us() == bench.clock_us()
    assert bench.playback.mode is Mode.PAUSED


def test_what_cannot_be_read_leaves_everything_as_it_is() -> None:
    bench = Bench()
    run_in(bench, 5)
    bench.playback.go(START_US + 2 * US_PER_S)
    bench.playback.play()
    bench.playback.refused()
    assert bench.playback.mode is Mode.PAUSED
    assert bench.playback.latest().value.tolist() == [5.0]
    bench.playback.go(START_US + 2 * US_PER_S)
    from_us, _ = bench.wanted[-1]
    cut = Stretch(from_us, from_us + 1, in_order([bench.recent.between(0, from_us + 1)]))
    assert bench.playback.take(cut)  # more than can be held: no endless asking
    assert (bench.playback.wanted_us, len(bench.wanted)) == (None, 2)


def test_of_each_stream_the_last_is_kept() -> None:
    bench = Bench()
    for key, value in (("f/a", 1.0), ("f/b", 2.0), ("f/a", 3.0)):
        bench.now_s += 1
        bench.come(key, value)
    kept = newest_of(bench.recent.between(0, bench.clock_us()))
    assert kept.values.tolist() == [2.0, 3.0]
