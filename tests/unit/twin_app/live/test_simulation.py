"""Simulated values: the same for the same seed, as their models say, never without their stamp."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.model.errors import CityTwinError
from twin_app.live.feed import FeedSpec
from twin_app.live.feeds.registry import make_feed
from twin_app.live.hub import Hub
from twin_app.live.noise import Chance
from twin_app.live.simulation import KINDS, Fault, SimulatedStream
from twin_app.live.streams import StreamInfo
from twin_app.live.table import LatestTable
from twin_app.live.values import Observation, State, time_us_of

MONDAY_S = time_us_of("2026-11-23T00:00:00+08:00") / 1e6
HOUR_S = 3600.0
MODELS = {
    "diurnal": {"kind": "diurnal", "low": 10, "high": 50, "peak_h": 14, "noise": 0.5, "weekend": 0.5},
    "walk": {"kind": "walk", "mean": 5, "spread": 2, "relax_s": 600, "floor": 0},
    "occupancy": {"kind": "occupancy", "peak": 900, "base": 20},
    "total": {"kind": "total", "rate_per_h": 100},
    "constant": {"kind": "constant", "value": 3},
}


def stream(kind: str, *, seed: int = 7, name: str = "a", faults: float = 0.0) -> SimulatedStream:
    return SimulatedStream(StreamInfo(f"f/{name}", interval_s=60.0), MODELS[kind], seed=seed, faults=faults)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_values_whoever_asks_when(kind: str) -> None:
    turns = [29_000_000 + n for n in range(200)]
    first = [stream(kind).observation(turn) for turn in turns]
    one = stream(kind)
    assert [one.observation(turn) for turn in reversed(turns)] == first[::-1]
    renamed = SimulatedStream(replace(StreamInfo("g/a"), interval_s=60.0), MODELS[kind], seed=7)
    assert [renamed.observation(turn).value for turn in turns] == [o.value for o in first if o]  # type: ignore[union-attr]
    if kind != "constant":
        assert [stream(kind, seed=8).observation(turn) for turn in turns] != first
        assert [stream(kind, name="b").observation(turn) for turn in turns] != first
    assert all(o is not None and o.state == State.SIMULATED for o in first)


def test_a_day_is_as_its_model_says() -> None:
    day = stream("diurnal")
    assert day.value(MONDAY_S + 14 * HOUR_S) > day.value(MONDAY_S + 2 * HOUR_S) + 20.0
    saturday = stream("diurnal").value(MONDAY_S - 2 * 86_400 + 14 * HOUR_S)
    assert saturday < day.value(MONDAY_S + 14 * HOUR_S) - 10.0
    office = stream("occupancy")
    assert office.value(MONDAY_S + 10.5 * HOUR_S) > 450.0 > office.value(MONDAY_S + 3 * HOUR_S) + 350.0


def test_a_meter_never_runs_back_but_at_midnight() -> None:
    meter = stream("total")
    values = [meter.value(MONDAY_S + 60.0 + minute * 60.0) for minute in range(24 * 60 - 2)]
    assert np.all(np.diff(values) > 0.0)
    assert meter.value(MONDAY_S + 86_400.0 + 60.0) < values[0] + 1e-6


def test_a_walk_stays_about_its_mean_and_moves() -> None:
    values = np.array([stream("walk", name=str(n)).value(MONDAY_S + 7200.0 * n) for n in range(600)])
    assert abs(values.mean() - 5.0) < 0.4
    assert 1.6 < values.std() < 2.6
    assert values.min() >= 0.0


@given(st.integers(0, 2**40), st.integers(0, 4))
def test_scalar_and_column_chance_are_one(index: int, channel: int) -> None:
    chance = Chance(7, "a")
    assert chance.uniform(channel, index) == chance._uniform(channel, np.array([index]))[0]
    assert math.isclose(chance.normal(channel, index), chance._normal(channel, np.array([index]))[0], rel_tol=1e-9)
    assert 0.0 <= chance.uniform(channel, index) < 1.0


def test_drift_has_deviation_1_and_no_steps() -> None:
    chance = Chance(1, "x")
    values = np.array([chance.drift(1, t, 600.0) for t in np.arange(0.0, 400_000.0, 10.0)])
    assert abs(values.std() - 1.0) < 0.15
    assert np.abs(np.diff(values)).max() < 0.6


def test_faults_come_as_often_as_told_and_look_like_what_they_are() -> None:
    one = stream("walk", faults=20.0)
    turns = range(29_000_000, 29_000_000 + 5 * 1440)
    found = [one.fault(one.phase_s + 60.0 * turn) for turn in turns]
    begins = {fault for fault in found if fault[0]}
    assert 60 < len(begins) < 140  # 100 on average; some end before a value falls into them
    assert {kind for kind, _ in begins} == set(Fault)
    values = {turn: one.observation(turn) for turn in turns}
    for turn, (kind, _) in zip(turns, found, strict=True):
        value = values[turn]
        if kind is Fault.DROP_OUT:
            assert value is None
        else:
            assert isinstance(value, Observation)
        if kind is Fault.SPIKE:
            assert value is not None
            assert value.value > 40.0
    stuck = [values[turn].value for turn, fault in zip(turns, found, strict=True) if fault[0] is Fault.STUCK]  # type: ignore[union-attr]
    assert len(set(stuck)) < len(stuck) / 3


@pytest.mark.parametrize(
    "model",
    [
        {},
        {"kind": "magic"},
        {"kind": "walk", "mean": 1},
        {"kind": "walk", "mean": 1, "spread": "x"},
        {"kind": "walk", "mean": 1, "spread": math.nan},
        {"kind": "walk", "mean": 1, "spread": 1, "relax_s": 0},
        {"kind": "constant", "value": 1, "colour": 2},
    ],
)
def test_wrong_models_are_told(model: dict[str, float | str]) -> None:
    with pytest.raises(CityTwinError) as caught:
        SimulatedStream(StreamInfo("f/a", interval_s=1.0), model, seed=1)
    assert caught.value.code in {"feed.sim_model", "feed.sim_number"}


def test_the_feed_brings_every_stream_stamped(tmp_path: Path) -> None:
    path = tmp_path / "one.ctsim"
    path.write_text(
        '{"streams": [{"id": "A/t", "model": {"kind": "walk", "mean": 20, "spread": 1}, "unit": "Cel"},'
        ' {"id": "A/n", "model": {"kind": "constant", "value": 4}, "link": {"kind": "guid", "target": "x"}}]}'
    )
    hub = Hub(LatestTable())
    hub.start("s", make_feed(FeedSpec("s", str(path), options={"interval": "0.05", "faults": "0"})))
    end = time.monotonic() + 10.0
    while hub.table.counts.accepted < 8:
        assert time.monotonic() < end
        time.sleep(0.01)
    hub.close()
    assert [info.key for info in hub.table.infos()] == ["s/A/t", "s/A/n"]
    assert hub.table.latest().state.tolist() == [State.SIMULATED] * 2
    assert hub.table.info(0).provenance == "simulated, seed 7"
    assert hub.table.info(1).link.target == "x"


@pytest.mark.parametrize(
    ("url", "options", "code"),
    [
        ("sim://nothing", {}, "feed.sim_unknown"),
        ("missing.ctsim", {}, "feed.sim_unreadable"),
        ("sim://missing.ctsim?seed=x", {}, "feed.sim_unreadable"),
    ],
)
def test_what_cannot_be_simulated_is_told(url: str, options: dict[str, str], code: str) -> None:
    with pytest.raises(CityTwinError) as caught:
        make_feed(FeedSpec("s", url, options=options))
    assert caught.value.code == code


@pytest.mark.parametrize("options", [{"seed": "x"}, {"colour": "1"}, {"interval": "-1"}, {"faults": "inf"}])
def test_wrong_options_are_told(tmp_path: Path, options: dict[str, str]) -> None:
    (tmp_path / "a.ctsim").write_text('{"streams": []}')
    with pytest.raises(CityTwinError, match="sim_option"):
        make_feed(FeedSpec("s", str(tmp_path / "a.ctsim"), options=options))
